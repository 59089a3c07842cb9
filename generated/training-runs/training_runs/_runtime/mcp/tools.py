"""Tools, coroutine functions as tools, and how clients see the tools of a server."""

import copy
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, partial
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Concatenate,
    Generic,
    Protocol,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import orjson

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
from ..settings import ToolChoice
from ..transport import Reply
from ..values import JsonObject, json_bytes, without_none
from .arguments import Argument, BodyArguments, Listed, read_liberally
from .words import listing, question

C = TypeVar("C")


def _hints(*, reads: bool = False, loses: bool = False, repeats: bool) -> JsonObject:
    return {
        "readOnlyHint": reads,
        "destructiveHint": loses,
        "idempotentHint": repeats,
        "openWorldHint": True,
    }


READS = _hints(reads=True, repeats=True)
"""The usual hints of a tool whose calls change nothing, as GET."""
ADDS = _hints(repeats=False)
"""Calls add something, as POST."""
ALTERS = _hints(loses=True, repeats=False)
"""Calls overwrite something, and a second one may change more, as PATCH."""
REPLACES = _hints(loses=True, repeats=True)
"""Calls overwrite or delete something, and a second one changes no more, as PUT."""

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
BY_KEYWORD = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
TEXT = ((b"content-type", b"text/plain; charset=utf-8"),)
JSON = ((b"content-type", b"application/json"),)
Answers = Callable[
    [Callable[..., Awaitable[Reply]], JsonObject, JsonObject], Awaitable[Reply]
]
"""A function that performs an operation, and returns its answer as far as it fits.

Its arguments are those of the client, and the values of the operation.
"""


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
            "properties": {argument.name: argument.schema for argument in self._shown},
        }
        if required := [part.name for part in self._listed if part.required]:
            schema["required"] = required
        is_open = self._body is not None and self._body.siblings is not None
        return {**schema, "additionalProperties": is_open}

    @cached_property
    def _listed(self) -> list[Listed]:
        return [part for argument in self.inputs for part in argument.listed]

    @cached_property
    def _shown(self) -> list[Listed]:
        return [argument for argument in self._listed if not argument.is_constant]

    @cached_property
    def _body(self) -> BodyArguments | None:
        bodies = (part for part in self.inputs if isinstance(part, BodyArguments))
        return next(bodies, None)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(argument.name for argument in self._listed)

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[JsonObject], Any]]]:
        return [(part.keyword or part.name, part.read) for part in self.inputs]

    def _check_names(self, arguments: JsonObject) -> None:
        for name, value in arguments.items():
            if name in self._names:
                continue
            if self._body and self._body.is_whole(name, value):
                raise self._body.refusal()
            if not (self._body and self._body.takes(name)):
                raise InvalidInputError(repr(name), self._fault_of(name))

    def _fault_of(self, name: str) -> str:
        """Return where an undeclared argument belongs, or the declared ones.

        A model corrects its call by them.
        """
        for argument in self._shown:
            if name in argument.full.get("properties", ()):
                holder = argument.name
                return f"is not an argument of this tool, but a member of {holder}"
        names = listing(argument.name for argument in self._shown)
        has = f": it has {names}" if names else ", which has none"
        return f"is not an argument of this tool{has}"

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
            required = (part.name for part in self._listed if part.required)
            names = [name for name in required if name not in arguments]
            if len(names) > 1:
                raise InvalidInputError(listing(names), "are required") from None
            arguments = read_liberally(arguments, self._listed)
            values = self._read(arguments)
        if self._long_answers is None:
            return self.operation(client, **values)
        perform = partial(self.operation, client)
        return self._long_answers(perform, arguments, values)


def declare(function: ExtraTool) -> Tool[Any]:
    """Return the tool of a coroutine function.

    Raises StartError for another function, and for a parameter that can't be an
    argument.
    """
    name = str(getattr(function, "__name__", type(function).__name__))
    try:
        inputs = _arguments(function)
    except ValueError as error:
        raise StartError(f"the tool {name} {error}") from None
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
        value = await function(client, **present)
        if isinstance(value, str):
            return Reply(200, TEXT, value.encode())
        if not isinstance(value, Reply):
            return Reply(200, JSON, json_bytes(value))
        return value

    return perform


def _arguments(function: ExtraTool) -> list[Argument]:
    if not inspect.iscoroutinefunction(inspect.unwrap(function)):
        raise ValueError("must be a coroutine function: write async def")
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise ValueError("needs a first parameter for the API client")
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        fault = f"has the annotation {error.name}, which isn't imported at run time"
        raise ValueError(fault) from None
    return [_argument(part, hints.get(part.name, Any)) for part in parameters[1:]]


