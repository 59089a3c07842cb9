"""Addresses of requests and adapters, and which of them endanger users."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import unquote, urlsplit

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.package_settings import ALLOW_OPEN, HOST, TOKEN
from naftiko_gen.resolve.units import Unit
from naftiko_gen.syntax.tree import Mapping

_HOST = re.compile(r"[\w.~:!$&'()*+,;=%-]+", re.ASCII)
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=%?#]*")


def stand_in(*, is_first: bool) -> str:
    """Return a value for a variable: a valid scheme, else a valid host and port."""
    return "x" if is_first else "1"


def problem(text: str, *, starts_open: bool) -> str | None:
    """Return the fault of an address with filled variables, or None.

    If it starts with a variable, that holds its scheme and host.
    """
    if not _CHARACTERS.fullmatch(text):
        return "holds characters that no URL can have"
    if starts_open and not text.startswith("x:"):
        return "has a query or a fragment" if re.search("[?#]", text) else None
    return _split_problem(text)


def _split_problem(text: str) -> str | None:
    try:
        url = urlsplit(text)
        known_port = url.port is None or url.port > 0
    except ValueError:
        return "isn't a URL"
    if url.scheme not in {"http", "https", "x"} or not url.hostname:
        return "doesn't start with http:// or https:// and a host"
    if "@" in url.netloc:
        return "holds a user name: write it into 'authentication'"
    if "?" in text or "#" in text:
        return "has a query or a fragment"
    if not _is_host(url.hostname):
        return "has no valid host"
    return None if known_port else "has no valid port"


def _is_host(name: str) -> bool:
    """Return whether a name can be a host, and its labels are as long as DNS allows."""
    host = unquote(name)
    try:
        return host.encode("idna") != b"" and bool(_HOST.fullmatch(host))
    except UnicodeError:
        return False


_NAMES = frozenset(
    {
        *("instance-data", "instance-data.ec2.internal", "metadata"),
        *("metadata.goog", "metadata.google.internal"),
    }
)
_NETWORKS = (
    *map(ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32")),
    *map(ip_network, ("fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128")),
    *map(ip_network, ("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32")),
)
"""Link-local addresses, and the other addresses of cloud metadata services."""
_TRANSLATED = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96"))
)
"""Networks of IPv6 addresses that embed an IPv4 address in their last bits."""
_NUMBER = re.compile(
    r"0x(?P<hex>[0-9a-f]*)|(?P<octal>0[0-7]*)|(?P<decimal>[1-9]\d{0,9})"
)


def check_host(address: str, span: Span, report: Report) -> None:
    """Warn of an address whose host may be a metadata service.

    The placeholders of the address are already filled.
    """
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return  # an invalid address has a diagnostic of its own
    if host is not None and _is_metadata(host):
        message = f"{quote(host)} is a metadata service: it gives out credentials"
        report.add(Code.METADATA_ADDRESS, message, span)


def _is_metadata(host: str) -> bool:
    name = unquote(host).rstrip(".").lower()
    address = _address(name)
    if address is None:
        return name in _NAMES
    candidates = (address, *_embedded_addresses(address))
    return any(ip in network for ip in candidates for network in _NETWORKS)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """Parse an IP address in any notation that resolvers accept."""
    try:
        return ip_address(name.partition("%")[0])
    except ValueError:
        return _short_address(name)


def _short_address(name: str) -> IPv4Address | None:
    """Parse an IPv4 address of 1 to 4 numbers; the last fills the remaining bytes."""
    matches = [_NUMBER.fullmatch(part) for part in name.split(".")]
    numbers = [_value(match) for match in matches if match]
    if not len(matches) == len(numbers) <= 4:
        return None
    *leading, last = numbers
    limit = 256 ** (4 - len(leading))
    if last >= limit or any(number > 255 for number in leading):
        return None
    return IPv4Address(int.from_bytes(leading + [0] * (4 - len(leading))) + last)


def _value(number: re.Match[str]) -> int:
    if number["hex"] is not None:
        return int(number["hex"] or "0", 16)
    return int(number["octal"], 8) if number["octal"] else int(number["decimal"])


def _embedded_addresses(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that are embedded in an IPv6 address."""
    if isinstance(address, IPv4Address):
        return
    for ipv4 in (address.ipv4_mapped, address.sixtofour):
        if ipv4 is not None:
            yield ipv4
    if any(address in network for network in _TRANSLATED):
        yield IPv4Address(int(address) & 0xFFFFFFFF)


