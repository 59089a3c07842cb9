"""Comments in place of what a document declares, and nothing is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.resolve.catalogue import Declared
from naftiko_gen.resolve.consumed.parameters import declared_inputs
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from naftiko_gen.diagnostics.codes import Code
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.nodes_at import Point
    from naftiko_gen.syntax.tree import Entry, Node
    from naftiko_gen.tools.fix.context import Proposal, Reading

# --- parameters ------------------------------------------------------------------


def without_parameters(code: Code) -> Callable[[Reading, Span], Proposal | None]:
    """Return the rule that makes comments of parameters that a code was found at.

    What callers give them becomes one as well: those of a list are one proposal, as it
    is a comment itself if they are all of it.
    """

    def rule(reading: Reading, span: Span) -> Proposal | None:
        listed = _list_around(reading, span)
        if listed is None:
            return None
        holder, entry, items = listed
        found = set(map(point, reading.found(code)))
        dropped = [each for each in items if _starts(each) & found]
        parts = [
            reading.commented_items(holder, entry, dropped),
            *_without_arguments(reading, dropped),
        ]
        edits = tuple(edit for part in parts if part for edit in part)
        return edits if all(parts) else None

    return rule


def _list_around(
    reading: Reading, span: Span
) -> tuple[Mapping, Entry, tuple[Node, ...]] | None:
    """Return the list that an item or its name is in, its entry and what has that."""
    places, at = reading.places, point(span)
    place = places.scalars.get(at) or places.mappings.get(at)
    around = place.around if place else ()
    for holder, held in zip(reversed(around[:-1]), reversed(around), strict=False):
        if isinstance(held, Sequence) and isinstance(holder, Mapping):
            entry = next(each for each in holder.entries if each.value is held)
            return holder, entry, held.items
    return None


def _starts(item: Node) -> set[Point]:
    """Return where an item is, and its name."""
    name = item.value_span("name") if isinstance(item, Mapping) else item.span
    return {point(item.span), point(name)}


def _without_arguments(
    reading: Reading, dropped: Collection[Node]
) -> Iterator[Proposal | None]:
    """Yield the comments in place of what `with` gives these parameters."""
    starts = {point(each.span) for each in dropped}
    for unit, _ in reading.meaning.origins.units:
        given = {
            entry.key
            for entry in unit.arguments
            if entry.key in _names(unit.declared, starts)
        }
        place = reading.places.mappings.get(point(unit.model.node.span))
        typed = place.node if place else None
        if given and isinstance(typed, Mapping):
            yield _without_keys(reading, typed, given)


def _names(declared: Declared, starts: Collection[Point]) -> set[str]:
    """Return the names of an operation's parameters that start there."""
    inputs = declared_inputs(declared)
    return {each.name for each in inputs if point(each.node.span) in starts}


def _without_keys(
    reading: Reading, unit: Mapping, keys: Collection[str]
) -> Proposal | None:
    whole = unit.entry("with")
    arguments = whole.value if whole else None
    if whole is None or not isinstance(arguments, Mapping):
        return None
    if all(entry.key in keys for entry in arguments.entries):
        return reading.commented(unit, whole)
    found = [entry for entry in arguments.entries if entry.key in keys]
    parts = [reading.commented(arguments, entry) for entry in found]
    return tuple(e for p in parts if p for e in p) if all(parts) else None


# --- operations ------------------------------------------------------------------


def without_repetition(reading: Reading, span: Span) -> Proposal | None:
    """Make a comment of an operation that is declared once more in the same words.

    One that differs in anything, or lies elsewhere, may be the one that is meant.
    """
    listed = _list_around(reading, span)
    declared = list(_declared(reading))
    later = next((one for one in declared if span == _name_span(one)), None)
    if listed is None or later is None:
        return None
    holder, entry, items = listed
    first = next(each for each in declared if each.key == later.key)
    if _words(first) != _words(later):
        return None
    typed = reading.typed(later.operation.node)
    found = [each for each in items if each is typed]
    return reading.commented_items(holder, entry, found) if found else None


def _declared(reading: Reading) -> Iterator[Declared]:
    for consumes in reading.meaning.document.capability.consumes:
        for resource in consumes.resources:
            for operation in resource.operations:
                yield Declared(consumes, resource, operation)


def _name_span(declared: Declared) -> Span:
    return declared.operation.node.value_span("name")


def _words(declared: Declared) -> tuple[object, ...]:
    """Return what a document says of an operation, in comparable form."""
    inputs = declared.resource.node.get("inputParameters")
    return (
        declared.consumes,
        declared.resource.path,
        inputs.plain() if inputs else None,
        declared.operation.node.plain(),
    )
