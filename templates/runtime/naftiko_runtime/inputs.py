"""The JSON types of inputs: checks of a client's values, and their JSON Schemas."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from .errors import InvalidInputError
from .names import did_you_mean, listing
from .values import ExactNumber, JsonObject, parse_unambiguous

LONGEST_LIST = 300
"""The most characters of a list in a message."""
LONGEST_KEY = 50
"""The most characters of a member's name that a client chooses, in a message."""

LARGEST_EXACT = 2**53
"""Above it, a number with a fraction may be another one than the client wrote."""

Fault = tuple[str, str]
"""A part of a value, and its fault."""
Source = TypeVar("Source")


def unknown_name(name: str, place: str, names: Iterable[str]) -> InvalidInputError:
    """Return the error of a name that a place doesn't declare, with those it does."""
    own = [*names]
    has = f": it has {listing(own)}" if own else ", which has none"
    fault = f"is not {place}{has}{did_you_mean(name, own)}"
    return InvalidInputError(repr(name[:LONGEST_KEY]), fault)


def no_parts(_name: str, _value: Any) -> Iterator[Fault]:
    """Yield no faults: a value without parts is wrong as a whole."""
    return iter(())


@dataclass(frozen=True, slots=True)
class JsonType:
    """A JSON type: its name in messages, a check of values and a parser of text.

    `schema` is its JSON Schema (2020-12). `items` is the type of an array's items,
    `possible_items` are those of the arrays among several types.
    `wrong_parts` yields the faults of the wrong parts of a value with that name, none
    if the value as a whole is wrong.
    `reads_members` is whether the check depends on more than the type of the value.
    """

    noun: str
    accepts: Callable[[Any], bool]
    parse: Callable[[str], Any]
    schema: JsonObject = field(default_factory=dict)
    items: "JsonType | None" = None
    reads_members: bool = False
    possible_items: "tuple[JsonType, ...]" = ()
    wrong_parts: Callable[[str, Any], Iterator[Fault]] = no_parts

    def check(self, name: str, value: Any, prefix: str = "") -> Any:
        """Return the value; raises InvalidInputError if it is of another type.

        The names of its parts begin with the prefix, by default with its name.
        """
        if not self.accepts(value):
            faults = self.faults(name, value, prefix)
            raise InvalidInputError.of_all(InvalidInputError(*part) for part in faults)
        return value if isinstance(value, str) else self._with_integers(value)

    def faults(self, name: str, value: Any, prefix: str = "") -> Iterator[Fault]:
        """Yield the wrong parts of a value that isn't accepted, and their faults."""
        parts = self.wrong_parts(prefix or name, value)
        yield next(parts, None) or (name, self._fault_of_whole(value))
        yield from parts

    def _with_integers(self, value: Any) -> Any:
        """Return a value whose integers, also in an array, are written as such."""
        if isinstance(value, float) and "integer" in self.schema.get("type", ""):
            return int(value) if abs(value) <= LARGEST_EXACT else value
        if self.items is None or not isinstance(value, list):
            return value
        is_float = any(isinstance(item, float) for item in value)
        return [self.items._with_integers(i) for i in value] if is_float else value

    def _fault_of_whole(self, value: Any) -> str:
        is_wrapped = (
            isinstance(value, str) and _may_be_json(value) and _has_parts(self.schema)
        )
        hint = (
            ": send the JSON itself, not a string that holds it" if is_wrapped else ""
        )
        return f"must be {self.noun}{hint}"

    def read(self, name: str, text: str) -> Any:
        """Parse the text of a path variable, query parameter or header.

        Raises InvalidInputError if the text is none of this type.
        """
        try:
            return self.parse(text)
        except ValueError:
            is_unwritten = _has_parts(self.schema) and not _may_be_json(text)
            hint = ": write it as JSON" if is_unwritten else ""
            raise InvalidInputError(name, f"must be {self.noun}{hint}") from None

    def read_list(self, name: str, texts: list[str]) -> Any:
        """Parse the texts of a query parameter that may be an array, one for each item.

        Raises InvalidInputError if they are neither its value nor items of an array.
        """
        if len(texts) == 1:
            with suppress(ValueError):
                return self.parse(texts[0])
        for items in self.possible_items:
            try:
                value = [items.parse(text) for text in texts]
            except ValueError:
                continue
            if self.accepts(value):
                return value
        raise InvalidInputError(name, f"must be {self.noun}")


