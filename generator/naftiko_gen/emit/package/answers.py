"""Schemas of responses that pass unchanged, for tools and for OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.package.schemas import describe, output_schema
from naftiko_gen.ir import (
    Anything,
    Array,
    Bytes,
    Matching,
    Nullable,
    Object,
    OneOf,
    Primitive,
    Refined,
    Union,
    answer_type,
    projection_of,
)

if TYPE_CHECKING:
    from naftiko_gen.emit.package.schemas import Schema
    from naftiko_gen.ir import Tool, Type

_SHOWN = 20
"""Tools list no more values of a member, because models pay for each."""
WHOLE = "result"
"""The member for responses that are no objects, or have no declared type."""


def listed_output(tool: Tool) -> Schema | None:
    """Return the schema of a tool's output, as its server lists it."""
    return output_schema(projection_of(tool.implementation)) or tool_output(tool)


def tool_output(tool: Tool) -> Schema | None:
    """Return the schema of an output that is a response, None without a declared one.

    A response that breaks it, or is no object, becomes the member `result`.
    """
    kind = answer_type(tool.implementation)
    if kind is None:
        return None
    schema = response_schema(kind, is_annotated=False)
    if schema.get("type") != ["object", "null"]:
        return {"type": "object", "properties": {WHOLE: _open(schema)}}
    members = schema.get("properties")
    if isinstance(members, dict) and WHOLE in members:
        inner = members[WHOLE]
        members[WHOLE] = _open(inner) if isinstance(inner, dict) else inner
    # Not all responses have the types of further members.
    return {"type": "object", **({"properties": members} if members else {})}


def _open(schema: Schema) -> Schema:
    return {"anyOf": [schema, {}]} if schema else {}


def response_schema(kind: Type, *, is_annotated: bool) -> Schema:
    """Return the schema of a response, which accepts any value of the declared types.

    Nothing is required, listed values stand beside their type, and limits are left out:
    a client refuses a response that breaks its schema, and an upstream may leave out
    any member, or have values that its description doesn't list. Annotated schemas
    have descriptions and formats.
    """
    match kind:
        case Primitive():
            return {"type": [kind.value, "null"]}
        case Bytes():
            return {"type": ["string", "null"]}
        case Anything():
            return {}
        case Array(items=items):
            inner = response_schema(items, is_annotated=is_annotated)
            return {"type": ["array", "null"], "items": inner}
        case Object():
            return _object_schema(kind, is_annotated)
        case Nullable(base=base):
            return response_schema(base, is_annotated=is_annotated)
        case Refined(base=base, format=form):
            schema = response_schema(base, is_annotated=is_annotated)
            return {**schema, "format": form} if is_annotated and form else schema
        case OneOf(base=base, values=values):
            schema = response_schema(base, is_annotated=is_annotated)
            if len(values) > _SHOWN and not is_annotated:
                return schema
            return {"anyOf": [{"enum": [*values]}, schema]}
        case Matching():
            return {"type": ["string", "null"]}
        case Union(types=types):
            options = [
                response_schema(option, is_annotated=is_annotated) for option in types
            ]
            return {"anyOf": [*options]}
        case _:
            assert_never(kind)


def _object_schema(kind: Object, is_annotated: bool) -> Schema:
    schema: Schema = {"type": ["object", "null"]}
    properties: Schema = {
        field.name: describe(
            response_schema(field.type, is_annotated=is_annotated),
            field.description if is_annotated else None,
        )
        for field in kind.fields
    }
    if properties:
        schema["properties"] = properties
    others = kind.others
    if others is not None and others != Anything():
        schema["additionalProperties"] = response_schema(
            others, is_annotated=is_annotated
        )
    return schema
