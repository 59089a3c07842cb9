"""Outputs: projections of an upstream's response."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir.types import Type


class Each(Enum):
    """The wildcard of a JSON path: every element of an array."""

    ELEMENT = "*"


PathSegment = str | int | Each
"""A segment of a JSON path: a key, an index or the wildcard."""


@dataclass(frozen=True)
class Identity:
    """The response body, unchanged."""


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


Projection = Identity | Pick | Literal | Shape | Items
