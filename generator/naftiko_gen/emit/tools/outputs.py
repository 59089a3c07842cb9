"""Outputs of tools, and schemas of them that every client takes.

A client refuses a result that breaks its schema, and some clients refuse a list of
tools for one schema with a reference, a union or a list of types. So each part has a
single type, and nothing is required. Words name the parts that aren't listed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, assert_never

from naftiko_gen import ir
from naftiko_gen.emit.plain_text import informative_text
from naftiko_gen.emit.tools.item_lists import with_next
from naftiko_gen.emit.types.schemas import LEVELS, Schema, plain_type
from naftiko_gen.language.names import words
from naftiko_gen.openapi.prose import brief

_MEMBERS = 8
"""The members of responses that have schemas: models pay for each at every request."""
_SHAPED = 60
"""The same for outputs that the spec shapes: the author has chosen their members."""


def listed_output(tool: ir.Tool) -> Schema | None:
    """Return the schema of a tool's output, None where no shape is declared."""
    return with_next(_output(tool), tool.items)


def _output(tool: ir.Tool) -> Schema | None:
    projection = tool.output
    known_texts = frozenset(_input_texts(tool))
    match projection:
        case (
            ir.Shape() | ir.Items() | ir.Find() | ir.Pick() | ir.Literal() | ir.Filled()
        ):
            return output_schema(_type(projection), _SHAPED, known_texts)
        case ir.Identity():
            kind = ir.answer_type(tool.implementation)
            return None if kind is None else output_schema(kind, _MEMBERS, known_texts)
        case _:
            assert_never(projection)


def _input_texts(tool: ir.Tool) -> Iterator[Text]:
    for source in tool.inputs:
        yield listed_member(source.name, source.description)
        for part in ir.type_parts(source.type):
            for member in part.fields if isinstance(part, ir.Object) else ():
                yield listed_member(member.name, member.description)


def picture_type(tool: ir.Tool) -> str | None:
    """Return the type of pictures or sounds, None for a tool of other responses."""
    operation = ir.answering_operation(tool.implementation)
    media_types = operation.media_types if operation else ()
    if len(media_types) != 1:
        return None
    kind = media_types[0].partition(";")[0].strip().lower()
    is_seen = re.fullmatch(r"image/(png|jpe?g|gif|webp)|audio/[\w.+-]+", kind)
    return kind if is_seen else None


def _type(projection: ir.Projection) -> ir.Type:
    match projection:
        case ir.Shape(members=members):
            fields = (ir.Field(k, _type(v), required=False) for k, v in members)
            return ir.Object(tuple(fields))
        case ir.Items(item=item) | ir.Find(item=item):
            return ir.Array(_type(item))
        case ir.Pick(type=kind):
            return kind
        case ir.Identity() | ir.Literal() | ir.Filled():
            return ir.Anything()
        case _:
            assert_never(projection)


WHOLE = "result"
"""The member for outputs that are no objects."""
UNEXPECTED = "unexpected"
"""The member for responses that break the schema, which lists no such member."""

_NAMES = 300
"""The most characters of names in words, for the answer or its items."""
_INNER_NAMES = 120
"""The same for objects in these."""
_LINKS = frozenset(("href", "links", "uri", "url", "urls"))
"""The last words of names that come last in words: models seldom need links."""
_TEXT = 80
_VALUES = 8


Text = tuple[str, str | None]
"""The name of a member, and its description in a list."""


def output_schema(
    kind: ir.Type, most: int, known_texts: frozenset[Text] = frozenset()
) -> Schema:
    """Return the schema of an output, with schemas of up to so many members.

    An output that is no object is the member `result`. Members with one of the known
    texts have no description.
    """
    plain = plain_type(kind)
    if isinstance(plain, ir.Object):
        return _Outline(most, known_texts).schema(plain, 1)
    if not _is_listable(kind, 2):
        return {"type": "object"}
    schema = _Outline(most, known_texts).schema(kind, 2)
    return {"type": "object", "properties": {WHOLE: schema}}


