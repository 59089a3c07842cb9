"""JSON types of parameters, inputs and outputs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TypeVar, assert_never

from naftiko_gen.diagnostics import Plain

__all__ = ["Anything", "Array", "Bytes", "Default", "Field", "Limit", "Limits"]
__all__ += ["Matching", "Nullable", "Object", "OneOf", "Primitive", "Refined"]
__all__ += [
    "RestrictedType",
    "Type",
    "Union",
    "accepts_null",
    "are_kept",
    "base_type",
    "of_kind",
]
__all__ += ["type_name", "type_parts"]


Kind = TypeVar("Kind")


def of_kind(kind: type[Kind], values: Iterable[object]) -> tuple[Kind, ...]:
    """Return the values that are of a kind."""
    return tuple(value for value in values if isinstance(value, kind))


class Primitive(Enum):
    """A scalar JSON type."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Anything:
    """Any JSON value: the spec declares no type.

    `is_key` is whether a lookup compares the value, which doesn't change the type.
    """

    is_key: bool = field(default=False, compare=False)


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
    example: str | None = None
    """A value as JSON."""


@dataclass(frozen=True)
class Object:
    """A JSON object.

    `others` is the type of members that aren't declared, None if there are no such
    members. An object without fields and without `others` may be any object.
    `invites_others` is whether the spec permits such members in so many words, which
    doesn't change the type.
    """

    fields: tuple[Field, ...] = ()
    others: Type | None = None
    invites_others: bool = field(default=False, compare=False)


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


class Limit(StrEnum):
    """A limit of a number, of the length of a text, or of the number of items."""

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    EXCLUSIVE_MINIMUM = "exclusiveMinimum"
    EXCLUSIVE_MAXIMUM = "exclusiveMaximum"
    MIN_LENGTH = "minLength"
    MAX_LENGTH = "maxLength"
    MIN_ITEMS = "minItems"
    MAX_ITEMS = "maxItems"

    def allows(self, size: float, bound: float) -> bool:
        """Return whether a number, a length or a number of items is within a bound."""
        match self:
            case Limit.EXCLUSIVE_MINIMUM:
                return size > bound
            case Limit.EXCLUSIVE_MAXIMUM:
                return size < bound
            case Limit.MINIMUM | Limit.MIN_LENGTH | Limit.MIN_ITEMS:
                return size >= bound
            case Limit.MAXIMUM | Limit.MAX_LENGTH | Limit.MAX_ITEMS:
                return size <= bound


Limits = tuple[tuple[Limit, int | float], ...]


def are_kept(limits: Limits, value: object) -> bool:
    """Return whether a number, a text or an array is within limits."""
    size = value if isinstance(value, (int, float)) else None
    if isinstance(value, (str, list, tuple)):
        size = len(value)
    return size is not None and all(limit.allows(size, at) for limit, at in limits)


@dataclass(frozen=True)
class Default:
    """The value of an input that a client leaves out."""

    text: str
    """The value as JSON."""

    @property
    def value(self) -> Plain:
        """Return the value."""
        value: Plain = json.loads(self.text)
        return value


@dataclass(frozen=True)
class Refined:
    """A type with limits, and with facts that aren't checked.

    `sample` is a scalar within the limits. `format` names the form of a text, such as
    `date-time`. `default` is the value that an upstream assumes if it gets none.
    """

    base: Type
    limits: Limits = ()
    sample: str | int | float | None = None
    format: str | None = None
    default: Default | None = None


@dataclass(frozen=True)
class Nullable:
    """A type, or null."""

    base: Type


@dataclass(frozen=True)
class Union:
    """One of several types; if it is exclusive, no value is of two of them."""

    types: tuple[Type, ...]
    is_exclusive: bool = False


BaseType = Primitive | Anything | Bytes | Array | Object
RestrictedType = OneOf | Matching | Refined | Nullable | Union
"""Types with restrictions, or alternatives, of their own values."""
Type = BaseType | RestrictedType


def type_parts(kind: Type) -> Iterator[Type]:
    """Yield a type, and the types of its items and members."""
    yield kind
    match kind:
        case Array(items=items):
            yield from type_parts(items)
        case Object(fields=fields, others=others):
            for field in fields:
                yield from type_parts(field.type)
            if others is not None:
                yield from type_parts(others)
        case Refined(base=base) | Nullable(base=base):
            yield from type_parts(base)
        case Union(types=types):
            for alternative in types:
                yield from type_parts(alternative)
        case _:
            pass


def accepts_null(kind: Type) -> bool:
    """Return whether null is a value of a type."""
    match kind:
        case Nullable() | Anything():
            return True
        case Refined(base=base):
            return accepts_null(base)
        case Union(types=types):
            return any(map(accepts_null, types))
        case Primitive() | Bytes() | Array() | Object() | OneOf() | Matching():
            return False
        case _:
            assert_never(kind)


def base_type(kind: Type) -> BaseType:
    """Return a type without the restrictions of its own values."""
    match kind:
        case OneOf(base=base):
            return base
        case Matching():
            return Primitive.STRING
        case Refined(base=base) | Nullable(base=base):
            return base_type(base)
        case Union():
            return Anything()
        case _:
            return kind


def type_name(kind: Type) -> str | None:
    """Return the language's name of a type, which any values and bytes don't have."""
    match base_type(kind):
        case Primitive(value=word):
            return str(word)
        case Array():
            return "array"
        case Object():
            return "object"
        case Anything() | Bytes():
            return None
        case never:
            assert_never(never)
