"""Python's annotations of the types of the IR."""

from __future__ import annotations

from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.literals import Code, fill, verbatim

JSON_VALUE = verbatim("JsonValue")
"""The annotation of any JSON value, which includes None."""


def annotation(kind: ir.Type) -> Code:
    """Return the annotation of values of a type."""
    match kind:
        case ir.Primitive.STRING:
            return verbatim("str")
        case ir.Primitive.INTEGER:
            return verbatim("int")
        case ir.Primitive.NUMBER:
            return verbatim("float")
        case ir.Primitive.BOOLEAN:
            return verbatim("bool")
        case ir.Anything():
            return JSON_VALUE
        case ir.Bytes():
            return verbatim("FileContent")
        case ir.Array():
            return fill("list[{}]", annotation(kind.items))
        case ir.Object():
            return verbatim("JsonObject")
        case ir.Nullable(base=base):
            return optional(annotation(base))
        case ir.OneOf() | ir.Matching() | ir.Refined() | ir.Union():
            return annotation(ir.base_type(kind))
        case _:
            assert_never(kind)


def optional(code: Code) -> Code:
    """Return the annotation of values that may also be None."""
    is_optional = code == JSON_VALUE or code.endswith(" | None")
    return code if is_optional else fill("{} | None", code)


def input_annotation(source: ir.Input, is_bytes: bool) -> Code:
    """Return the annotation of an input; `is_bytes` is a JSON body that isn't read."""
    match source.location:
        case ir.InText():
            return verbatim("str")
        case ir.InContent():
            return verbatim("Content")
        case _ if is_bytes:
            return verbatim("bytes")
        case _:
            return annotation(_in_json(source.type))


def _in_json(kind: ir.Type) -> ir.Type:
    """Return a type as JSON has it: bytes are text in base64."""
    match kind:
        case ir.Bytes():
            return ir.Primitive.STRING
        case ir.Array(items=items):
            return ir.Array(_in_json(items))
        case _:
            return kind
