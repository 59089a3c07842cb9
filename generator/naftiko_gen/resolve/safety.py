"""Valid parts of a spec that endanger users of the package."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language import models
from naftiko_gen.language.package_settings import ALLOW_OPEN, HOST, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.syntax.tree import Mapping

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
UNREPEATABLE = frozenset({"POST", "PATCH"})
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
        span = guard.node.value_span("authorizationServerUri")
        report.add(Code.UNENCRYPTED_CREDENTIAL, message, span)


def check_hints(
    hints: models.Hints, implementation: ir.Implementation, report: Report
) -> None:
    """Warn of tool hints that claim more safety than the HTTP methods allow.

    Of several calls, the first that allows less counts.
    """
    methods = [call.operation.method for call in ir.calls(implementation)]
    claims = (
        ("readOnly", "readOnly: true", hints.read_only, _UNSAFE),
        ("destructive", "destructive: false", hints.destructive is False, {"DELETE"}),
        (
            "idempotent",
            "idempotent: true",
            hints.idempotent and not hints.read_only,
            UNREPEATABLE,
        ),
    )
    for key, text, is_claimed, refuting in claims:
        method = next((method for method in methods if method in refuting), None)
        if is_claimed and method is not None:
            _warn_of_hint(text, method, hints.node.value_span(key), report)


def _warn_of_hint(hint: str, method: str, span: Span, report: Report) -> None:
    message = f"{quote(hint)} claims more safety than {method} allows"
    report.add(Code.UNSAFE_HINT, message, span)


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
            span = adapter.node.key_span("address")
            report.add(Code.IGNORED_ADDRESS, message, span)


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
    destructive = [pair for pair in exposed if _is_destructive(pair[1])]
    if not destructive:
        return
    unit, first = destructive[0]
    others = f" and {len(destructive) - 1} more" if destructive[1:] else ""
    model = adapter if adapter.address else unit.model
    report.add(
        Code.UNGUARDED_OPERATION,
        f"clients of {quote(first.name)}{others} aren't authenticated, "
        "and no 'address' limits them to this machine",
        model.node.value_span("address" if adapter.address else "name"),
        f"declare 'authentication', or set {TOKEN.variable(adapter.namespace)} for "
        "the package: a token that clients have to send",
    )


def _is_stdio(adapter: models.Adapter) -> bool:
    return isinstance(adapter, models.Mcp) and adapter.transport == "stdio"


def _is_destructive(exposed: ir.Exposed) -> bool:
    has_hint = isinstance(exposed, ir.Tool) and exposed.hints.destructive is True
    methods = ir.request_methods(exposed.implementation)
    return has_hint or not methods.isdisjoint(("DELETE", ir.ANY_METHOD))
