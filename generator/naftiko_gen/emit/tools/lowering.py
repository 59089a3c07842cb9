"""Schemas of arguments that every client takes.

A list says less than a call allows: each part has a single type and few keywords, and
words say the rest. A call is checked against the full type of its arguments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.plain_text import informative_text, listed_text
from naftiko_gen.emit.types.schemas import (
    LEVELS,
    Schema,
    plain_schema,
    plain_type,
    type_schema,
)
from naftiko_gen.openapi.prose import brief, sentence
from naftiko_gen.resolve.exposed.names import ARGUMENT_NAMES, aliases

_VALUES = 50
"""The most values of a list; clients refuse longer ones, or pay for them."""
_SHOWN = 3
_EXAMPLES = 8
_PATTERN = 40
_NAME = 60
_NAMES = 300
_TEXT = 120
"""The most characters about a member of an object."""
_FORMAT = "format: "
_SILENT = frozenset({"int32", "int64", "float", "double", "uuid"})
"""Formats that tell a model nothing: it takes ids from other answers."""


@dataclass(frozen=True)
class _Place:
    """The place of a part: its level, and whether it is one of a value's alternatives.

    An argument stands below the object of all arguments.
    """

    level: int = 2
    is_alternative: bool = False

    @property
    def below(self) -> _Place:
        """Return the place of an item or a member."""
        return replace(self, level=self.level + 1)


_ARGUMENT = _Place()


_COMMAS = re.compile(r"(?i)\bcomma[- ](?:separated|delimited)\b|\bby commas\b")
"""The words of a text whose items have commas between them."""


@dataclass(frozen=True)
class Lowered:
    """The listed schema of a part, and words about its values.

    `wire` says how a value becomes the one of the full type: in an object, `names` has
    the names of members by the listed ones, `constants` the members that aren't listed,
    and `parts` says the same of members; in a list, `items` says it of each item; a
    list that becomes a text, with commas between its items, is `joined`.
    """

    schema: Schema
    words: tuple[str, ...] = ()
    wire: Schema = field(default_factory=dict)


def argument_schema(source: ir.Input) -> Schema:
    """Return the schema of an argument as its server lists it."""
    text = argument_text(source)
    about: Schema = {"description": text} if text else {}
    return {**listed_type(source.type), **about}


def listed_type(kind: ir.Type) -> Schema:
    """Return the listed schema of an argument's type, without a description of it."""
    return _lower(kind, _ARGUMENT).schema


def wire_of(kind: ir.Type, description: str | None = None) -> Schema:
    """Return how the listed values of an argument become those of its full type."""
    return _lower_member(kind, description, _ARGUMENT).wire


def _lower_member(kind: ir.Type, description: str | None, place: _Place) -> Lowered:
    """Lower a member; a text with commas between its items may come as their list.

    No schema has a word for such texts, so the description has to say it.
    """
    part = _lower(kind, place)
    is_text = plain_type(kind) is ir.Primitive.STRING
    is_joined = is_text and _COMMAS.search(description or "")
    return replace(part, wire={"joined": True}) if is_joined else part


def constants_of(kind: ir.Object) -> dict[str, Plain]:
    """Return the required members of an object that have one possible value."""
    return {
        member.name: value.value
        for member in kind.fields
        if member.required and (value := constant_of(member.type)) is not None
    }


def constant_of(kind: ir.Type) -> ir.Default | None:
    """Return the only value of a type, None if it has others."""
    match kind:
        case ir.OneOf(values=[value]):
            return ir.Default(json.dumps(value))
        case ir.Refined(base=base):
            return constant_of(base)
        case _:
            return None


def own_listing(source: ir.Input, full_type: ir.Type) -> Schema | None:
    """Return the listed schema of an argument, None if its full type says the same."""
    members = listed_type(source.type)
    return None if members == plain_schema(type_schema(full_type)) else members


def argument_text(source: ir.Input) -> str | None:
    """Return the description of an argument, with words about its values."""
    words = (*_lower(source.type, _ARGUMENT).words, *_default(source.default))
    return _text(source.description, source.example, dict.fromkeys(words))


