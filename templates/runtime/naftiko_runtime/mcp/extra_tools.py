"""Tools of a user's own: plain coroutines, listed and called like the spec's tools."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from ..errors import StartError
from ..inputs import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    INTEGER,
    NUMBER,
    OBJECT,
    STRING,
    JsonType,
    array,
)
from ..json import json_bytes
from ..reply import Reply
from .tools import Argument, Operation, Tool

ExtraTool = Callable[..., Awaitable[Any]]
"""A coroutine function that is a tool of its name, described by its docstring.

Its first parameter is the API client. The others are keyword-only: the arguments, of
the types str, int, float, bool, list or dict, perhaps with `| None`, and required
without a default. `Annotated[str, "…"]` describes one. It returns a Reply, text, or
another value that becomes JSON; it raises CallError for a result with `isError`.
"""
TYPES: Mapping[Any, JsonType] = {
    str: STRING,
    int: INTEGER,
    float: NUMBER,
    bool: BOOLEAN,
    list: ARRAY,
    dict: OBJECT,
    Any: ANYTHING,
}
TEXT = ((b"content-type", b"text/plain; charset=utf-8"),)
JSON = ((b"content-type", b"application/json"),)


def declare(function: ExtraTool) -> Tool[Any]:
    """Return the tool of a coroutine function.

    Raises StartError if a parameter has a type that no argument can have.
    """
    hints = get_type_hints(function, include_extras=True)
    _, *parameters = inspect.signature(function).parameters.values()
    return Tool(
        name=_name(function),
        description=inspect.getdoc(function) or "",
        operation=_operation(function),
        inputs=[_argument(one, hints, function) for one in parameters],
    )


def _operation(function: ExtraTool) -> Operation[Any]:
    async def perform(client: Any, **arguments: Any) -> Reply:
        # An absent argument has the function's own default.
        given = {name: one for name, one in arguments.items() if one is not None}
        return _reply(await function(client, **given))

    return perform


def _reply(value: Any) -> Reply:
    if isinstance(value, Reply):
        return value
    if isinstance(value, str):
        return Reply(200, TEXT, value.encode())
    return Reply(200, JSON, json_bytes(value))


def _argument(
    parameter: inspect.Parameter, hints: Mapping[str, Any], function: ExtraTool
) -> Argument:
    hint, description = hints.get(parameter.name, Any), ""
    if get_origin(hint) is Annotated:
        hint, description, *_ = get_args(hint)
    try:
        declared = _type(hint)
    except KeyError:
        name = f"{_name(function)}: {parameter.name}"
        raise StartError(f"the tool {name} has a type that isn't JSON's") from None
    is_required = parameter.default is inspect.Parameter.empty
    return Argument(parameter.name, declared, str(description), required=is_required)


def _type(hint: Any) -> JsonType:
    """Return the JSON type of an annotation; raises KeyError for others."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        others = [one for one in inside if one is not NoneType]
        if len(others) > 1:
            raise KeyError(hint)
        return _type(others[0])
    return array(_type(inside[0])) if origin is list else TYPES[origin or hint]


def _name(function: ExtraTool) -> str:
    return str(getattr(function, "__name__", type(function).__name__))