def listed_member(name: str, description: str | None) -> Text:
    """Return a member with its description in a list, if that says more than it."""
    return name, informative_text(name, description, _TEXT)


def _is_listable(kind: ir.Type, level: int) -> bool:
    plain = plain_type(kind)
    if isinstance(plain, ir.Array):
        return _is_listable(plain.items, level + 1)
    return plain is not None and level <= LEVELS


class _Part(NamedTuple):
    """A part of an output, and its schema as far as that is known.

    Words have up to `names` characters of names.
    """

    kind: ir.Type
    level: int
    names: int
    schema: Schema


@dataclass
class _Outline:
    """The schema of an output with at most `left` members.

    The objects are listed level by level. An object with more members than are left
    names them in words.
    """

    left: int
    known_texts: frozenset[Text]
    _waiting: deque[_Part] = field(default_factory=deque)

    def schema(self, kind: ir.Type, level: int) -> Schema:
        """Return the schema of a part at a level."""
        root = self._reserve(kind, level, _NAMES)
        while self._waiting:
            self._fill(self._waiting.popleft())
        return root

    def _reserve(
        self, kind: ir.Type, level: int, names: int, description: str | None = None
    ) -> Schema:
        """Return a schema that is filled after those of the levels above."""
        text = ": ".join(filter(None, (description, _values(kind))))
        schema: Schema = {"type": "", **({"description": text} if text else {})}
        self._waiting.append(_Part(kind, level, names, schema))
        return schema

    def _fill(self, part: _Part) -> None:
        match plain_type(part.kind):
            case ir.Primitive() as scalar:
                part.schema["type"] = scalar.value
            case ir.Array(items=items):
                inner = self._reserve(items, part.level + 1, part.names)
                part.schema.update(type="array", items=inner)
            case ir.Object() as plain:
                part.schema["type"] = "object"
                self._fill_object(plain, part)
            case None:
                raise TypeError("a part without a type can't be listed")

    def _fill_object(self, kind: ir.Object, part: _Part) -> None:
        members = self._members(kind, part.level + 1)
        self.left -= len(members)
        rest = [member for member in kind.fields if member.name not in members]
        texts = [*_sentences(kind, rest, part.names, is_rest=bool(members))]
        if texts:
            own = part.schema.get("description")
            part.schema["description"] = ". ".join([str(own), *texts] if own else texts)
        if members:
            part.schema["properties"] = members

    def _new_text(self, member: ir.Field) -> str | None:
        text = listed_member(member.name, member.description)
        return None if text in self.known_texts else text[1]

    def _members(self, kind: ir.Object, level: int) -> Schema:
        """Return the schemas of an object's members, none if they are too many."""
        if level > LEVELS or len(kind.fields) > self.left:
            return {}
        return {
            member.name: self._reserve(
                member.type, level, _INNER_NAMES, self._new_text(member)
            )
            for member in kind.fields
            if member.name != UNEXPECTED and _is_listable(member.type, level)
        }


def _sentences(
    kind: ir.Object, rest: Sequence[ir.Field], most: int, *, is_rest: bool
) -> Iterator[str]:
    if rest:
        start = "Also" if is_rest else "Members"
        names = [member.name for member in sorted(rest, key=_is_link)]
        yield brief(f"{start}: {', '.join(names)}", most)
    others = plain_type(kind.others) if kind.others is not None else None
    if others is not None:
        plural = "arrays" if isinstance(others, ir.Array) else "objects"
        name = others.value if isinstance(others, ir.Primitive) else plural
        yield f"Other members: {name}"


def _is_link(member: ir.Field) -> bool:
    return any(word.lower() in _LINKS for word in words(member.name)[-1:])


def _values(kind: ir.Type) -> str:
    """Return the values that a type lists, if they are few and short."""
    match kind:
        case ir.Refined(base=base) | ir.Nullable(base=base):
            return _values(base)
        case ir.OneOf(base=base, values=values) if (
            base is not ir.Primitive.BOOLEAN and len(values) <= _VALUES
        ):
            text = " | ".join(map(str, values))
            return text if len(text) <= _TEXT else ""
        case _:
            return ""
