"""Tools: their arguments, coroutine functions as tools, and how clients see them."""

import copy
import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Concatenate,
    Generic,
    NamedTuple,
    Protocol,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import orjson

from ..errors import MOST_FAULTS, InvalidInputError, StartError
from ..inputs import (
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
    describe,
    kinds_of,
    read_all,
    read_scalar,
    unknown_name,
)
from ..names import listing
from ..settings import ToolChoice
from ..transport import Reply
from ..values import JsonObject, json_bytes, parse_unambiguous, without_none
from .words import question

CLEAR = "clear"
"""The argument that lists the members of a body to send as null."""
FIELDS = "fields"
"""The argument that selects members of an answer."""
LONGEST_SCHEMA = 2_000
"""The most characters of a schema in a message."""
PARTED: Mapping[type, str] = {list: "array", dict: "object"}
"""The types of values with parts."""
UNSET = (None, "", "null")
"""Values that clients send for an argument that they leave out."""
NO_WIRE: JsonObject = {}
ONLY_OBJECT: JsonObject = {"type": "object"}


class Listed(NamedTuple):
    """An argument as clients see it, and the full schema of its values.

    `wire` says how its values become those of the full schema. Clients don't see a
    constant.
    """

    name: str
    schema: JsonObject
    required: bool
    full: JsonObject
    wire: JsonObject = NO_WIRE
    is_constant: bool = False

    def value_of(self, value: Any) -> Any:
        """Return the value that a client had to write in another way."""
        return on_wire(self._parse(value), self.wire)

    def read_liberally(self, value: Any) -> Any:
        """Return the value with JSON in place of texts that aren't allowed."""
        splits = self.name == FIELDS
        if self.wire and isinstance(value, str):
            value = _parsed_text(self.full, value, splits)
        return _read_text(self.full, on_wire(value, self.wire), splits=splits)

    def _parse(self, value: Any) -> Any:
        """Return the object or array that a client had to write as a text in JSON."""
        is_text = self.schema.get("type") in ("object", "string")
        kinds = kinds_of(self.full) if is_text and isinstance(value, str) else ()
        if "array" not in kinds and "object" not in kinds:
            return value
        try:
            document = parse_unambiguous(value.encode())
        except ValueError:
            return value
        return document if PARTED.get(type(document)) in kinds else value

    @property
    def explanation(self) -> str:
        """Return the full schema for a message, if clients see less of it."""
        own_description = {**self.full, "description": self.schema.get("description")}
        if self.schema in (self.full, own_description):
            return ""
        text = json_bytes(self.full).decode()
        more = "…" if len(text) > LONGEST_SCHEMA else ""
        return f"The JSON Schema of {self.name}: {text[:LONGEST_SCHEMA]}{more}"

    def explain(self, error: InvalidInputError) -> InvalidInputError:
        """Return an error of the argument with the schema that clients don't see."""
        text = self.explanation
        return InvalidInputError.of_all([error], text) if text else error


@dataclass(frozen=True, slots=True)
class Argument(Property):
    """An argument of a tool.

    `keyword` is the keyword argument that gets its value, the argument's own name
    unless another is given. An optional argument that is absent or null is `default`.
    Clients refuse the schemas of some types: they see the schema `shown` instead, and
    `wire` says how such values become those of the type.
    """

    default: Any = field(default=None, kw_only=True)
    keyword: str = field(default="", kw_only=True)
    shown: JsonObject | None = field(default=None, kw_only=True)
    wire: JsonObject = field(default_factory=dict, kw_only=True)

    @property
    def schema(self) -> JsonObject:
        """Return the JSON Schema of its values as clients see it."""
        schema = self.type.schema if self.shown is None else self.shown
        return describe(schema, self.description)

    @property
    def listed(self) -> "Sequence[Listed]":
        """Return the arguments that clients see."""
        full = self.type.schema
        return (Listed(self.name, self.schema, self.required, full, self.wire),)

    def read(self, arguments: JsonObject) -> Any:
        """Return the value; raises InvalidInputError unless it is of its type."""
        value = arguments.get(self.name)
        if value is None:
            if not self.required:
                return copy.deepcopy(self.default)
            if self.name not in arguments:
                raise InvalidInputError(self.name, "is required")
        try:
            # Most arguments are shown as they are: they cost nothing here.
            value = value if self.shown is None else self.listed[0].value_of(value)
            return self.type.check(self.name, value)
        except InvalidInputError as error:
            raise self.listed[0].explain(error) from None


@dataclass(frozen=True)
class ConstantArgument(Argument):
    """A required argument with one possible value, which calls needn't pass."""

    @property
    def listed(self) -> Sequence[Listed]:
        """Return the argument, which clients don't see."""
        [argument] = super().listed
        return (argument._replace(required=False, is_constant=True),)

    def read(self, arguments: JsonObject) -> Any:
        """Return the value; raises InvalidInputError for another one."""
        if arguments.get(self.name) is None:
            return self.type.schema["enum"][0]
        return super().read(arguments)


