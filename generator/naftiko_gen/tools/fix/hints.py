"""Correcting tool hints that claim more safety than the HTTP method."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.resolve.exposed.adapters import UNREPEATABLE
from naftiko_gen.syntax.editing.editor import Proposal
from naftiko_gen.tools.fix.context import FixContext


def correct_hint(context: FixContext, span: Span) -> Proposal:
    """Correct a hint that claims more safety than the method.

    `readOnly: true` implies `idempotent: true`. If a tool isn't read-only, its
    `idempotent` may be wrong as well, and is corrected with it.
    """
    hints, entry = context.scalar(span).pair
    edits = context.replace_value(span, entry.key == "destructive")
    if entry.key == "readOnly" and hints.is_true("idempotent"):
        _, tool = context.exposed_unit(context.mapping_around(span, "hints"))
        calls = ir.calls(tool.implementation)
        if any(call.operation.method in UNREPEATABLE for call in calls):
            more = context.replace_value(hints.value_span("idempotent"), False)
            return (*edits, *more)
    return edits


def without_hints(capability: ir.Capability) -> ir.Capability:
    """Return a capability whose tools all have the same hints, also in skills."""
    return replace(capability, adapters=tuple(map(_without_hints, capability.adapters)))


def _without_hints(adapter: ir.Adapter) -> ir.Adapter:
    match adapter:
        case ir.RestAdapter() | ir.ControlAdapter():
            return adapter
        case ir.McpAdapter(tools=tools):
            return replace(adapter, tools=tuple(map(_bare, tools)))
        case ir.SkillAdapter(skills=skills) | ir.SkillServer(skills=skills):
            return replace(adapter, skills=tuple(map(_bare_skill, skills)))
        case _:
            assert_never(adapter)


_NO_HINTS = ir.Hints(ir.Effect.DESTRUCTIVE, idempotent=False)


def _bare(tool: ir.Tool) -> ir.Tool:
    return replace(tool, hints=_NO_HINTS, items=None)


def _bare_skill(skill: ir.Skill) -> ir.Skill:
    return replace(skill, tools=tuple(map(_bare_entry, skill.tools)))


def _bare_entry(entry: ir.SkillTool) -> ir.SkillTool:
    match entry.exposed:
        case ir.Tool() as tool:
            return replace(entry, exposed=_bare(tool))
        case ir.Route():
            return entry