def _text(
    description: str | None, example: str | None, words: Iterable[str]
) -> str | None:
    """Return a description with an example and with the words that it doesn't say.

    An example shows a format without its name.
    """
    text = listed_text(description, example) or ""
    notes = (word for word in words if not (example and word.startswith(_FORMAT)))
    new_notes = [
        note
        for note in notes
        if not re.search(rf"(?i)(?<!\w){re.escape(note)}(?!\w|\.\d)", text)
    ]
    return _join(text or None, new_notes)


def _join(text: str | None, words: Sequence[str]) -> str | None:
    """Return a text and notes in braces, as models know them from their vendors."""
    notes = f"{{{', '.join(words)}}}" if words else ""
    return " ".join(filter(None, (text, notes))) or None


def _default(default: ir.Default | None) -> tuple[str, ...]:
    return () if default is None else (f"default: {default.text}",)


def _lower(kind: ir.Type, place: _Place) -> Lowered:
    match kind:
        case ir.Primitive():
            return Lowered({"type": kind.value})
        case ir.Anything():
            return Lowered({"type": "string"}, ("any JSON",))
        case ir.Bytes():
            return Lowered({"type": "string"}, ("base64",))
        case ir.Array() if place.level == LEVELS:  # its items would be too deep
            return Lowered({"type": "string"}, ("JSON array",))
        case ir.Array(items=items):
            return _array(items, place)
        case ir.Object():
            return _object(kind, place)
        case ir.Refined(base=base):
            part = _lower(base, place)
            return replace(part, words=(*part.words, *_refinements(kind)))
        case ir.Nullable(base=base):
            return _lower(base, place)
        case ir.Union():
            return _union(kind, place)
        case ir.OneOf():
            return _listed_values(kind)
        case ir.Matching(pattern=pattern):
            is_short = len(pattern) <= _PATTERN
            words = (f"pattern: {pattern}",) if is_short else ()
            return Lowered({"type": "string"}, words)
        case _:
            assert_never(kind)


def _refinements(kind: ir.Refined) -> Iterator[str]:
    for limit, bound in kind.limits:
        yield f"{limit}: {bound}"
    if kind.format is not None and kind.format not in _SILENT:
        yield f"{_FORMAT}{kind.format}"
    yield from _default(kind.default)


def _listed_values(kind: ir.OneOf) -> Lowered:
    """Lower a list of values: clients take an `enum` of texts that aren't empty."""
    values = [*dict.fromkeys(value for value in kind.values if value != "")]
    schema: Schema = {"type": kind.base.value}
    if kind.base is ir.Primitive.STRING and 0 < len(values) <= _VALUES:
        return Lowered({**schema, "enum": [*values]})
    if kind.base is ir.Primitive.BOOLEAN and len(values) > 1:
        return Lowered(schema)
    is_whole = len(values) <= _VALUES
    choices = values if is_whole else [*values[:_SHOWN], "…"]
    return Lowered(schema, (f"one of {', '.join(map(_value, choices))}",))