def _argument(parameter: inspect.Parameter, hint: Any) -> Argument:
    name, description = parameter.name, ""
    if parameter.kind not in BY_KEYWORD:
        raise ValueError(f"can't get {name} as a keyword argument")
    if get_origin(hint) is Annotated:
        hint, description, *_ = get_args(hint)
    try:
        kind = _type(hint)
    except KeyError:
        raise ValueError(f"has {name} of a type that isn't JSON's") from None
    is_required = parameter.default is inspect.Parameter.empty
    return Argument(name, kind, str(description), required=is_required)


def _type(hint: Any) -> JsonType:
    """Return the JSON type of an annotation; raises KeyError for others."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        others = [kind for kind in inside if kind is not NoneType]
        if len(others) > 1:
            raise KeyError(hint)
        return _type(others[0])
    return array(_type(inside[0])) if origin is list else TYPES[origin or hint]


class Toolset(Generic[C]):
    """Tools by name, each of which is listed and called as it is.

    Raises StartError if two tools have the same name.
    """

    def __init__(self, tools: Iterable[Tool[C]]) -> None:
        all_tools = list(tools)
        self.tools: Mapping[str, Tool[C]] = {tool.name: tool for tool in all_tools}
        if len(self.tools) < len(all_tools):
            raise StartError("two tools of the MCP server have the same name")

    def of(self, tools: Iterable[Tool[C]]) -> Self:
        """Return a set of the same kind with these tools."""
        toolset = copy.copy(self)
        Toolset.__init__(toolset, tools)
        return toolset

    def choose(self, choice: ToolChoice) -> Self:
        """Return a set of the chosen tools; raises StartError for a useless pattern."""
        names = choice.patterns and frozenset(
            name for pattern in choice.patterns for name in self._matching(pattern)
        )
        return self.of(
            tool
            for name, tool in self.tools.items()
            if (not choice.patterns or name in names)
            and (not choice.read_only or _is_reading(tool))
        )

    def instructions(self, text: str | None, full: "Toolset[C]") -> str | None:
        """Return the text for a full set, and how many of its tools are left."""
        count = len(self.tools)
        if count == len(full.tools):
            return text
        is_reading = all(map(_is_reading, self.tools.values()))
        more = ", none of which changes state" if is_reading else ""
        return f"{text or ''}\nHere, only {count} of these tools can be called{more}."

    def _matching(self, pattern: str) -> list[str]:
        names = [name for name in self.tools if fnmatchcase(name, pattern)]
        if not names:
            near = question(pattern.strip("*?"), self.tools)
            choices = near or f"; it has {listing(self.tools, 10)}"
            raise StartError(f"no tool of the MCP server matches {pattern!r}{choices}")
        return names

    @property
    def changing(self) -> frozenset[str]:
        """Return the names of the tools that may change state."""
        return frozenset(k for k, tool in self.tools.items() if not _is_reading(tool))

    @property
    def listed(self) -> list[JsonObject]:
        """Return the tools as clients see them."""
        return [tool.definition for tool in self.tools.values()]

    @property
    def handlers(self) -> Mapping[str, Handler[C]]:
        """Return the handlers of calls by name."""
        return {name: tool.call for name, tool in self.tools.items()}

    def target(self, name: str, arguments: JsonObject) -> tuple[str, JsonObject]:
        """Return the tool that a call is for, and the arguments of that tool."""
        return name, arguments


class LeanToolset(Toolset[C]):
    """Tools that are listed as the JSON file of their module's surface says."""

    def __init__(self, tools: Iterable[Tool[C]], module: str) -> None:
        super().__init__(tools)
        rows = read_surface(module)["tools"]
        self._rows = {definition["name"]: definition for definition in rows}

    @property
    def listed(self) -> list[JsonObject]:
        """Return the tools as clients see them."""
        return [self._rows.get(k) or tool.definition for k, tool in self.tools.items()]


def read_surface(module: str) -> JsonObject:
    """Return the values in the JSON file of the surface of a module."""
    content = Path(module).with_suffix(".surface.json").read_bytes()
    document: JsonObject = orjson.loads(content)
    return document


def _is_reading(tool: Tool[C]) -> bool:
    """Return whether a tool changes nothing, as its hints say."""
    return tool.hints is not None and tool.hints["readOnlyHint"] is True
