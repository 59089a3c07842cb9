"""The keys and values of a spec by where they start, each with the nodes around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.syntax.tree import (
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    walk,
    walk_scalars,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span

Point = tuple[int, int]
"""Line and column."""


@dataclass(frozen=True)
class Place:
    """A key or a value, and the nodes around it.

    Attributes:
        around: The lists and mappings around it, outermost first.
        node: The value, or the value of the key.
        entry: The entry of the key or value; None for an item of a list.
    """

    around: tuple[Mapping | Sequence, ...]
    node: Node
    entry: Entry | None

    @property
    def mapping(self) -> Mapping | None:
        """Return the mapping of the entry."""
        holder = self.around[-1] if self.around else None
        return holder if self.entry and isinstance(holder, Mapping) else None


@dataclass(frozen=True)
class Places:
    """The places of a syntax tree, by their starts."""

    keys: dict[Point, Place]
    scalars: dict[Point, Place]
    mappings: dict[Point, Place]
    lists: dict[Point, Place]

    @classmethod
    def of(cls, root: Mapping) -> Places:
        """Collect the places of the keys and nodes of a tree."""
        places = cls({}, {}, {}, {})
        for place in _walk_places(root):
            if place.entry is not None:
                places.keys.setdefault(point(place.entry.span), place)
            if isinstance(place.node, Scalar):
                places.scalars.setdefault(point(place.node.span), place)
            elif isinstance(place.node, Mapping):
                places.mappings.setdefault(point(place.node.span), place)
            else:
                places.lists.setdefault(point(place.node.span), place)
        return places


def point(span: Span) -> Point:
    """Return the start of a span."""
    return span.line, span.column


def _walk_places(root: Mapping) -> Iterator[Place]:
    """Yield every node of a tree with the nodes around it, in the order of the text."""
    waiting = [Place((), root, None)]
    while waiting:
        place = waiting.pop()
        yield place
        waiting.extend(reversed(tuple(_places_inside(place))))


def _places_inside(place: Place) -> Iterator[Place]:
    match place.node:
        case Mapping(entries=entries) as node:
            around = (*place.around, node)
            yield from (Place(around, entry.value, entry) for entry in entries)
        case Sequence(items=items) as node:
            around = (*place.around, node)
            yield from (Place(around, item, None) for item in items)
        case Scalar():
            pass


def own(root: Mapping) -> Iterator[tuple[Point, str, Node]]:
    """Yield the entries of a normalised tree without those of imported files."""
    for part in walk(root):
        if isinstance(part, Entry) and part.span.origin is None:
            yield point(part.span), part.key, part.value


def texts(root: Mapping) -> Iterator[tuple[Point, object]]:
    """Yield the scalars of a normalised tree without those of imported files."""
    for scalar in walk_scalars(root):
        if scalar.span.origin is None:
            yield point(scalar.span), scalar.value
