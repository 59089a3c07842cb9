"""Routes, tools and skills that are written with keys of a dialect."""

from __future__ import annotations

from collections.abc import Iterator

from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.editing.editor import Proposal, combine
from naftiko_gen.syntax.editing.nodes_at import need, require
from naftiko_gen.syntax.tree import Mapping, Sequence
from naftiko_gen.tools.fix.context import FixContext
from naftiko_gen.tools.fix.differences import write_anew, write_before


def restate_call(context: FixContext, span: Span) -> Proposal:
    """Rewrite the unit around a place with its normalised keys."""
    return combine(*_restate(context, context.mapping_around(span, "call")))


def _restate(context: FixContext, unit: Mapping) -> Iterator[Proposal]:
    canonical, call = context.canonical(unit), need(unit.entry("call"))
    for entry in canonical.entries:
        if entry.key not in unit:
            yield write_before(context, unit, call, entry)
    if "call" not in canonical:
        # A skill refers to a tool; the skill's own call is redundant.
        yield from _without_others(context, unit)
    for item in unit.items("inputParameters"):
        if isinstance(item, Mapping) and context.canonical(item).entries:
            yield from _without_others(context, item)


def _without_others(context: FixContext, mapping: Mapping) -> Iterator[Proposal]:
    canonical = context.canonical(mapping)
    others = [entry.key for entry in mapping.entries if entry.key not in canonical]
    if others:
        yield context.without(mapping, *others)


def write_skill(context: FixContext, span: Span) -> Proposal:
    """Move the tools of a skills adapter, as typed, into a skill of that adapter.

    Normalised tools make no calls.
    """
    adapter, entry = context.entry(span)
    skills = need(context.canonical(adapter).entry("skills"))
    require("skills" not in adapter)
    items = (
        skill.put("tools", entry.value)
        for skill in context.canonical(adapter).items("skills")
        if isinstance(skill, Mapping)
    )
    list_ = Sequence(tuple(items), skills.value.span)
    return write_anew(context, adapter, entry, skills.with_value(list_))
