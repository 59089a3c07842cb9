"""What a document may well mean, and what endangers those who run its package."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language import models
from naftiko_gen.language.package_settings import ALLOW_OPEN, HOST

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
"""An address whose requests leave the machine unencrypted."""


def check_encryption(consumes: models.Consumes, report: Report) -> None:
    """Warn of credentials that anybody on the way can read."""
    if consumes.authentication is None:
        return
    _check_address(consumes.node, "baseUri", report)
    if isinstance(consumes.authentication, models.OAuth2):
        _check_address(consumes.authentication.node, "tokenEndpoint", report)


def _check_address(node: Mapping, key: str, report: Report) -> None:
    if _IN_THE_CLEAR.match(node.text(key) or ""):
        message = f"credentials are sent to {shown(node.text(key))} unencrypted"
        report.add(Code.UNENCRYPTED_CREDENTIAL, message, node.value_span(key))


def check_hints(hints: models.Hints, method: str, report: Report) -> None:
    """Warn of hints that claim more safety than the method of a call allows."""
    if hints.read_only and method in _UNSAFE:
        span = hints.node.value_span("readOnly")
        _warn_of_hint("readOnly: true", method, span, report)
    if hints.destructive is False and method == "DELETE":
        span = hints.node.value_span("destructive")
        _warn_of_hint("destructive: false", method, span, report)
    if hints.idempotent and not hints.read_only and method in UNREPEATABLE:
        span = hints.node.value_span("idempotent")
        _warn_of_hint("idempotent: true", method, span, report)


def _warn_of_hint(hint: str, method: str, span: Span, report: Report) -> None:
    message = f"{shown(hint)} claims more safety than {method} allows"
    report.add(Code.UNSAFE_HINT, message, span)


def note_addresses(
    adapters: Sequence[models.Adapter], slug: str, report: Report
) -> None:
    """Say of each address on which other machines could connect what is done instead.

    One of this machine alone is what the package listens on anyway.
    """
    for adapter in adapters:
        if isinstance(adapter, models.Skills) or adapter.address is None:
            continue
        if not _LOOPBACK.fullmatch(adapter.address):
            message = f"'address' is ignored: {_listens(adapter, slug)}"
            span = adapter.node.key_span("address")
            report.add(Code.IGNORED_ADDRESS, message, span)


def _listens(adapter: models.Rest | models.Mcp, slug: str) -> str:
    """Say where the package listens for an adapter."""
    if _is_stdio(adapter):
        return "nothing listens, as the transport is stdio"
    host = HOST.variable(adapter.namespace)
    allowed = ALLOW_OPEN.variable(slug)
    return (
        f"the package listens on 127.0.0.1, or where {host} says, "
        f"and beyond this machine only with {allowed}=1"
    )


def check_guard(
    adapter: models.Rest | models.Mcp,
    exposed: Iterable[tuple[Unit, ir.Exposed]],
    report: Report,
) -> None:
    """Warn of an adapter that may let callers on other machines delete something.

    Only an `address` says that they can't reach it: without one, other programs that
    read the document may listen everywhere, while its package doesn't.
    """
    if _is_stdio(adapter) or _LOOPBACK.fullmatch(adapter.address or ""):
        return
    deleting = [(unit, one) for unit, one in exposed if _is_destructive(one)]
    if not deleting:
        return
    unit, first = deleting[0]
    others = f" and {len(deleting) - 1} more" if deleting[1:] else ""
    held = adapter if adapter.address else unit.model
    report.add(
        Code.UNGUARDED_OPERATION,
        f"callers of {shown(first.name)}{others} aren't authenticated, "
        "and no 'address' keeps them to this machine",
        held.node.value_span("address" if adapter.address else "name"),
    )


def _is_stdio(adapter: models.Rest | models.Mcp) -> bool:
    return isinstance(adapter, models.Mcp) and adapter.transport == "stdio"


def _is_destructive(one: ir.Exposed) -> bool:
    is_said = isinstance(one, ir.Tool) and one.hints.destructive is True
    methods = {call.operation.method for call in ir.calls(one.implementation)}
    return is_said or "DELETE" in methods
