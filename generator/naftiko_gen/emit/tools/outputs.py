"""The outputs of tools, in schemas that every client takes.

A client refuses a result that breaks its schema, and some clients refuse a list of
tools for one schema with a reference, a union or a list of types. So each part has a
single type, and nothing is required. Words name the parts that aren't listed.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.plain_text import informative_text
from naftiko_gen.emit.tools.item_lists import with_next
from naftiko_gen.ir import (
    Anything,
    Array,
    Bytes,
    Field,
    Filled,
    Find,
    Identity,
    Items,
    Literal,
    Matching,
    Nullable,
    Object,
    OneOf,
    Pick,
    Primitive,
    Refined,
    Shape,
    Union,
    answer_type,
    answering_operation,
    projection_of,
)
from naftiko_gen.openapi.prose import brief

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.emit.types.schemas import Schema
    from naftiko_gen.ir import Projection, Tool, Type


WHOLE = "result"
"""The member for outputs that are no objects."""
UNEXPECTED = "unexpected"
"""The member for responses that break the schema, which lists no such member."""

_LEVELS = 5
"""Clients refuse schemas with more levels; an array and its items are two."""
_MEMBERS = 12
"""The members of responses that have schemas: models pay for each at every request."""
_SHAPED = 60
"""The same for outputs that the spec shapes: the author has chosen their members."""
_NAMES = 700
"""The most characters of names in words; clients cut longer descriptions off."""
_TEXT = 80
_VALUES = 8

_Plain = Primitive | Array | Object


def listed_output(tool: Tool) -> Schema | None:
    """Return the schema of a tool's output, None where no shape is declared."""
    return with_next(_output(tool), tool.items)


def _output(tool: Tool) -> Schema | None:
    projection = projection_of(tool.implementation)
    match projection:
        case Shape() | Items() | Find() | Pick():
            return _schema(_type(projection), _SHAPED)
        case Identity() | Literal() | Filled():
            kind = answer_type(tool.implementation)
            return None if kind is None else _schema(kind, _MEMBERS)
        case _:
            assert_never(projection)


def picture_type(tool: Tool) -> str | None:
    """Return the type of pictures or sounds, None for a tool of other responses."""
    operation = answering_operation(tool.implementation)
    declared = operation.media_types if operation else ()
    if len(declared) != 1:
        return None
    kind = declared[0].partition(";")[0].strip().lower()
    is_seen = re.fullmatch(r"image/(png|jpe?g|gif|webp)|audio/[\w.+-]+", kind)
    return kind if is_seen else None


def _type(projection: Projection) -> Type:
    """Return the type of a shaped output."""
    match projection:
        case Shape(members=members):
            fields = (Field(k, _type(v), required=False) for k, v in members)
            return Object(tuple(fields))
        case Items(item=item) | Find(item=item):
            return Array(_type(item))
        case Pick(type=kind):
            return kind
        case Identity() | Literal() | Filled():
            return Anything()
        case _:
            assert_never(projection)


def _schema(kind: Type, most: int) -> Schema:
    plain = _plain(kind)
    if isinstance(plain, Object):
        return _Outline(most).schema(plain, 1)
    if not _is_listable(kind, 2):
        return {"type": "object"}
    return {
        "type": "object",
        "properties": {WHOLE: _Outline(most).schema(kind, 2)},
    }


def _plain(kind: Type) -> _Plain | None:
    """Return a type without the restrictions of its values, None if it is several."""
    match kind:
        case Primitive() | Array() | Object():
            return kind
        case Bytes() | Matching():
            return Primitive.STRING
        case OneOf(base=base):
            return base
        case Refined(base=base) | Nullable(base=base):
            return _plain(base)
        case Union(types=types):
            return _common_type([_plain(option) for option in types])
        case Anything():
            return None
        case _:
            assert_never(kind)


def _common_type(options: Sequence[_Plain | None]) -> _Plain | None:
    """Return the one type of which the values of all options are."""
    objects = [option for option in options if isinstance(option, Object)]
    if len(objects) == len(options):
        return Object(tuple(_merged_fields(objects)))
    arrays = [option for option in options if isinstance(option, Array)]
    if len(arrays) == len(options):
        return Array(_either([array.items for array in arrays]))
    distinct = set(options)
    if distinct == {Primitive.INTEGER, Primitive.NUMBER}:
        return Primitive.NUMBER
    return distinct.pop() if len(distinct) == 1 else None


