"""The parts of an answer that a capability names, and the format that it is in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.language.expressions import json_path
from naftiko_gen.openapi.write.names import distinct, input_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.language.models import Kind
    from naftiko_gen.openapi.read.api import Answer
    from naftiko_gen.openapi.read.shapes import Shape

_MOST = 200
_FORMATS = {
    "application/xml": "xml",
    "text/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/yaml": "yaml",
    "text/html": "html",
    "text/markdown": "markdown",
    "application/avro": "avro",
    "application/x-protobuf": "protobuf",
}


@dataclass(frozen=True)
class Output:
    """A part of the answer: its name, its type and its JSONPath."""

    name: str
    kind: Kind
    value: str


def raw_format(answer: Answer | None) -> str | None:
    """Return the language's word for what an answer is in; None stands for JSON."""
    media = answer.media if answer else ()
    if not media or any(each.is_json for each in media):
        return None
    return _FORMATS.get(media[0].type)


def outputs(answer: Answer | None) -> Iterator[Output]:
    """Yield the members of an answer in JSON, or the one that it is as a whole."""
    media = next((m for m in answer.media if m.is_json), None) if answer else None
    if media is None:
        return
    if media.shape.kind in (None, "object"):
        yield from _members(media.shape)
    else:
        name = "items" if media.shape.kind == "array" else "value"
        yield Output(name, _kind(media.shape), "$.")


def _members(shape: Shape) -> Iterator[Output]:
    listed = [m for m in shape.members[:_MOST] if not m.shape.is_write_only]
    usable = [member for member in listed if json_path(_path(member.name))]
    names = distinct([(each.name, input_name(each.name)) for each in usable])
    for each in usable:
        yield Output(names[each.name], _kind(each.shape), _path(each.name))


def _kind(shape: Shape) -> Kind:
    """Return a type that the official language has for outputs."""
    return "number" if shape.kind == "integer" else shape.kind or "object"


def _path(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        return f"$.{name}"
    mark = '"' if "'" in name else "'"
    return f"$[{mark}{name}{mark}]"
