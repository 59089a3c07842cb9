"""Selectors of a JSON path that lead to any number of values (RFC 9535)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.ir.outputs import PathSegment


class Wildcard(Enum):
    """The wildcard `.*`: every member of an object, or every element of an array."""

    CHILD = "*"


@dataclass(frozen=True)
class Slice:
    """The elements of an array in a range, as in Python."""

    start: int | None
    stop: int | None
    step: int


@dataclass(frozen=True)
class Several:
    """The values of several selectors, in their order."""

    selectors: tuple[PathSegment, ...]


@dataclass(frozen=True)
class Descendants:
    """The values of a selector in a value and in everything inside it."""

    selector: PathSegment


@dataclass(frozen=True)
class Filter:
    """The elements or members that pass a test."""

    test: Test


@dataclass(frozen=True)
class Reference:
    """A path of names and indexes in a filter, from the tested value or the root."""

    is_root: bool
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class Length:
    """The length of a text, an array or an object, or nothing for other values."""

    reference: Reference


Operand = Reference | Length | str | int | float | bool | None
"""A side of a comparison; texts, numbers, booleans and None are constants."""


class Operator(Enum):
    """The operators of comparisons."""

    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


@dataclass(frozen=True)
class Comparison:
    """The comparison of two operands; values of different types are never equal."""

    left: Operand
    operator: Operator
    right: Operand


@dataclass(frozen=True)
class Existence:
    """Whether there is a value at a path, which may be null."""

    reference: Reference


@dataclass(frozen=True)
class Negation:
    """Whether a test fails."""

    test: Test


@dataclass(frozen=True)
class Conjunction:
    """Whether a value passes all of some tests."""

    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Disjunction:
    """Whether a value passes any of some tests."""

    tests: tuple[Test, ...]


Test = Comparison | Existence | Negation | Conjunction | Disjunction
Selector = Wildcard | Slice | Several | Descendants | Filter
SELECTORS = (Wildcard, Slice, Several, Descendants, Filter)


def selects_many(path: Iterable[PathSegment]) -> bool:
    """Return whether a path has selectors, so that it leads to an array of values."""
    return any(isinstance(segment, SELECTORS) for segment in path)
