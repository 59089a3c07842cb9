"""Members that a call gives a body, where other calls give it as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.syntax.tree import Mapping
from naftiko_gen.tools.fix.declarations import unit_at

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.tools.fix.context import Fields, Proposal, Reading


def whole_of_members(reading: Reading, span: Span) -> Proposal | None:
    """Give the parameter that is the body an object of what a call gives."""
    typed = unit_at(reading, span)
    found = reading.meaning.origins.exposed_at(typed.span) if typed else None
    if typed is None or found is None:
        return None
    unit, exposed = found
    for call in ir.calls(exposed.implementation):
        body = call.operation.body
        whole = body.whole if body else None
        keys = _keys(dict(call.arguments).get(whole)) if whole else ()
        if whole is not None and keys:
            return _given(reading, typed, unit, keys, whole.name)
    return None


def _keys(value: ir.Template | None) -> tuple[str, ...]:
    match value:
        case ir.ObjectTemplate(entries=entries):
            return tuple(key for key, _ in entries)
        case ir.Constant(value=dict() as members):
            return tuple(members)
        case _:
            return ()


def _given(
    reading: Reading, typed: Mapping, unit: Unit, keys: Collection[str], body: str
) -> Proposal | None:
    """Write the members as one key of `with`."""
    written = typed.get("with")
    held = written.entries if isinstance(written, Mapping) else ()
    if {each.key for each in unit.arguments} != {each.key for each in held}:
        return None
    members = [each for each in held if each.key in keys]
    given = {each.key for each in members}
    others: Fields = {
        key: f"{unit.namespace}.{key}" for key in keys if key not in given
    }
    if isinstance(written, Mapping) and members:
        return reading.gathered(written, members, body, others)
    return reading.with_arguments(typed, {body: others})