ANY_KIND = frozenset(
    ("array", "boolean", "integer", "null", "number", "object", "string")
)


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


def read_all(
    readers: Iterable[tuple[str, Callable[[Source], Any]]],
    source: Source,
    errors: Iterable[InvalidInputError] = (),
) -> JsonObject:
    """Return the values of inputs by their keyword arguments.

    Raises InvalidInputError for all that are wrong, with earlier errors of the call.
    """
    values, all_errors = {}, [*errors]
    for keyword, read in readers:
        try:
            values[keyword] = read(source)
        except InvalidInputError as error:
            all_errors.append(error)
    if all_errors:
        raise InvalidInputError.of_all(all_errors)
    return values


def _may_be_json(text: str) -> bool:
    """Return whether a text starts as an object or an array does in JSON."""
    return text.lstrip()[:1] in ("{", "[")


def _has_parts(schema: JsonObject) -> bool:
    """Return whether objects or arrays are among the values of a schema."""
    kinds = schema.get("type", "")
    options: Iterable[JsonObject] = schema.get("anyOf") or schema.get("oneOf") or ()
    return "object" in kinds or "array" in kinds or any(map(_has_parts, options))


@dataclass(frozen=True, slots=True)
class Property:
    """A declared member of a JSON object."""

    name: str
    type: JsonType
    description: str = ""
    required: bool = field(default=True, kw_only=True)

    @property
    def schema(self) -> JsonObject:
        """Return the JSON Schema of its values, with its description."""
        return describe(self.type.schema, self.description)


def describe(schema: JsonObject, description: str) -> JsonObject:
    """Return a schema with a description in front of its own, if there is one."""
    if not description:
        return schema
    texts = (description, schema.get("description"))
    return {**schema, "description": "\n\n".join(filter(None, texts))}


def object_schema(
    properties: Iterable[Property], others: JsonType | None = None
) -> JsonObject:
    """Return the JSON Schema of objects that have these members.

    `others` is the type of further members; without it there are none.
    """
    members = tuple(properties)
    schema: JsonObject = {"type": "object"}
    if members or not others:
        schema["properties"] = {member.name: member.schema for member in members}
    if required := [member.name for member in members if member.required]:
        schema["required"] = required
    if others is not ANYTHING:
        schema["additionalProperties"] = others.schema if others else False
    return schema


def narrow(
    base: JsonType, is_allowed: Callable[[Any], bool], **changes: Any
) -> JsonType:
    """Return a type with fewer values, and other changes of its facts."""

    def parse(text: str) -> Any:
        value = base.parse(text)
        if not is_allowed(value):
            raise ValueError(text)
        return value

    return replace(
        base,
        accepts=lambda value: base.accepts(value) and is_allowed(value),
        parse=parse,
        **changes,
    )


def array(items: JsonType) -> JsonType:
    """Return the type of arrays whose items are all of one type."""

    def accepts(value: Any) -> bool:
        return isinstance(value, list) and all(map(items.accepts, value))

    def wrong_parts(name: str, value: Any) -> Iterator[Fault]:
        for at, item in enumerate(value if isinstance(value, list) else ()):
            if not items.accepts(item):
                yield from items.faults(f"{name}[{at}]", item)

    is_any = items is ANYTHING
    return JsonType(
        "an array" if is_any else f"an array, each item {items.noun}",
        accepts,
        lambda text: _parse(text, accepts),
        # Some clients refuse an array without `items`, even if they may be anything.
        {"type": "array", "items": items.schema},
        items,
        items.reads_members,
        wrong_parts=wrong_parts,
    )


