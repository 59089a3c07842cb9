"""JSON types of parameters, inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Primitive(Enum):
    """A scalar JSON type."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Anything:
    """Any JSON value: the spec declares no type."""


@dataclass(frozen=True)
class Bytes:
    """Bytes, which are base64 in JSON, in a query and in a header."""


@dataclass(frozen=True)
class Array:
    """A JSON array; `items` is `Anything` if the spec declares no type of items."""

    items: Type


@dataclass(frozen=True)
class Field:
    """A declared property of an object type."""

    name: str
    type: Type
    required: bool
    description: str | None = None


@dataclass(frozen=True)
class Object:
    """A JSON object; without fields, any object."""

    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class OneOf:
    """One of the values of a scalar type that the spec lists."""

    base: Primitive
    values: tuple[str | int | float | bool, ...]


@dataclass(frozen=True)
class Matching:
    """A string that a regular expression matches somewhere.

    `sample` is such a string.
    """

    pattern: str
    sample: str


BaseType = Primitive | Anything | Bytes | Array | Object
Type = BaseType | OneOf | Matching


def type_parts(declared: Type) -> Iterator[Type]:
    """Yield a type, and the types of its items and members."""
    yield declared
    match declared:
        case Array(items=items):
            yield from type_parts(items)
        case Object(fields=fields):
            for field in fields:
                yield from type_parts(field.type)
        case _:
            pass


def base_type(declared: Type) -> BaseType:
    """Return a type without the restrictions of its own values."""
    match declared:
        case OneOf(base=base):
            return base
        case Matching():
            return Primitive.STRING
        case _:
            return declared
