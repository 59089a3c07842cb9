"""JSON paths: their segments, and queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from enum import Enum

__all__ = ["AllOf", "AnyOf", "Child", "Compared", "Condition", "Count", "Descendant"]
__all__ += ["Each", "Every", "Exists", "Extent", "Filter", "Fits", "Given", "Length"]
__all__ += ["Negated", "Only", "Operand", "PathSegment", "Query", "Segment", "Selector"]
__all__ += ["Slice", "Start", "has_patterns", "names"]


class Each(Enum):
    """The wildcard of a JSON path: every element of an array."""

    ELEMENT = "*"


PathSegment = str | int | Each
"""A segment of a JSON path: a key, an index or the wildcard."""


class Every(Enum):
    """The wildcard: all elements of an array, or all values of an object."""

    VALUE = "*"


@dataclass(frozen=True)
class Slice:
    """Some elements of an array, as a slice of Python selects them."""

    start: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True)
class Filter:
    """The elements or values for which a condition holds."""

    condition: Condition


Selector = str | int | Every | Slice | Filter


@dataclass(frozen=True)
class Child:
    """A segment: the values that selectors select in a value, in their order."""

    selectors: tuple[Selector, ...]


@dataclass(frozen=True)
class Descendant:
    """A segment: the same in a value, and in all values inside it."""

    selectors: tuple[Selector, ...]


Segment = Child | Descendant


class Start(Enum):
    """The value at which a query starts."""

    ROOT = "$"
    NODE = "@"


@dataclass(frozen=True)
class Query:
    """Segments, which are applied to the value at the start one after the other.

    `text` is the query in the spec.
    """

    segments: tuple[Segment, ...]
    text: str
    start: Start = Start.ROOT

    @property
    def is_singular(self) -> bool:
        """Return whether the query has at most one result: only names and indexes."""
        return all(
            isinstance(segment, Child)
            and len(segment.selectors) == 1
            and isinstance(segment.selectors[0], str | int)
            for segment in self.segments
        )

    @property
    def steps(self) -> tuple[str | int, ...]:
        """Return the names and indexes with which the query begins."""
        steps: list[str | int] = []
        for segment in self.segments:
            match segment:
                case Child(selectors=(str() | int() as step,)):
                    steps.append(step)
                case _:
                    break
        return tuple(steps)


@dataclass(frozen=True)
class Given:
    """A value in a filter: a text, a number, a boolean or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True)
class Length:
    """The characters of a text, the elements of an array, the members of an object."""

    of: Operand


@dataclass(frozen=True)
class Count:
    """The number of a query's results."""

    of: Query


@dataclass(frozen=True)
class Only:
    """A query's result if it has exactly one."""

    of: Query


Operand = Given | Query | Length | Count | Only
"""A value of a comparison; a query is singular."""


@dataclass(frozen=True)
class Compared:
    """A comparison of two values by an operator of RFC 9535."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True)
class Exists:
    """Whether a query has results."""

    query: Query


class Extent(Enum):
    """The part of a text that a regular expression matches."""

    WHOLE = "match"
    PART = "search"


@dataclass(frozen=True)
class Fits:
    """Whether a value is a text that a regular expression matches."""

    value: Operand
    pattern: str
    extent: Extent


@dataclass(frozen=True)
class Negated:
    """The opposite of a condition."""

    condition: Condition


@dataclass(frozen=True)
class AllOf:
    """Whether all conditions hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """Whether at least one condition holds."""

    conditions: tuple[Condition, ...]


Condition = Compared | Exists | Fits | Negated | AllOf | AnyOf


def names(query: Query) -> Iterator[str]:
    """Yield the names of members in a query, also those inside conditions."""
    for part in _parts(query):
        if isinstance(part, Child | Descendant):
            yield from (name for name in part.selectors if isinstance(name, str))


def has_patterns(query: Query) -> bool:
    """Return whether a query matches regular expressions."""
    return any(isinstance(part, Fits) for part in _parts(query))


def _parts(part: object) -> Iterator[object]:
    """Yield a part of a query, and all parts inside it."""
    yield part
    for inner in part if isinstance(part, tuple) else vars(part).values():
        if isinstance(inner, tuple) or is_dataclass(inner):
            yield from _parts(inner)