@dataclass(frozen=True)
class BodyArguments(Argument):
    """The body of a request, whose members are arguments of the tool.

    `names` has the names of members by those of their arguments, where these differ.
    `clears` are the arguments that `clear` may list, to send null. With `siblings`, the
    names of the tool's other arguments, any further argument is a member as well.
    `shown` has the schemas that clients see by the names of arguments, and `parts` says
    how members become those of the body. Each body has the members `constants`.
    """

    names: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    clears: Sequence[str] = field(default=(), kw_only=True)
    siblings: Sequence[str] | None = field(default=None, kw_only=True)
    constants: JsonObject = field(default_factory=dict, kw_only=True)
    parts: JsonObject = field(default_factory=dict, kw_only=True)

    @cached_property
    def listed(self) -> Sequence[Listed]:
        """Return the members, and `clear`."""
        return tuple(self._arguments())

    def read(self, arguments: JsonObject) -> Any:
        """Return the body; raises InvalidInputError unless it is of its type."""
        members = dict(self._members(arguments))
        members |= dict.fromkeys(self._keys_to_clear(arguments))
        if not members and not self.required:
            return None
        members = {**self.constants, **members}
        if not self.type.accepts(members):
            faults = self.type.faults("", members)
            raise InvalidInputError.of_all(self._error(*part) for part in faults)
        return members

    def _arguments(self) -> Iterator[Listed]:
        required = self.type.schema.get("required", ()) if self.required else ()
        schemas = self.shown or {}
        for key, full in self.type.schema["properties"].items():
            name = self._aliases.get(key, key)
            is_constant = key in self.constants
            yield Listed(
                name,
                schemas.get(name, full),
                key in required and not is_constant and name not in self.clears,
                full,
                self.parts.get(key, NO_WIRE),
                is_constant,
            )
        if self.clears:
            names = {"type": "string", "enum": [*self.clears]}
            text = "Arguments to send as null"
            schema = {"type": "array", "description": text, "items": names}
            yield Listed(CLEAR, schema, False, schema)

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return {key: name for name, key in self.names.items()}

    @cached_property
    def _keys(self) -> dict[str, str]:
        """Return the keys of members by the names of their arguments."""
        keys = self.type.schema["properties"]
        return {self._aliases.get(key, key): key for key in keys}

    def _members(self, arguments: JsonObject) -> Iterator[tuple[str, Any]]:
        """Yield members; null leaves out an optional one that can't be null."""
        for name, value in arguments.items():
            if name in self._keys:
                argument = self._by_name[name]
                is_kept = value is not None or argument.required
                if is_kept or "null" in kinds_of(argument.full):
                    yield self._keys[name], argument.value_of(value)
            elif self.takes(name):
                yield name, value

    def takes(self, name: str) -> bool:
        """Return whether an argument is a member that isn't declared."""
        if self.siblings is None or (self.clears and name == CLEAR):
            return False
        others = (self.siblings, self._keys, self._aliases)
        return not any(name in names for names in others)

    def _keys_to_clear(self, arguments: JsonObject) -> Iterator[str]:
        names = arguments.get(CLEAR) if self.clears else None
        names = [] if names is None else names
        if not isinstance(names, list) or any(n not in self.clears for n in names):
            choices = listing(self.clears)
            raise InvalidInputError(CLEAR, f"must be a list of some of {choices}")
        for name in names:
            if arguments.get(name) is not None:
                raise InvalidInputError(CLEAR, f"lists {name}, which has a value")
            yield self._keys[name]

    @cached_property
    def _by_name(self) -> dict[str, Listed]:
        return {argument.name: argument for argument in self.listed}

    def _error(self, part: str, fault: str) -> InvalidInputError:
        place = part.removeprefix(".")
        for name, key in self._keys.items():
            rest = place.removeprefix(key)
            if rest != place and rest[:1] in ("", ".", "["):
                place = place if name == key else f"{name} ({key}){rest}"
                error = InvalidInputError(place, fault)
                return self._by_name[name].explain(error)
        return InvalidInputError(place or self.name, fault)

    def is_whole(self, name: str, value: Any) -> bool:
        """Return whether an argument is the whole body, in place of its members."""
        if name != self.name or not self.takes(name):
            return name == self.name
        body = _read_text(ONLY_OBJECT, value)
        keys = {*self._keys, *self._keys.values()}
        return isinstance(body, dict) and not keys.isdisjoint(body)

    def refusal(self) -> InvalidInputError:
        """Return the refusal of an argument that is the whole body."""
        names = listing(part.name for part in self.listed if not part.is_constant)
        fault = f"isn't an argument of this tool: its members are: {names}"
        return InvalidInputError(repr(self.name), fault)