def _merged_fields(objects: Sequence[Object]) -> Iterator[Field]:
    fields: dict[str, list[Field]] = {}
    for option in objects:
        for member in option.fields:
            fields.setdefault(member.name, []).append(member)
    for name, same in fields.items():
        kind = _either([member.type for member in same])
        yield Field(name, kind, required=False, description=same[0].description)


def _either(types: Sequence[Type]) -> Type:
    distinct = tuple(dict.fromkeys(types))
    return distinct[0] if len(distinct) == 1 else Union(distinct)


def _is_listable(kind: Type, level: int) -> bool:
    """Return whether a part has a single type, at a level that clients accept."""
    plain = _plain(kind)
    if isinstance(plain, Array):
        return _is_listable(plain.items, level + 1)
    return plain is not None and level <= _LEVELS


@dataclass
class _Outline:
    """The schema of an output with at most `left` members.

    The objects are listed level by level. An object with more members than are left
    names them in words.
    """

    left: int
    _waiting: deque[tuple[Type, Schema, int]] = field(default_factory=deque)

    def schema(self, kind: Type, level: int) -> Schema:
        """Return the schema of a part at a level."""
        root = self._reserve(kind, level)
        while self._waiting:
            self._fill(*self._waiting.popleft())
        return root

    def _reserve(self, kind: Type, level: int, member: Field | None = None) -> Schema:
        """Return a schema that is filled after those of the levels above."""
        words = ": ".join(filter(None, (_about(member), _values(kind))))
        schema: Schema = {"type": "", **({"description": words} if words else {})}
        self._waiting.append((kind, schema, level))
        return schema

    def _fill(self, kind: Type, schema: Schema, level: int) -> None:
        match _plain(kind):
            case Primitive() as scalar:
                schema["type"] = scalar.value
            case Array(items=items):
                schema |= {"type": "array", "items": self._reserve(items, level + 1)}
            case Object() as plain:
                schema["type"] = "object"
                self._fill_object(plain, schema, level)
            case None:
                raise TypeError("a part without a type can't be listed")

    def _fill_object(self, kind: Object, schema: Schema, level: int) -> None:
        listed: Schema = {}
        if level < _LEVELS and len(kind.fields) <= self.left:
            listed = {
                member.name: self._reserve(member.type, level + 1, member)
                for member in kind.fields
                if member.name != UNEXPECTED and _is_listable(member.type, level + 1)
            }
        self.left -= len(listed)
        names = [member.name for member in kind.fields if member.name not in listed]
        words = [*_words(kind, names, is_rest=bool(listed))]
        own = schema.get("description")
        if words:
            schema["description"] = ". ".join([str(own), *words] if own else words)
        if listed:
            schema["properties"] = listed


def _about(member: Field | None) -> str | None:
    """Return the start of a member's description, if it says more than the name."""
    if member is None:
        return None
    return informative_text(member.name, member.description, _TEXT)


def _words(kind: Object, names: Sequence[str], *, is_rest: bool) -> Iterator[str]:
    """Yield the sentences on members of an object that aren't listed."""
    if names:
        start = "Also" if is_rest else "Members"
        yield brief(f"{start}: {', '.join(names)}", _NAMES)
    others = _plain(kind.others) if kind.others is not None else None
    if others is not None:
        yield f"Other members: {_name(others)}"


def _name(kind: _Plain) -> str:
    match kind:
        case Primitive():
            return kind.value
        case Array():
            return "arrays"
        case Object():
            return "objects"
        case _:
            assert_never(kind)


def _values(kind: Type) -> str:
    """Return the values that a type lists, if they are few and short."""
    match kind:
        case Refined(base=base) | Nullable(base=base):
            return _values(base)
        case OneOf(base=base, values=values) if (
            base is not Primitive.BOOLEAN and len(values) <= _VALUES
        ):
            text = " | ".join(map(str, values))
            return text if len(text) <= _TEXT else ""
        case _:
            return ""
