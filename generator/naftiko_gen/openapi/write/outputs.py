"""Write the outputs of an operation, and the format of its response."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.ir import JSON_MEDIA, Format
from naftiko_gen.language.expressions import json_path
from naftiko_gen.openapi.write.names import distinct, input_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.language.models import Kind
    from naftiko_gen.openapi.read.api import Response
    from naftiko_gen.openapi.read.shapes import Shape

_MOST = 200
_FORMATS = {
    media_type: form.name.lower()
    for form in Format
    for media_type in form.value.media_types
    # These alone tell no format.
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
