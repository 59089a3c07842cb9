"""Hints that claim more safety than a method allows, and all the rest of a spec."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.fixing.places import point

if TYPE_CHECKING:
    from naftiko_gen.fixing.reading import Proposal, Reading
    from naftiko_gen.tree import Span


def safe_hint(reading: Reading, span: Span) -> Proposal | None:
    """Let a hint claim no more than the method allows."""
    place = reading.places.scalars.get(point(span))
    if place is None or place.entry is None:
        return None
    return reading.replaced(place, place.entry.key == "destructive")


def without_hints(capability: ir.Capability) -> ir.Capability:
    """Return a capability whose tools, wherever they are listed, hint at nothing."""
    return replace(
        capability,
        mcp=tuple(
            replace(adapter, tools=tuple(map(_bare, adapter.tools)))
            for adapter in capability.mcp
        ),
        skills=tuple(
            replace(skill, tools=tuple(map(_bare_entry, skill.tools)))
            for skill in capability.skills
        ),
    )


def _bare(tool: ir.Tool) -> ir.Tool:
    return replace(tool, hints=ir.Hints())


def _bare_entry(entry: ir.SkillTool) -> ir.SkillTool:
    match entry.unit:
        case ir.Tool() as tool:
            return replace(entry, unit=_bare(tool))
        case ir.RestOperation():
            return entry
