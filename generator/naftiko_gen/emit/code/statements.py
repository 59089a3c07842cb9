"""Annotations of types, and parts of statements, which macros of templates write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.literals import Code, fill, py, verbatim
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions
from naftiko_gen.ir.bodies import Members

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


@dataclass(frozen=True)
class ParameterView:
    """A keyword-only parameter of a function."""

    name: Code
    annotation: Code
    is_optional: bool = False
    """Whether it may be left out, and is None then."""
    default: Code | None = None


def optional_parameter(name: Code, annotation: Code) -> ParameterView:
    """Return a parameter that may be left out."""
    return ParameterView(name, optional(annotation), is_optional=True)


@dataclass(frozen=True)
class Keyword:
    """A keyword argument of a call, or a pair of a name and a value."""

    name: Code
    value: Code


@dataclass(frozen=True)
class CallView:
    """A call of a coroutine of the client, or of a flow."""

    coroutine: Code
    arguments: Sequence[Keyword]
    is_flow: bool = False
    may_be_gone: bool = False
    """Whether the call may find no more of a thing that an earlier one removed."""
    step: tuple[Code, ...] = ()
    """The names of the step and of the API that it calls, if it is one."""


@dataclass(frozen=True)
class ReplyView:
    """The changes that make a reply of a response.

    Either `output` shapes it, with a few inputs, after `parser` has read it; or it
    passes on, with another media type or a limit. If it has another form, it may pass,
    or the failure tells that a request of the `method` has changed something.
    """

    output: Code | None = None
    inputs: Sequence[Keyword] = ()
    parser: Code | None = None
    may_pass: bool = False
    method: str | None = None
    limit: Code | None = None
    media_type: str | None = None


def pairs(entries: Members, templates: TemplateExpressions) -> list[Keyword]:
    """Return the pairs of texts and the values of templates."""
    return [Keyword(py(name), templates.expression(value)) for name, value in entries]
