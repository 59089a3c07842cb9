"""Hints of tools: declared ones, and others by the methods of their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.units import Unit

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
UNREPEATABLE = frozenset({"POST", "PATCH"})


def resolve_hints(hints: models.Hints | None, unit: Unit, report: Report) -> ir.Hints:
    """Return the hints of a tool; its most dangerous call decides undeclared ones."""
    operations = [caller.declared.operation for caller in unit.callers]
    methods = frozenset(operation.method for operation in operations)
    if hints is None:
        return _infer_hints(methods, read_only=methods <= ir.READING)
    check_hints(hints, operations, report)
    read_only = hints.read_only
    if read_only is None:
        read_only = methods <= ir.READING and not hints.destructive
    usual_hints = _infer_hints(methods, read_only=read_only)
    return ir.Hints(
        read_only,
        usual_hints.destructive if hints.destructive is None else hints.destructive,
        usual_hints.idempotent if hints.idempotent is None else hints.idempotent,
        usual_hints.open_world if hints.open_world is None else hints.open_world,
    )


def _infer_hints(methods: frozenset[str], *, read_only: bool) -> ir.Hints:
    return ir.Hints(
        read_only,
        destructive=not read_only and not methods <= ir.READING | ir.ADDING,
        idempotent=read_only or methods.isdisjoint(UNREPEATABLE),
        open_world=bool(methods),
    )


def check_hints(
    hints: models.Hints, operations: Iterable[models.ConsumedOperation], report: Report
) -> None:
    """Warn of tool hints that claim more safety than the HTTP methods allow.

    Of several calls, the first that allows less counts. A POST whose spec states how it
    splits a list into pages is a search, which may be read-only.
    """
    methods = [o.method for o in operations if not (o.method == "POST" and o.is_paged)]
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
            message = f"{quote(text)} claims more safety than {method} allows"
            report.add(Code.UNSAFE_HINT, message, hints.at(key))
