"""The arguments of tools: their checks, and a liberal reading of refused ones."""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ..errors import InvalidInputError
from ..inputs import Property, describe
from ..values import JsonObject, json_bytes, parse_unambiguous
from .words import listing

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
        return f"\nThe JSON Schema of {self.name}: {text[:LONGEST_SCHEMA]}{more}"


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
            error.detail += self.listed[0].explanation
            raise


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
            raise self._error(members)
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

    def _error(self, members: JsonObject) -> InvalidInputError:
        place, fault = self.type.fault("", members)
        place = place.removeprefix(".")
        for name, key in self._keys.items():
            rest = place.removeprefix(key)
            if rest != place and rest[:1] in ("", ".", "["):
                place = place if name == key else f"{name} ({key}){rest}"
                fault += self._by_name[name].explanation
                break
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


SCALARS = ("boolean", "integer", "null", "number", "string")
ANY_KIND = frozenset((*PARTED.values(), *SCALARS))


def kinds_of(schema: JsonObject) -> frozenset[str]:
    """Return the types of a schema's values; of any value, all of JSON's types."""
    match schema:
        case {"anyOf": options} | {"oneOf": options}:
            return frozenset().union(*map(kinds_of, options))
        case {"type": str(kind)}:
            return frozenset((kind,))
        case {"type": kinds}:
            return frozenset(kinds)
        case _:
            return ANY_KIND


def read_liberally(arguments: JsonObject, accepts: Iterable[Listed]) -> JsonObject:
    """Return refused arguments as other clients would send them.

    Text is read as JSON where no text is allowed, and an optional argument that can't
    be such a text is left out if it is empty or `null`. A text is a list of itself, or
    of the listed values between its commas.
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
        case _:
            return value


def _parsed_text(schema: JsonObject, text: str, splits: bool) -> Any:
    """Return the value that a text stands for, if the schema allows no texts.

    A text with commas is a list only where no item has commas.
    """
    kinds = kinds_of(schema)
    if "string" in kinds:
        return text
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
