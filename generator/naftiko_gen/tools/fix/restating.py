"""Routes, tools and skills that are written with keys of a dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence
from naftiko_gen.tools.fix.differences import write_anew

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.tree import Entry, Node
    from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal


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
    yield from _missing_keys(context, unit, canonical, call)
    if "call" not in canonical:
        # A skill refers to a tool; the skill's own call is redundant.
        yield from _without_others(context, unit, canonical)
    inputs = unit.get("inputParameters")
    for item in inputs.items if isinstance(inputs, Sequence) else ():
        canonical_item = context.canonical(item) if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and canonical_item is not None:
            yield from _without_others(context, item, canonical_item)


def _missing_keys(
    context: FixContext, unit: Mapping, canonical: Mapping, call: Entry
) -> Iterator[Proposal | None]:
    """Yield the normalised keys that the unit lacks, before its call."""
    for entry in canonical.entries:
        if entry.key not in unit:
            fields = _fields(entry.value)
            yield (
                context.with_entries_before(unit, call, {entry.key: fields})
                if fields
                else None
            )


def _without_others(
    context: FixContext, mapping: Mapping, canonical: Mapping
) -> Iterator[Proposal | None]:
    others = {entry.key for entry in mapping.entries if entry.key not in canonical}
    if others:
        yield context.without(mapping, others)


def _fields(node: Node) -> Fields | None:
    """Return a mapping of texts and such mappings; None for any other node."""
    fields: Fields = {}
    for entry in node.entries if isinstance(node, Mapping) else ():
        match entry.value:
            case Scalar(value=str() as text):
                fields[entry.key] = text
            case Mapping() as inside if fields_inside := _fields(inside):
                fields[entry.key] = fields_inside
            case _:
                return None
    return fields or None


# --- skills ---------------------------------------------------------------------


def write_skill(context: FixContext, span: Span) -> Proposal | None:
    """Move the tools of a skills adapter into a skill of that adapter."""
    place = context.places.keys.get(point(span))
    adapter, entry = (place.mapping, place.entry) if place else (None, None)
    canonical = context.canonical(adapter) if adapter else None
    skills = canonical.entry("skills") if canonical else None
    if adapter is None or entry is None or skills is None or "skills" in adapter:
        return None
    return write_anew(context, adapter, entry, skills)
