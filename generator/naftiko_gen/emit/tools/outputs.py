"""The outputs of tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.tools.item_lists import with_next
from naftiko_gen.emit.tools.output_schemas import Text, listed_member, output_schema
from naftiko_gen.ir import (
    Anything,
    Array,
    Field,
    Filled,
    Find,
    Identity,
    Items,
    Literal,
    Object,
    Pick,
    Shape,
    answer_type,
    answering_operation,
    projection_of,
    type_parts,
)

if TYPE_CHECKING:
    from naftiko_gen.emit.types.schemas import Schema
    from naftiko_gen.ir import Projection, Tool, Type


_MEMBERS = 8
"""The members of responses that have schemas: models pay for each at every request."""
_SHAPED = 60
"""The same for outputs that the spec shapes: the author has chosen their members."""


def listed_output(tool: Tool) -> Schema | None:
    """Return the schema of a tool's output, None where no shape is declared."""
    return with_next(_output(tool), tool.items)


def _output(tool: Tool) -> Schema | None:
    projection = projection_of(tool.implementation)
    known_texts = frozenset(_input_texts(tool))
    match projection:
        case Shape() | Items() | Find() | Pick() | Literal() | Filled():
            return output_schema(_type(projection), _SHAPED, known_texts)
        case Identity():
            kind = answer_type(tool.implementation)
            return None if kind is None else output_schema(kind, _MEMBERS, known_texts)
        case _:
            assert_never(projection)


def _input_texts(tool: Tool) -> Iterator[Text]:
    """Yield the texts of a tool's arguments and of their members."""
    for source in tool.inputs:
        yield listed_member(source.name, source.description)
        for part in type_parts(source.type):
            for member in part.fields if isinstance(part, Object) else ():
                yield listed_member(member.name, member.description)


def picture_type(tool: Tool) -> str | None:
    """Return the type of pictures or sounds, None for a tool of other responses."""
    operation = answering_operation(tool.implementation)
    media_types = operation.media_types if operation else ()
    if len(media_types) != 1:
        return None
    kind = media_types[0].partition(";")[0].strip().lower()
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
