"""Calls that give single members of a body that other calls give as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.syntax.tree import Mapping
from naftiko_gen.tools.fix.declarations import unit_at

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal


def gather_members(context: FixContext, span: Span) -> Proposal | None:
    """Gather the members that a call gives into one object for the body's parameter."""
    mapping = unit_at(context, span)
    resolution = context.meaning.origins.exposed_at(mapping.span) if mapping else None
    if mapping is None or resolution is None:
        return None
    unit, exposed = resolution
    for call in ir.calls(exposed.implementation):
        body = call.operation.body
        parameter = body.whole if body else None
        keys = _keys(dict(call.arguments).get(parameter)) if parameter else ()
        if parameter is not None and keys:
            return _gather(context, mapping, unit, keys, parameter.name)
    return None


def _keys(value: ir.Template | None) -> tuple[str, ...]:
    match value:
        case ir.ObjectTemplate(entries=entries):
            return tuple(key for key, _ in entries)
        case ir.Constant(value=dict() as members):
            return tuple(members)
        case _:
            return ()


def _gather(
    context: FixContext, mapping: Mapping, unit: Unit, keys: Collection[str], body: str
) -> Proposal | None:
    """Write the members as one key of `with`."""
    arguments = mapping.get("with")
    entries = arguments.entries if isinstance(arguments, Mapping) else ()
    if {entry.key for entry in unit.arguments} != {entry.key for entry in entries}:
        return None
    members = [entry for entry in entries if entry.key in keys]
    keys_given = {entry.key for entry in members}
    others: Fields = {
        key: f"{unit.namespace}.{key}" for key in keys if key not in keys_given
    }
    if isinstance(arguments, Mapping) and members:
        return context.gather(arguments, members, body, others)
    return context.with_arguments(mapping, {body: others})