def _value(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _array(items: ir.Type, place: _Place) -> Lowered:
    """Lower a list; the format of its items stands in its own description."""
    item = _lower(items, place.below)
    formats = tuple(word for word in item.words if word.startswith(_FORMAT))
    text = _join(None, [word for word in item.words if word not in formats])
    about: Schema = {"description": text} if text else {}
    schema: Schema = {"type": "array", "items": {**item.schema, **about}}
    return Lowered(schema, formats, {"items": item.wire} if item.wire else {})


def _object(kind: ir.Object, place: _Place) -> Lowered:
    constants = {} if place.is_alternative else constants_of(kind)
    names = aliases((member.name for member in kind.fields), ARGUMENT_NAMES)
    fields = [member for member in kind.fields if member.name not in constants]
    listable = [m for m in fields if _is_listable(m.type, place.level + 1)]
    parts = {
        m.name: _lower_member(m.type, m.description, place.below) for m in listable
    }
    schema: Schema = {"type": "object"}
    if listable:
        schema["properties"] = {
            names.get(m.name, m.name): _member_schema(m, parts[m.name], names)
            for m in listable
        }
    required = [names.get(m.name, m.name) for m in listable if m.required]
    if required:
        schema["required"] = [*required]
    others = [member for member in fields if member.name not in parts]
    start = "also" if listable else "members"
    also = (brief(f"{start}: {_names(others)}", _NAMES),) if others else ()
    words = (*also, *_others(kind))
    # How members become those of the full type.
    wire: dict[str, Schema] = {
        "names": {names[name]: name for name in names if name in parts},
        "constants": constants,
        "parts": {name: part.wire for name, part in parts.items() if part.wire},
    }
    return Lowered(schema, words, {key: value for key, value in wire.items() if value})


def _names(members: Iterable[ir.Field]) -> str:
    return ", ".join(f"{m.name}{' (required)' if m.required else ''}" for m in members)


def _others(kind: ir.Object) -> Iterator[str]:
    if kind.others is not None and kind.others != ir.Anything():
        start = "other keys" if kind.fields else "keys"
        words = f"{start}: any, values: {_type_names(kind.others)}"
        inner = plain_type(kind.others)
        fields = inner.fields if isinstance(inner, ir.Object) else ()
        yield brief(f"{words} with {_names(fields)}", _NAMES) if fields else words


def _member_schema(member: ir.Field, part: Lowered, names: Mapping[str, str]) -> Schema:
    is_renamed = member.name in names
    words = (f"sent as {brief(member.name, _NAME)}",) if is_renamed else ()
    about = informative_text(member.name, member.description, _TEXT)
    opening = sentence(about) if about and member.example else about
    text = _text(opening, member.example, (*words, *part.words))
    return {**part.schema, **({"description": text} if text else {})}


def _is_listable(kind: ir.Type, level: int) -> bool:
    """Return whether a part has a single type, at a level that clients accept."""
    plain = plain_type(kind) or _scalar(kind)
    if isinstance(plain, ir.Array):
        return _is_listable(plain.items, level + 1)
    return plain is not None and level <= LEVELS


def _union(kind: ir.Union, place: _Place) -> Lowered:
    """Lower several types to the one whose values can stand for all others."""
    common = plain_type(kind)
    if isinstance(common, ir.Object):
        part = _object(common, replace(place, is_alternative=True))
        return replace(part, words=(*part.words, *_alternatives(kind)))
    if common is not None:
        return _same_type(common, kind.types, place)
    lists = [o for o in kind.types if isinstance(plain_type(o), ir.Array)]
    if len(lists) == 1 and _is_listable(lists[0], place.level) and _has_scalars(kind):
        return _lower(lists[0], place)
    return Lowered({"type": "string"}, (_type_names(kind),))


def _same_type(common: ir.Type, options: Sequence[ir.Type], place: _Place) -> Lowered:
    """Lower options that have one type, and different words about their values."""
    lists = [option for option in options if isinstance(option, ir.OneOf)]
    values = [value for option in lists for value in option.values]
    if len(lists) == len(options):
        return _listed_values(ir.OneOf(lists[0].base, tuple(values)))
    examples = f"such as {', '.join(map(_value, values[:_EXAMPLES]))}"
    words = [examples] if values else []
    for option in options:
        words += () if isinstance(option, ir.OneOf) else _lower(option, place).words
    return replace(_lower(common, place), words=tuple(dict.fromkeys(words)))


def _scalar(kind: ir.Type) -> ir.Primitive | None:
    """Return text if one of several scalars is a text, which then reads all of them."""
    if not isinstance(kind, ir.Union):
        return None
    plain = [plain_type(option) for option in kind.types]
    is_text = ir.Primitive.STRING in plain
    return ir.Primitive.STRING if is_text and _has_scalars(kind) else None


def _has_scalars(kind: ir.Union) -> bool:
    plain = [plain_type(option) for option in kind.types]
    return all(isinstance(part, ir.Primitive | ir.Array) for part in plain)


def _type_names(kind: ir.Type) -> str:
    plain = plain_type(kind)
    if plain is None and isinstance(kind, ir.Union):
        return " or ".join(dict.fromkeys(map(_type_names, kind.types)))
    match plain:
        case None:
            return "any JSON"
        case ir.Array():
            return "array"
        case ir.Object():
            return "object"
        case _:
            return plain.value


def _alternatives(kind: ir.Union) -> Iterator[str]:
    """Yield the members that the objects of each type require, if that is short."""
    required = [
        [field.name for field in plain.fields if field.required]
        for option in kind.types
        if isinstance(plain := plain_type(option), ir.Object)
    ]
    distinct = list(dict.fromkeys(" and ".join(names) for names in required if names))
    text = f"either {' or '.join(distinct)}"
    if len(distinct) > 1 and len(text) <= _TEXT:
        yield text