_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|\[?::1\]?", re.IGNORECASE)
_IN_THE_CLEAR = re.compile(rf"http://(?!({_LOOPBACK.pattern})(:|/|$))", re.IGNORECASE)
"""An address on another machine, without encryption."""


def check_encryption(consumes: models.Consumes, report: Report) -> None:
    """Warn of credentials that are sent unencrypted."""
    if consumes.authentication is None:
        return
    _check_address(consumes.node, "baseUri", report)
    if isinstance(consumes.authentication, models.OAuth2):
        _check_address(consumes.authentication.node, "tokenEndpoint", report)


def _check_address(node: Mapping, key: str, report: Report) -> None:
    if _IN_THE_CLEAR.match(node.text(key) or ""):
        message = f"credentials are sent to {quote(node.text(key))} unencrypted"
        report.add(Code.UNENCRYPTED_CREDENTIAL, message, node.value_span(key))


def check_issuer(guard: models.ResourceServer, report: Report) -> None:
    """Warn of keys for access tokens that come unencrypted."""
    if _IN_THE_CLEAR.match(guard.authorization_server):
        shown_address = quote(guard.authorization_server)
        message = f"the keys that check tokens come from {shown_address} unencrypted"
        span = guard.at("authorizationServerUri")
        report.add(Code.UNENCRYPTED_CREDENTIAL, message, span)


def note_addresses(
    adapters: Sequence[models.Adapter], slug: str, report: Report
) -> None:
    """Report each `address` that is open to other machines, and ignored.

    The package listens on this machine by default.
    """
    for adapter in adapters:
        is_served = not isinstance(adapter, models.Skills) or adapter.port is not None
        if not is_served or adapter.address is None:
            continue
        if not _LOOPBACK.fullmatch(adapter.address):
            message = f"'address' is ignored: {_listens(adapter, slug)}"
            report.add(Code.IGNORED_ADDRESS, message, adapter.node.key_span("address"))


def _listens(adapter: models.Adapter, slug: str) -> str:
    """Return where the package listens for an adapter, as text."""
    if _is_stdio(adapter):
        return "the stdio transport doesn't listen"
    host = HOST.variable(adapter.namespace)
    listens = f"the package listens on {HOST.default}, or where {host} says"
    if adapter.authentication is not None:
        return listens
    token, permission = TOKEN.variable(adapter.namespace), ALLOW_OPEN.variable(slug)
    return f"{listens}, and beyond this machine only with {token} or {permission}=1"


def warn_of_open(
    adapter: models.Rest | models.Mcp,
    exposed: Iterable[tuple[Unit, ir.Exposed]],
    report: Report,
) -> None:
    """Warn of an adapter with destructive operations, open to other machines.

    Without an `address`, other programs that run the spec may listen everywhere, even
    though the package doesn't.
    """
    if adapter.authentication is not None or _is_stdio(adapter):
        return
    if _LOOPBACK.fullmatch(adapter.address or ""):
        return
    destructive = [pair for pair in exposed if _is_destructive(*pair)]
    if not destructive:
        return
    unit, first = destructive[0]
    others = f" and {len(destructive) - 1} more" if destructive[1:] else ""
    model = adapter if adapter.address else unit.model
    report.add(
        Code.UNGUARDED_OPERATION,
        f"clients of {quote(first.name)}{others} aren't authenticated, "
        "and no 'address' limits them to this machine",
        model.at("address" if adapter.address else "name"),
        f"declare 'authentication', or set {TOKEN.variable(adapter.namespace)} for "
        "the package: a token that clients have to send",
    )


def _is_stdio(adapter: models.Adapter) -> bool:
    return isinstance(adapter, models.Mcp) and adapter.transport == "stdio"


def _is_destructive(unit: Unit, exposed: ir.Exposed) -> bool:
    hints = unit.model.hints if isinstance(unit.model, models.Tool) else None
    has_hint = hints is not None and hints.destructive is True
    methods = ir.request_methods(exposed.implementation)
    return has_hint or not methods.isdisjoint(("DELETE", ir.ANY_METHOD))