def object_of(*properties: Property, others: JsonType | None = None) -> JsonType:
    """Return the type of objects that have these members.

    `others` is the type of further members; without it there are none.
    """
    types = {member.name: member.type for member in properties}
    required = [member.name for member in properties if member.required]

    def accepts(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and all(name in value for name in required)
            and all(
                kind is not None and kind.accepts(item)
                for kind, item in (
                    (types.get(name, others), item) for name, item in value.items()
                )
            )
        )

    def wrong_parts(name: str, value: Any) -> Iterator[Fault]:
        if isinstance(value, dict):
            absent = (key for key in required if key not in value)
            yield from ((f"{name}.{key}", "is required") for key in absent)
            yield from _wrong_members(name, value, types, others)

    return JsonType(
        _object_noun(properties, others),
        accepts,
        lambda text: _parse(text, accepts),
        object_schema(properties, others),
        reads_members=True,
        wrong_parts=wrong_parts,
    )


def _wrong_members(
    name: str, value: JsonObject, types: dict[str, JsonType], others: JsonType | None
) -> Iterator[Fault]:
    """Yield the faults of the members that are wrong, or have no place."""
    for key, item in value.items():
        kind = types.get(key, others)
        label = key[:LONGEST_KEY]
        if kind is None:
            has = f"it has {_shorten(', '.join(types) or 'no members')}"
            near = did_you_mean(key, types)
            yield name, f"can't have the member {label!r}: {has}{near}"
        elif not kind.accepts(item):
            yield from kind.faults(f"{name}.{label}", item)


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_LIST else f"{text[:LONGEST_LIST]}…"


def _object_noun(properties: tuple[Property, ...], others: JsonType | None) -> str:
    if not properties:
        return f"an object, each member {others.noun}" if others else "an empty object"
    ending = "" if others else " and no other members"
    return f"an object of {_members(properties)}{ending}"


def _members(properties: tuple[Property, ...]) -> str:
    """Return the names of members, with their types if the text stays short."""
    text = ", ".join(
        f"{member.name} ({member.type.noun}{'' if member.required else ', optional'})"
        for member in properties
    )
    names = ", ".join(member.name for member in properties)
    return text if len(text) <= LONGEST_LIST else names


def _is_integer(value: Any) -> bool:
    """Return whether a value is an integer, which may be written as `5.0`."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _integer(text: str) -> int:
    from decimal import Decimal  # most integers are digits

    value = _number(text)
    if isinstance(value, int):
        return value
    exact = Decimal(text)  # a float may round to an integer
    if exact != exact.to_integral_value():
        raise ValueError(text)
    return int(exact)


def _number(text: str) -> float:
    if re.fullmatch(r"-?[0-9]{1,4000}", text):
        return int(text)
    if not re.fullmatch(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?", text):
        raise ValueError(text)
    # JSON has no zeros in front of digits.
    value = ExactNumber(re.sub(r"^(-?)0+(?=[0-9])", r"\1", text))
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


SCALAR_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}


def read_scalar(kinds: Iterable[str], text: str) -> Any:
    """Return the number or truth value of a text; raises ValueError for others."""
    for kind, parse in SCALAR_PARSERS.items():
        if kind in kinds:
            with suppress(ValueError):
                return parse(text)
    raise ValueError(text)


def _parse(text: str, accepts: Callable[[Any], bool]) -> Any:
    value = parse_unambiguous(text.encode())
    if not accepts(value):
        raise ValueError(text)
    return value


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


STRING = JsonType(
    "a string", lambda value: isinstance(value, str), str, {"type": "string"}
)
INTEGER = JsonType("an integer", _is_integer, _integer, {"type": "integer"})
NUMBER = JsonType("a number", _is_number, _number, {"type": "number"})
BOOLEAN = JsonType(
    "true or false",
    lambda value: isinstance(value, bool),
    _boolean,
    {"type": "boolean"},
)
OBJECT = JsonType(
    "an object", _is_object, lambda text: _parse(text, _is_object), {"type": "object"}
)
ANYTHING = JsonType("a value", lambda _: True, str)
ARRAY = array(ANYTHING)
