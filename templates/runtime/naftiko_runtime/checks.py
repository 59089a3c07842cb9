"""Inputs that are checked less than their schemas say."""

from collections.abc import Iterable
from dataclasses import replace

from .inputs import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    INTEGER,
    NUMBER,
    OBJECT,
    STRING,
    JsonType,
    Property,
    array,
    object_of,
)
from .json import JsonObject
from .refinements import nullable
from .unions import any_of

_KINDS = {
    "string": STRING,
    "integer": INTEGER,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "object": OBJECT,
    "array": ARRAY,
    "null": nullable(any_of()),
}


def shallow(base: JsonType) -> JsonType:
    """Return a type that checks the kind of a value, and of its members or items."""
    return replace(_outline(base.schema, levels=1), schema=base.schema)


def unchecked(base: JsonType) -> JsonType:
    """Return a type that accepts any value, but has the schema of another one."""
    return replace(ANYTHING, schema=base.schema)


def _outline(schema: JsonObject, levels: int) -> JsonType:
    """Return the type of a schema without restrictions, down to a level."""
    match schema:
        case {"anyOf": options} | {"oneOf": options}:
            return any_of(*_outlines(options, levels))
        case {"type": [kind, "null"]}:
            return nullable(_outline({**schema, "type": kind}, levels))
        case {"type": "object", "properties": members} if levels:
            return object_of(*_members(members), others=ANYTHING)
        case {"type": "array", "items": items} if levels:
            return array(_outline(items, 0))
        case {"type": kind}:
            return _KINDS[kind]
        case _:
            return ANYTHING


def _outlines(schemas: Iterable[JsonObject], levels: int) -> Iterable[JsonType]:
    return (_outline(schema, levels) for schema in schemas)


def _members(schemas: JsonObject) -> Iterable[Property]:
    for name, schema in schemas.items():
        yield Property(name, _outline(schema, 0), required=False)
