"""Write the outputs of an operation, and the format and schema of its response."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from naftiko_gen.ir import JSON_MEDIA, Format
from naftiko_gen.language.expressions import json_path
from naftiko_gen.language.models import Kind
from naftiko_gen.openapi.prose import few_sentences
from naftiko_gen.openapi.read.api import Response
from naftiko_gen.openapi.read.shapes import Member, Shape
from naftiko_gen.openapi.write import schemas
from naftiko_gen.openapi.write.names import distinct, input_name
from naftiko_gen.openapi.write.schemas import has_variants
from naftiko_gen.syntax.yaml_writer import Block

_MOST = 200
_FORMATS = {
    media_type: form.name.lower()
    for form in Format
    for media_type in form.value.media_types
    # These tell no format.
    if media_type not in (*JSON_MEDIA, "text/plain")
}


@dataclass(frozen=True)
class Output:
    """A part of the response: its name, its type and its JSONPath."""

    name: str
    kind: Kind
    value: str


def raw_format(response: Response | None) -> str | None:
    """Return the language's name for the format of a response; None for JSON."""
    if response is None or not response.media or response.json:
        return None
    return _FORMATS.get(response.media[0].type)


def outputs(response: Response | None) -> Iterator[Output]:
    """Yield an output for each member of a JSON response, or one for the whole."""
    media = response.json if response else None
    if media is None:
        return
    if media.shape.kind in (None, "object"):
        yield from _members(media.shape)
    else:
        name = "items" if media.shape.kind == "array" else "value"
        yield Output(name, _kind(media.shape), "$.")


def _members(shape: Shape) -> Iterator[Output]:
    members = [m for m in shape.members[:_MOST] if not m.shape.is_write_only]
    usable = [member for member in members if json_path(_path(member.name))]
    names = distinct([(member.name, input_name(member.name)) for member in usable])
    for member in usable:
        yield Output(names[member.name], _kind(member.shape), _path(member.name))


def _kind(shape: Shape) -> Kind:
    """Return the type in the official language, which has no integer outputs."""
    return "number" if shape.kind == "integer" else shape.kind or "object"


def _path(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        return f"$.{name}"
    mark = '"' if "'" in name else "'"
    return f"$[{mark}{name}{mark}]"


_PARTS = 60
"""A schema with more parts has fewer levels."""
_MEMBERS = 200
_TEXT = 100


def response_schema(response: Response | None) -> Block:
    """Return the schema of a JSON response; an empty one if there is none."""
    media = response.json if response else None
    return _part(media.shape, levels_of(media.shape)) if media else Block()


def levels_of(shape: Shape) -> int:
    """Return how many levels of a value are written."""
    return schemas.levels_of(shape, _PARTS, _received_members)


def parts(shape: Shape) -> Iterator[Shape]:
    """Yield the parts of a value that are written."""
    return schemas.parts(shape, levels_of(shape), _received_members)


def members_of(shape: Shape, levels: int) -> tuple[Member, ...]:
    """Return the members that responses have, down to a level."""
    return _received_members(shape) if levels else ()


def _received_members(shape: Shape) -> tuple[Member, ...]:
    return tuple(m for m in shape.members[:_MEMBERS] if not m.shape.is_write_only)


def _part(shape: Shape, levels: int) -> Block:
    """Return the schema of a value: its type, its description and its parts."""
    block = Block()
    if has_variants(shape):
        block.put("anyOf", [_part(variant, levels) for variant in shape.variants])
        return block
    block.put("type", shape.kind)
    block.put("description", few_sentences(shape.description, _TEXT) or None)
    facts = shape.facts
    if shape.kind in ("string", "integer", "number"):
        block.put("enum", list(facts.choices))
        block.put("format", None if facts.choices else facts.format or None)
    if shape.kind == "array" and shape.items:
        block.put("items", _part(shape.items, levels))
    if shape.kind == "object":
        block.put("properties", _properties(shape, levels))
        block.put("additionalProperties", _others(shape, levels))
    return block


def _properties(shape: Shape, levels: int) -> Block:
    properties = Block()
    for member in members_of(shape, levels):
        part = _part(member.shape, levels - 1)
        # A mapping without keys would be no declaration.
        properties.put(
            member.name, part if part.entries else part.put("required", False)
        )
    return properties


def _others(shape: Shape, levels: int) -> Block | None:
    return _part(shape.others, levels) if shape.others else None
