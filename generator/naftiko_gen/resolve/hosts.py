"""Metadata services, which give a machine its own credentials."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span

_NAMES = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.goog",
        "metadata.google.internal",
    }
)
_NETWORKS = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",
            "fe80::/10",
            "fd00:ec2::/32",
            "fd20:ce::254/128",
            "fd00:c1::a9fe:a9fe/128",
            "100.100.100.200/32",
            "168.63.129.16/32",
            "192.0.0.192/32",
        ),
    )
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
    host = _host(address)
    if host is not None and _is_metadata(host):
        message = f"{quote(host)} is a metadata service: it gives out credentials"
        report.add(Code.METADATA_ADDRESS, message, span)


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        # An invalid address has a diagnostic of its own.
        return None


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
