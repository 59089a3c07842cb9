"""The outputs of tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.types.schemas import member_schema, response_schema
from naftiko_gen.ir import (
    Filled,
    Find,
    Identity,
    Items,
    Literal,
    Pick,
    Shape,
    answer_type,
    projection_of,
)

if TYPE_CHECKING:
    from naftiko_gen.emit.types.schemas import Schema
    from naftiko_gen.ir import Projection, Tool


WHOLE = "result"
"""The member for outputs that are no objects or could not be shaped."""


def output_schema(projection: Projection) -> Schema | None:
    """Return the schema of a shaped output, None where no shape is declared.

    Nothing is required and everything may be null: a client refuses a result that
    breaks its schema, and an upstream may leave out any member. An output that is no
    object, or could not be shaped, is the member `result`: its schema describes the
    declared shape, but accepts anything.
    """
    match projection:
        case Shape():
            members: Schema = {k: member_schema(v) for k, v in projection.members}
        case Items() | Find() | Pick():
            members = {WHOLE: member_schema(projection)}
        case Identity() | Literal() | Filled():
            return None
        case _:
            assert_never(projection)
    if members.get(WHOLE):
        members[WHOLE] = {"anyOf": [members[WHOLE], {}]}
    return {"type": "object", "properties": members}


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
