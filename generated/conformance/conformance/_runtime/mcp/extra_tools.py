"""Tools of a user's own: plain coroutines, listed and called like the spec's tools."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
BY_KEYWORD = (
    inspect.Parameter.KEYWORD_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)
TEXT = ((b"content-type", b"text/plain; charset=utf-8"),)
JSON = ((b"content-type", b"application/json"),)


def declare(function: ExtraTool) -> Tool[Any]:
    """Return the tool of a coroutine function.

    Raises StartError for another function, and for a parameter that can't be an
    argument.
    """
    if not inspect.iscoroutinefunction(inspect.unwrap(function)):
        raise _fault(function, "must be a coroutine function: write async def")
    inputs = _arguments(function)
    return Tool(
        name=_name(function),
        description=inspect.getdoc(function) or "",
        operation=_operation(function, inputs),
        inputs=inputs,
    )


def _operation(function: ExtraTool, inputs: Sequence[Argument]) -> Operation[Any]:
    optional = frozenset(argument.name for argument in inputs if not argument.required)

    async def perform(client: Any, **arguments: Any) -> Reply:
        # An absent argument has the function's own default.
        present = {
            name: value
            for name, value in arguments.items()
            if value is not None or name not in optional
        }
        return _reply(await function(client, **present))

    return perform


def _reply(value: Any) -> Reply:
    if isinstance(value, Reply):
        return value
    if isinstance(value, str):
        return Reply(200, TEXT, value.encode())
    return Reply(200, JSON, json_bytes(value))


def _arguments(function: ExtraTool) -> list[Argument]:
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise _fault(function, "needs a first parameter for the API client")
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        fault = f"has the annotation {error.name}, which isn't imported at run time"
        raise _fault(function, fault) from None
    return [_argument(parameter, hints, function) for parameter in parameters[1:]]


def _argument(
    parameter: inspect.Parameter, hints: Mapping[str, Any], function: ExtraTool
) -> Argument:
    if parameter.kind not in BY_KEYWORD:
        raise _fault(function, f"can't get {parameter.name} as a keyword argument")
    hint, description = hints.get(parameter.name, Any), ""
    if get_origin(hint) is Annotated:
        hint, description, *_ = get_args(hint)
    try:
        declared = _type(hint)
    except KeyError:
        fault = f"has {parameter.name} of a type that isn't JSON's"
        raise _fault(function, fault) from None
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


def _fault(function: ExtraTool, fault: str) -> StartError:
    return StartError(f"the tool {_name(function)} {fault}")


def _name(function: ExtraTool) -> str:
    return str(getattr(function, "__name__", type(function).__name__))
