"""Routes, tools and skills that are written with keys of a dialect."""

from __future__ import annotations

from collections.abc import Iterator

from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Sequence
from naftiko_gen.tools.fix.context import FixContext, Proposal
from naftiko_gen.tools.fix.differences import write_anew, write_before


def restate_call(context: FixContext, span: Span) -> Proposal | None:
    """Rewrite the unit around a place with its normalised keys."""
    place = context.places.keys.get(point(span)) or context.places.scalars.get(
        point(span)
    )
    around = place.around if place else ()
    unit = next(
        (n for n in reversed(around) if isinstance(n, Mapping) and "call" in n), None
    )
    parts = list(_restate(context, unit)) if unit else []
    edits = tuple(edit for part in parts for edit in part or ())
    return edits if edits and all(parts) else None


def _restate(context: FixContext, unit: Mapping) -> Iterator[Proposal | None]:
    canonical, call = context.canonical(unit), unit.entry("call")
    if canonical is None or call is None:
        return
    for entry in canonical.entries:
        if entry.key not in unit:
            yield write_before(context, unit, call, entry)
    if "call" not in canonical:
        # A skill refers to a tool; the skill's own call is redundant.
        yield from _without_others(context, unit, canonical)
    inputs = unit.get("inputParameters")
    for item in inputs.items if isinstance(inputs, Sequence) else ():
        canonical_item = context.canonical(item) if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and canonical_item is not None:
            yield from _without_others(context, item, canonical_item)


def _without_others(
    context: FixContext, mapping: Mapping, canonical: Mapping
) -> Iterator[Proposal | None]:
    others = {entry.key for entry in mapping.entries if entry.key not in canonical}
    if others:
        yield context.without(mapping, others)


# --- skills ---------------------------------------------------------------------


def write_skill(context: FixContext, span: Span) -> Proposal | None:
    """Move the tools of a skills adapter into a skill of that adapter."""
    place = context.places.keys.get(point(span))
    adapter, entry = (place.mapping, place.entry) if place else (None, None)
    canonical = context.canonical(adapter) if adapter else None
    skills = canonical.entry("skills") if canonical else None
    if adapter is None or entry is None or skills is None or "skills" in adapter:
        return None
    return write_anew(context, adapter, entry, _with_tools(skills, entry.value))


def _with_tools(skills: Entry, tools: Node) -> Entry:
    """Return the skills with these tools as typed; normalised ones make no calls."""
    list_ = skills.value
    items = [
        skill.put("tools", tools)
        for skill in (list_ if isinstance(list_, Sequence) else ())
        if isinstance(skill, Mapping)
    ]
    return skills.with_value(Sequence(tuple(items), list_.span))
