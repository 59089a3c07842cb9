"""Hints that claim more safety than a method allows, and all the rest of a spec."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.resolve.safety import UNREPEATABLE
from naftiko_gen.syntax.editing.nodes_at import point

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.nodes_at import Place
    from naftiko_gen.tools.fix.context import Proposal, Reading


def safe_hint(reading: Reading, span: Span) -> Proposal | None:
    """Let a hint claim no more than the method allows.

    What only reads can be repeated as well; where it doesn't, that has to be allowed
    by itself.
    """
    place = reading.places.scalars.get(point(span))
    if place is None or place.entry is None:
        return None
    edits = reading.replaced(place, place.entry.key == "destructive")
    is_read = place.entry.key == "readOnly"
    repeated = _repeated(reading, place) if is_read else None
    if edits is None or repeated is None:
        return edits
    more = reading.replaced(repeated, False)
    return (*edits, *more) if more else None


def _repeated(reading: Reading, place: Place) -> Place | None:
    """Return the hint `idempotent: true` beside another one, if it claims too much."""
    hints = place.mapping
    value = hints.get("idempotent") if hints else None
    if value is None or value.plain() is not True or len(place.around) < 2:
        return None
    found = reading.meaning.origins.exposed_at(place.around[-2].span)
    called = ir.calls(found[1].implementation) if found else ()
    if not any(call.operation.method in UNREPEATABLE for call in called):
        return None
    return reading.places.scalars.get(point(value.span))


def without_hints(capability: ir.Capability) -> ir.Capability:
    """Return a capability whose tools, wherever they are listed, hint at nothing."""
    return replace(capability, adapters=tuple(map(_unhinted, capability.adapters)))


def _unhinted(adapter: ir.Adapter) -> ir.Adapter:
    match adapter:
        case ir.RestAdapter():
            return adapter
        case ir.McpAdapter(tools=tools):
            return replace(adapter, tools=tuple(map(_bare, tools)))
        case ir.SkillAdapter(skills=skills):
            return ir.SkillAdapter(tuple(map(_bare_skill, skills)))
        case _:
            assert_never(adapter)


def _bare_skill(skill: ir.Skill) -> ir.Skill:
    return replace(skill, tools=tuple(map(_bare_entry, skill.tools)))


def _bare(tool: ir.Tool) -> ir.Tool:
    return replace(tool, hints=ir.Hints())


def _bare_entry(entry: ir.SkillTool) -> ir.SkillTool:
    match entry.exposed:
        case ir.Tool() as tool:
            return replace(entry, exposed=_bare(tool))
        case ir.Route():
            return entry
