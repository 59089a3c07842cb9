"""Outputs: projections of an upstream's response."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from naftiko_gen.diagnostics import Plain
from naftiko_gen.ir.queries import PathSegment, Query, has_patterns
from naftiko_gen.ir.templates import Constant, DeclaredOutput, Template
from naftiko_gen.ir.types import Anything, Type

__all__ = ["Filled", "Find", "Identity", "Items", "Literal", "Mismatch", "Pick"]
__all__ += [
    "Projection",
    "Shape",
    "common_start",
    "filled_templates",
    "has_query",
    "is_of_object",
]
__all__ += ["uses_patterns", "view_shape", "walk_projections", "with_leaves"]


@dataclass(frozen=True)
class Identity:
    """The response body, unchanged.

    Attributes:
        media_type: Replaces the media type of a successful response.
        limit: The most bytes of a binary body; None for others.
    """

    media_type: str | None = None
    limit: int | None = None

    @property
    def is_plain(self) -> bool:
        """Return whether the whole response is passed on as it is."""
        return self.media_type is None and self.limit is None


@dataclass(frozen=True)
class Pick:
    """The value at a path, or null if there is none.

    The path is relative to the value that the enclosing projection selects.
    """

    path: tuple[PathSegment, ...]
    type: Type


@dataclass(frozen=True)
class Literal:
    """A value from the spec."""

    value: Plain


@dataclass(frozen=True)
class Filled:
    """A value from the spec with placeholders for inputs of the call.

    A text is null if an optional input in it is absent.
    """

    template: Template


@dataclass(frozen=True)
class Shape:
    """An object with exactly these members, each relative to the object at `path`.

    If there is nothing at a path, the shape is null.
    """

    path: tuple[PathSegment, ...]
    members: tuple[tuple[str, Projection], ...]


@dataclass(frozen=True)
class Items:
    """An array: `item` applied to every element of the array at `path`."""

    path: tuple[PathSegment, ...]
    item: Projection


@dataclass(frozen=True)
class Find:
    """An array: `item` applied to every value to which a query leads."""

    query: Query
    item: Projection


class Mismatch(Enum):
    """The fate of a response that has another form than a projection needs."""

    REFUSE = auto()
    PASS = auto()


Projection = Identity | Pick | Literal | Filled | Shape | Items | Find


def view_shape(view: tuple[DeclaredOutput, ...]) -> Shape:
    """Return the object of the outputs that a consumed operation declares."""
    return Shape((), tuple((output.name, _projection_of(output)) for output in view))


def _projection_of(output: DeclaredOutput) -> Projection:
    match output.source:
        case Constant(value=value):
            return Literal(value)
        case tuple() as path:
            return Pick(path, output.type)
        case query:
            return Find(query, Pick((), Anything()))


def walk_projections(projection: Projection) -> Iterator[Projection]:
    """Yield a projection, then every projection inside it, in the order of the spec."""
    yield projection
    match projection:
        case Shape(members=members):
            for _, member in members:
                yield from walk_projections(member)
        case Items(item=item) | Find(item=item):
            yield from walk_projections(item)
        case Identity() | Pick() | Literal() | Filled():
            pass
        case _:
            assert_never(projection)


def with_leaves(
    projection: Projection, change: Callable[[Projection], Projection]
) -> Projection:
    """Apply `change` to every projection inside another one that has none inside."""
    match projection:
        case Shape(path=path, members=members):
            return Shape(path, tuple((n, with_leaves(m, change)) for n, m in members))
        case Items(path=path, item=item):
            return Items(path, with_leaves(item, change))
        case Find(query=query, item=item):
            return Find(query, with_leaves(item, change))
        case Identity() | Literal() | Filled() | Pick():
            return change(projection)
        case _:
            assert_never(projection)


def has_query(projection: Projection) -> bool:
    """Return whether a projection has queries."""
    return any(isinstance(inner, Find) for inner in walk_projections(projection))


def uses_patterns(projection: Projection) -> bool:
    """Return whether a query in a projection matches regular expressions."""
    inner_projections = walk_projections(projection)
    return any(isinstance(p, Find) and has_patterns(p.query) for p in inner_projections)


def filled_templates(projection: Projection) -> Iterator[Template]:
    """Yield the templates in a projection, in the order of the spec."""
    for inner in walk_projections(projection):
        if isinstance(inner, Filled):
            yield inner.template


def common_start(projection: Projection) -> str | None:
    """Return the name with which all paths into the response start, if there is one."""
    starts = {path[0] if path else None for path in _paths(projection)}
    match list(starts):
        case [str() as name]:
            return name
        case _:
            return None


def is_of_object(projection: Projection) -> bool:
    """Return whether a projection reads only objects: a path starts with a name.

    The length may be that of an array.
    """
    return any(
        path and isinstance(path[0], str) and path != ("length",)
        for path in _paths(projection)
    )


def _paths(projection: Projection) -> Iterator[tuple[PathSegment, ...]]:
    """Yield the paths that start at the response."""
    match projection:
        case Identity():
            yield ()
        case Literal() | Filled():
            pass
        case Shape(path=(), members=members):
            for _, member in members:
                yield from _paths(member)
        case Pick(path=path) | Shape(path=path) | Items(path=path):
            yield path
        case Find(query=query):
            yield query.steps
        case _:
            assert_never(projection)
