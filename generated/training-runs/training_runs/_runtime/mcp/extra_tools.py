"""Tools of a user's own: plain coroutines, listed and called like the spec's tools."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from mcp.types import Tool

from ..errors import StartError
from ..inputs import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    INTEGER,
    NUMBER,
    OBJECT,
    STRING,
    Arguments,
    Kind,
    array,
)
from ..json import JsonObject, json_bytes
from ..reply import Reply
from .fast_path import Handler

C = TypeVar("C")
ExtraTool = Callable[..., Awaitable[Any]]
"""A coroutine function that is a tool of its name, described by its docstring.

Its first parameter is the API client. The others are keyword-only: the arguments, of
the types str, int, float, bool, list or dict, perhaps with `| None`, and required
without a default. `Annotated[str, "…"]` describes one. It returns a Reply, text, or
another value that becomes JSON; it raises CallError for a result with `isError`.
"""
TYPES: Mapping[Any, tuple[JsonObject, Kind[Any]]] = {
    str: ({"type": "string"}, STRING),
    int: ({"type": "integer"}, INTEGER),
    float: ({"type": "number"}, NUMBER),
    bool: ({"type": "boolean"}, BOOLEAN),
    list: ({"type": "array"}, ARRAY),
    dict: ({"type": "object"}, OBJECT),
    Any: ({}, ANYTHING),
}
TEXT = ((b"content-type", b"text/plain; charset=utf-8"),)
JSON = ((b"content-type", b"application/json"),)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a tool: its JSON Schema, its check, and whether it is required."""

    schema: JsonObject
    kind: Kind[Any]
    required: bool


def declare(function: ExtraTool) -> tuple[Tool, Handler[Any]]:
    """Return the definition of a user's tool, and the handler of its calls.

    Raises StartError if a parameter has a type that no argument can have.
    """
    arguments = _arguments(function)
    tool = Tool(
        name=_name(function),
        description=inspect.getdoc(function) or "",
        input_schema={
            "type": "object",
            "properties": {name: one.schema for name, one in arguments.items()},
            "required": [name for name, one in arguments.items() if one.required],
            "additionalProperties": False,
        },
    )
    return tool, _handler(function, arguments)


def _handler(
    function: ExtraTool, arguments: Mapping[str, Argument]
) -> Callable[[C, Arguments], Awaitable[Reply]]:
    async def handle(client: C, given: Arguments) -> Reply:
        given.only(*arguments)
        values = {
            name: (
                given.required(name, argument.kind)
                if argument.required
                else given.optional(name, argument.kind)
            )
            for name, argument in arguments.items()
        }
        # An absent argument has the function's own default.
        kept = {k: v for k, v in values.items() if v is not None}
        return _reply(await function(client, **kept))

    return handle


def _reply(value: Any) -> Reply:
    if isinstance(value, Reply):
        return value
    if isinstance(value, str):
        return Reply(200, TEXT, value.encode())
    return Reply(200, JSON, json_bytes(value))


def _arguments(function: ExtraTool) -> dict[str, Argument]:
    hints = get_type_hints(function, include_extras=True)
    _, *parameters = inspect.signature(function).parameters.values()
    return {one.name: _argument(one, hints, function) for one in parameters}


def _argument(
    parameter: inspect.Parameter, hints: Mapping[str, Any], function: ExtraTool
) -> Argument:
    try:
        schema, kind = _type(hints.get(parameter.name, Any))
    except KeyError:
        name = f"{_name(function)}: {parameter.name}"
        raise StartError(f"the tool {name} has a type that isn't JSON's") from None
    return Argument(schema, kind, parameter.default is inspect.Parameter.empty)


def _type(hint: Any) -> tuple[JsonObject, Kind[Any]]:
    """Return the schema and the check of an annotation; raises KeyError for others."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Annotated:
        schema, kind = _type(inside[0])
        return {**schema, "description": str(inside[1])}, kind
    if origin in (Union, UnionType):
        others = [one for one in inside if one is not NoneType]
        if len(others) > 1:
            raise KeyError(hint)
        return _type(others[0])
    if origin is list:
        items, kind = _type(inside[0])
        return {"type": "array", "items": items}, array(kind)
    return TYPES[origin or hint]


def _name(function: ExtraTool) -> str:
    return str(getattr(function, "__name__", type(function).__name__))
