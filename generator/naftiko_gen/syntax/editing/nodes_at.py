"""The nodes around a place in a spec, to find the target of a diagnostic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.tree import Entry

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
        for place in _walk(Place((), root, None)):
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


def _walk(place: Place) -> Iterator[Place]:
    yield place
    match place.node:
        case Mapping(entries=entries) as node:
            for entry in entries:
                yield from _walk(Place((*place.around, node), entry.value, entry))
        case Sequence(items=items) as node:
            for item in items:
                yield from _walk(Place((*place.around, node), item, None))
        case Scalar():
            pass


def own(root: Mapping) -> Iterator[tuple[Point, str, Node]]:
    """Yield the entries of a normalised tree, without those of imported files."""
    for place in _walk(Place((), root, None)):
        entry = place.entry
        if entry is not None and entry.span.origin is None:
            yield point(entry.span), entry.key, entry.value


def texts(root: Mapping) -> Iterator[tuple[Point, object]]:
    """Yield the scalars of a normalised tree, without those of imported files."""
    for place in _walk(Place((), root, None)):
        if isinstance(place.node, Scalar) and place.node.span.origin is None:
            yield point(place.node.span), place.node.value
