"""Routes and tools whose calls are written with other keys than they are read as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.tree import Node
    from naftiko_gen.tools.fix.context import Fields, Proposal, Reading


def restated(reading: Reading, span: Span) -> Proposal | None:
    """Write the keys that the unit around a place is read as, delete the others."""
    place = reading.places.keys.get(point(span)) or reading.places.scalars.get(
        point(span)
    )
    around = place.around if place else ()
    unit = next(
        (n for n in reversed(around) if isinstance(n, Mapping) and "call" in n), None
    )
    parts = list(_restated(reading, unit)) if unit else []
    edits = tuple(edit for part in parts for edit in part or ())
    return edits if edits and all(parts) else None


def _restated(reading: Reading, unit: Mapping) -> Iterator[Proposal | None]:
    meant, call = reading.canonical(unit), unit.entry("call")
    if meant is None or call is None:
        return
    for entry in meant.entries:
        if entry.key not in unit:
            fields = _fields(entry.value)
            yield (
                reading.with_mapping_before(unit, call, entry.key, fields)
                if fields
                else None
            )
    if "call" not in meant:
        # What a skill says of the call is what the tool says that it refers to.
        yield from _without_others(reading, unit, meant)
    inputs = unit.get("inputParameters")
    for each in inputs.items if isinstance(inputs, Sequence) else ():
        read = reading.canonical(each) if isinstance(each, Mapping) else None
        if isinstance(each, Mapping) and read is not None:
            yield from _without_others(reading, each, read)


def _without_others(
    reading: Reading, typed: Mapping, meant: Mapping
) -> Iterator[Proposal | None]:
    others = {entry.key for entry in typed.entries if entry.key not in meant}
    if others:
        yield reading.without(typed, others)


def _fields(node: Node) -> Fields | None:
    """Return a mapping of texts, and of more such mappings; None if it is another."""
    fields: Fields = {}
    for entry in node.entries if isinstance(node, Mapping) else ():
        match entry.value:
            case Scalar(value=str() as text):
                fields[entry.key] = text
            case Mapping() as inside if held := _fields(inside):
                fields[entry.key] = held
            case _:
                return None
    return fields or None
