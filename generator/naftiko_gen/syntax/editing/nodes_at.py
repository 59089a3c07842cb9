"""The keys and values of a spec by where they start, each with the nodes around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span

Point = tuple[int, int]
"""Line and column."""
Kind = TypeVar("Kind", bound=Node)
Part = TypeVar("Part")


class NoEditError(Exception):
    """The text has no such part, or its style allows no safe edit."""


def need(part: Part | None) -> Part:
    """Return a part that an edit depends on; raises a NoEditError without it."""
    if part is None:
        raise NoEditError
    return part


def expect(kind: type[Part], part: object) -> Part:
    """Return a part of that kind; raises a NoEditError for any other one."""
    if not isinstance(part, kind):
        raise NoEditError
    return part


def require(*conditions: object) -> None:
    """Raise a NoEditError unless all conditions are true."""
    if not all(conditions):
        raise NoEditError


@dataclass(frozen=True)
class Place(Generic[Kind]):
    """A key or a value, and the nodes around it.

    Attributes:
        around: The lists and mappings around it, outermost first.
        node: The value, or the value of the key.
        entry: The entry of the key or value; None for an item of a list.
    """

    around: tuple[Mapping | Sequence, ...]
    node: Kind
    entry: Entry | None

    @property
    def mapping(self) -> Mapping | None:
        """Return the mapping of the entry."""
        holder = self.around[-1] if self.around else None
        return holder if isinstance(holder, Mapping) else None

    @property
    def pair(self) -> tuple[Mapping, Entry]:
        """Return the mapping and its entry; raises a NoEditError in a list."""
        return need(self.mapping), need(self.entry)


@dataclass(frozen=True)
class Places:
    """The places of a syntax tree, by their starts."""

    scalars: dict[Point, Place[Scalar]]
    keys: dict[Point, Place[Node]]
    mappings: dict[Point, Place[Mapping]]
    lists: dict[Point, Place[Sequence]]

    @classmethod
    def of(cls, root: Mapping) -> Places:
        """Collect the places of the keys and nodes of a tree."""
        places = cls({}, {}, {}, {})
        for place in _walk_places(root):
            around, node, entry = place.around, place.node, place.entry
            if entry is not None:
                places.keys.setdefault(point(entry.span), place)
            at = point(node.span)
            match node:
                case Scalar():
                    places.scalars.setdefault(at, Place(around, node, entry))
                case Mapping():
                    places.mappings.setdefault(at, Place(around, node, entry))
                case Sequence():
                    places.lists.setdefault(at, Place(around, node, entry))
        return places

    def at(self, span: Span) -> Iterator[Place[Node]]:
        """Yield the scalar, key, mapping and list that start at a place."""
        at = point(span)
        indexes = (self.scalars, self.keys, self.mappings, self.lists)
        for place in (index.get(at) for index in indexes):
            if place is not None:
                yield Place(place.around, place.node, place.entry)


def point(span: Span) -> Point:
    """Return the start of a span."""
    return span.line, span.column


def _walk_places(root: Mapping) -> Iterator[Place[Node]]:
    """Yield every node of a tree with the nodes around it, in the order of the text."""
    waiting: list[Place[Node]] = [Place((), root, None)]
    while waiting:
        place = waiting.pop()
        yield place
        match place.node:
            case Mapping(entries=entries) as node:
                around = (*place.around, node)
                waiting += [Place(around, e.value, e) for e in reversed(entries)]
            case Sequence(items=items) as node:
                around = (*place.around, node)
                waiting += [Place(around, item, None) for item in reversed(items)]
            case Scalar():
                pass
