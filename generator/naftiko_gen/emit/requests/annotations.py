"""Python's annotations of the types of the IR."""

from __future__ import annotations

from typing import assert_never

from naftiko_gen.emit.literals import Code, fill, verbatim
from naftiko_gen.ir import (
    Anything,
    Array,
    Bytes,
    InContent,
    Input,
    InText,
    Matching,
    Nullable,
    Object,
    OneOf,
    Primitive,
    Refined,
    Type,
    Union,
    base_type,
)

JSON_VALUE = verbatim("JsonValue")
"""The annotation of any JSON value, which includes None."""


def annotation(kind: Type) -> Code:
    """Return the annotation of values of a type."""
    match kind:
        case Primitive.STRING:
            return verbatim("str")
        case Primitive.INTEGER:
            return verbatim("int")
        case Primitive.NUMBER:
            return verbatim("float")
        case Primitive.BOOLEAN:
            return verbatim("bool")
        case Anything():
            return JSON_VALUE
        case Bytes():
            return verbatim("FileContent")
        case Array():
            return fill("list[{}]", annotation(kind.items))
        case Object():
            return verbatim("JsonObject")
        case Nullable(base=base):
            return optional(annotation(base))
        case OneOf() | Matching() | Refined() | Union():
            return annotation(base_type(kind))
        case _:
            assert_never(kind)


def optional(code: Code) -> Code:
    """Return the annotation of values that may also be None."""
    is_optional = code == JSON_VALUE or code.endswith(" | None")
    return code if is_optional else fill("{} | None", code)


def input_annotation(source: Input, is_bytes: bool) -> Code:
    """Return the annotation of an input; `is_bytes` is a JSON body that isn't read."""
    match source.location:
        case InText():
            return verbatim("str")
        case InContent():
            return verbatim("Content")
        case _ if is_bytes:
            return verbatim("bytes")
        case _:
            return annotation(_in_json(source.type))


def _in_json(kind: Type) -> Type:
    """Return a type as JSON has it: bytes are text in base64."""
    match kind:
        case Bytes():
            return Primitive.STRING
        case Array(items=items):
            return Array(_in_json(items))
        case _:
            return kind
