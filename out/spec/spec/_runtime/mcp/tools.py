"""Tools: their arguments, and coroutine functions as tools."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Concatenate,
    Generic,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from ..errors import InvalidInputError, StartError
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
from ..transport import Reply
from ..values import JsonObject, json_bytes, without_none
from .arguments import (
    SHOWN,
    Argument,
    BodyArguments,
    Listed,
    missing_names,
    read_liberally,
)
from .hints import ALTERS

C = TypeVar("C")

Operation = Callable[Concatenate[C, ...], Awaitable[Reply]]
"""A coroutine that takes the API client, and the inputs as keyword arguments."""

Handler = Callable[[C, JsonObject], Awaitable[Reply]]
"""A function that performs a call with the API client and the arguments."""

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


class Answers(Protocol):
    """The answers of a tool whose list may be long."""

    async def perform(
        self,
        perform: Callable[..., Awaitable[Reply]],
        arguments: JsonObject,
        values: JsonObject,
    ) -> Reply:
        """Perform a call, and return its answer as far as it fits."""


class Items(Protocol):
    """The list in the answers of a tool; only packages with one have its module."""

    def answers(self, inputs: Sequence[Argument]) -> Answers:
        """Return the answers of a tool with these arguments."""


@dataclass(frozen=True)
class Tool(Generic[C]):
    """A tool, and the operation that is called with the tool's arguments.

    The JSON Schema of its arguments follows from `inputs`. `output` is the JSON Schema
    of its structured output, if it has one. `items` is the list in its answers, of
    which a part may be shown.
    """

    name: str
    description: str
    operation: Operation[C]
    inputs: Sequence[Argument] = ()
    title: str | None = field(default=None, kw_only=True)
    output: JsonObject | None = field(default=None, kw_only=True)
    items: Items | None = field(default=None, kw_only=True)
    hints: JsonObject | None = field(default=None, kw_only=True)

    @cached_property
    def definition(self) -> JsonObject:
        """Return the tool as `tools/list` shows it."""
        return without_none(
            name=self.name,
            title=self.title,
            description=self.description,
            inputSchema=self._schema(),
            outputSchema=self.output,
            annotations=self.hints,
        )

    @cached_property
    def _long_answers(self) -> Answers | None:
        return None if self.items is None else self.items.answers(self.inputs)

    def _schema(self) -> JsonObject:
        schema: JsonObject = {
            "type": "object",
            "properties": {one.name: one.schema for one in self._shown},
        }
        if required := [one.name for one in self._listed if one.required]:
            schema["required"] = required
        is_open = self._body is not None and self._body.siblings is not None
        return {**schema, "additionalProperties": is_open}

    @cached_property
    def _listed(self) -> list[Listed]:
        return [argument for one in self.inputs for argument in one.listed]

    @cached_property
    def _shown(self) -> list[Listed]:
        return [argument for argument in self._listed if not argument.is_constant]

    @cached_property
    def _body(self) -> BodyArguments | None:
        bodies = (one for one in self.inputs if isinstance(one, BodyArguments))
        return next(bodies, None)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(argument.name for argument in self._listed)

    @property
    def _known(self) -> str:
        """Return the arguments in words, so that a model corrects its call."""
        names = ", ".join(argument.name for argument in self._shown[:SHOWN])
        more = ", …" if len(self._shown) > SHOWN else ""
        listed = f": it has {names}{more}" if names else ", which has none"
        return f"an argument of this tool{listed}"

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[JsonObject], Any]]]:
        return [(one.keyword or one.name, one.read) for one in self.inputs]

    def _check_names(self, arguments: JsonObject) -> None:
        for name, value in arguments.items():
            if name in self._names:
                continue
            if self._body and self._body.is_whole(name, value):
                raise self._body.refusal()
            if not (self._body and self._body.takes(name)):
                raise InvalidInputError(repr(name), self._misplaced(name))

    def _misplaced(self, name: str) -> str:
        """Return where an undeclared argument belongs, or the declared ones."""
        holders = (
            argument.name
            for argument in self._shown
            if name in argument.full.get("properties", ())
        )
        holder = next(holders, None)
        if holder is not None:
            return f"is not an argument of this tool, but a member of {holder}"
        return f"is not {self._known}"

    def _check_missing(self, arguments: JsonObject) -> None:
        """Raise InvalidInputError with all missing arguments if there are several."""
        names = missing_names(arguments, self._listed)
        if len(names) > 1:
            more = ", …" if len(names) > SHOWN else ""
            raise InvalidInputError(", ".join(names[:SHOWN]) + more, "are required")

    def _read(self, arguments: JsonObject) -> JsonObject:
        return {keyword: read(arguments) for keyword, read in self._readers}

    def call(self, client: C, arguments: JsonObject) -> Awaitable[Reply]:
        """Check the arguments, and perform the operation.

        Raises InvalidInputError at once for an argument that is missing, unknown or not
        of its type.
        """
        if not arguments.keys() <= self._names:
            self._check_names(arguments)
        try:
            values = self._read(arguments)
        except InvalidInputError:
            self._check_missing(arguments)
            arguments = read_liberally(arguments, self._listed)
            values = self._read(arguments)
        if self._long_answers is None:
            return self.operation(client, **values)
        perform = partial(self.operation, client)
        return self._long_answers.perform(perform, arguments, values)


def declare(function: ExtraTool) -> Tool[Any]:
    """Return the tool of a coroutine function.

    Raises StartError for another function, and for a parameter that can't be an
    argument.
    """
    if not inspect.iscoroutinefunction(inspect.unwrap(function)):
        raise _fault(function, "must be a coroutine function: write async def")
    inputs = _arguments(function)
    name = _name(function)
    return Tool(
        name=name,
        title=name.replace("_", " ").strip().capitalize(),
        description=inspect.getdoc(function) or "",
        operation=_operation(function, inputs),
        inputs=inputs,
        hints=ALTERS,
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