def on_wire(value: Any, wire: JsonObject) -> Any:
    """Return a value whose members have their own names, and are all there.

    A member is sent by its own name as well: then the listed name is another member's.
    """
    if not wire:
        return value
    match value:
        case dict():
            names, parts = wire.get("names", {}), wire.get("parts", {})
            members = dict(wire.get("constants", {}))
            for name, item in value.items():
                key = name if names.get(name, name) in value else names[name]
                members[key] = on_wire(item, parts.get(key, NO_WIRE))
            return members
        case list() if "items" in wire:
            return [on_wire(item, wire["items"]) for item in value]
        case list() if "joined" in wire:
            # A list whose items have commas stays a list.
            can_join = all(isinstance(item, str) and "," not in item for item in value)
            return ",".join(value) if can_join else value
        case _:
            return value


def read_liberally(arguments: JsonObject, accepts: Iterable[Listed]) -> JsonObject:
    """Return refused arguments as other clients would send them.

    Text is read as JSON where no text is allowed, and an integer as text where no
    number is. An optional argument that can't be such a text is left out if it is empty
    or `null`. A text is a list of itself, or of the listed values between its commas.
    """
    read = dict(arguments)
    for argument in accepts:
        name = argument.name
        if name not in arguments:
            continue
        if not argument.required and _is_unset(arguments[name], argument.full):
            del read[name]
        else:
            read[name] = argument.read_liberally(arguments[name])
    return read


def _read_text(schema: JsonObject, value: Any, *, splits: bool = False) -> Any:
    """Return a value with JSON in place of texts that its schema doesn't allow."""
    if isinstance(value, str):
        value = _parsed_text(schema, value, splits)
    match value:
        case dict():
            members, required = schema.get("properties", {}), schema.get("required", ())
            return {
                key: _read_text(members.get(key, {}), item)
                for key, item in value.items()
                if key in required or not _is_unset(item, members.get(key, {}))
            }
        case list():
            items = schema.get("items", {})
            return [_read_text(items, item) for item in value]
        case int() if not isinstance(value, bool) and _takes_digits(schema):
            return str(value)
        case _:
            return value


def _takes_digits(schema: JsonObject) -> bool:
    """Return whether an integer can only be meant as a text, such as an id."""
    kinds = kinds_of(schema)
    return "string" in kinds and kinds.isdisjoint(("integer", "number"))


def _parsed_text(schema: JsonObject, text: str, splits: bool) -> Any:
    """Return the value that a text stands for, if the schema allows no texts.

    A text with commas is a list only where no item has commas.
    """
    kinds = kinds_of(schema)
    if "string" in kinds:
        return text
    with suppress(ValueError):
        return read_scalar(kinds, text)
    with suppress(ValueError):
        return parse_unambiguous(text.encode())
    items = schema.get("items", {}) if "array" in kinds else {}
    if "string" not in kinds_of(items) or not text or text[0] in "[{":
        return text
    parts = [part.strip() for part in text.split(",")]
    is_sure = splits or "enum" in items or len(parts) == 1
    return parts if is_sure else text


def _is_unset(value: Any, schema: JsonObject) -> bool:
    """Return whether a value stands for nothing, and isn't one of the schema's."""
    kinds = kinds_of(schema)
    is_null = value != "" and "null" in kinds
    return value in UNSET and "string" not in kinds and not is_null


# --- tools ----------------------------------------------------------------------------

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

    def _unknown_arguments(self, arguments: JsonObject) -> Iterator[InvalidInputError]:
        """Yield the errors of undeclared arguments; raises that of a whole body."""
        for name, value in arguments.items():
            if name in self._names:
                continue
            if self._body and self._body.is_whole(name, value):
                raise self._body.refusal()
            if not (self._body and self._body.takes(name)):
                yield self._error_of(name)

    def _error_of(self, name: str) -> InvalidInputError:
        """Return where an undeclared argument belongs, or the declared ones.

        A model corrects its call by them.
        """
        place = "an argument of this tool"
        for argument in self._shown:
            if name in argument.full.get("properties", ()):
                fault = f"is not {place}, but a member of {argument.name}"
                return InvalidInputError(repr(name), fault)
        return unknown_name(name, place, (argument.name for argument in self._shown))

    def call(self, client: C, arguments: JsonObject) -> Awaitable[Reply]:
        """Check the arguments, and perform the operation.

        Raises InvalidInputError at once for arguments that are missing, unknown or not
        of their types.
        """
        errors: Sequence[InvalidInputError] = ()
        if not arguments.keys() <= self._names:
            errors = [*islice(self._unknown_arguments(arguments), MOST_FAULTS + 1)]
        try:
            values = read_all(self._readers, arguments, errors)
        except InvalidInputError:
            arguments = read_liberally(arguments, self._listed)
            values = read_all(self._readers, arguments, errors)
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
