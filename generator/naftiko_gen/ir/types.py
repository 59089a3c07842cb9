"""JSON types of parameters, inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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


Type = Primitive | Anything | Bytes | Array | Object
