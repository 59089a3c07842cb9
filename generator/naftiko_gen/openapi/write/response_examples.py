"""Write an example of a response, which the document shows or its schema describes."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from naftiko_gen.language.formats import SAMPLES
from naftiko_gen.language.models import is_textual
from naftiko_gen.language.patterns import sample_of
from naftiko_gen.openapi.read.examples import LARGEST
from naftiko_gen.openapi.write.request_bodies import MEDIA_TYPE
from naftiko_gen.openapi.write.response_schemas import (
    levels_of,
    members_of,
    parts,
)
from naftiko_gen.openapi.write.schemas import has_variants
from naftiko_gen.syntax.yaml_writer import Block

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.openapi.read.api import Media, Response
    from naftiko_gen.openapi.read.shapes import Shape

_PARTS = 200
_TEXT = "text"
_NUMBER = 7
_XML = re.compile(r".+[/+]xml")
_ELEMENT = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def response_example(response: Response | None, *, has_schema: bool) -> Block:
    """Return an example of a response; an empty one if there is none.

    Where the capability has a schema of the response, the mock makes values of it.
    """
    media = _chosen(response)
    if media is None:
        return Block()
    text = media.example
    if not text and (not has_schema or _has_examples(media.shape)):
        text = _composed(media)
    if not text or len(text) > LARGEST:
        return Block()
    return Block().put("mediaType", media.type).put("text", text)


def _chosen(response: Response | None) -> Media | None:
    """Return the media type that the mock answers with: JSON, or the first one."""
    if response is None:
        return None
    listed = (response.json, *response.media)
    return next((one for one in listed if one and MEDIA_TYPE.fullmatch(one.type)), None)


def _has_examples(shape: Shape) -> bool:
    within = islice(parts(shape, levels_of(shape)), _PARTS)
    return any(part.facts.example for part in (shape, *within))


def _composed(media: Media) -> str:
    """Return a body of the schema's values; an empty text if nobody knows them."""
    shape = media.shape
    if not media.is_json and not is_textual(media.type):
        return ""
    if media.is_json:
        value = None if shape.is_open else _value(shape, levels_of(shape))
        return "" if value is None else json.dumps(value, ensure_ascii=False)
    value = _value(shape, levels_of(shape))
    if _XML.fullmatch(media.type):
        return _element("root", value)
    return value if isinstance(value, str) else ""


def _value(shape: Shape, levels: int) -> Plain:
    """Return a value of a schema: its example, or one made of those of its parts."""
    if shape.facts.example:
        value: Plain = json.loads(shape.facts.example)
        return value
    if has_variants(shape):
        return _value(shape.variants[0], levels)
    match shape.kind:
        case "object":
            members = members_of(shape, levels)
            return {one.name: _value(one.shape, levels - 1) for one in members}
        case "array":
            return [_value(shape.items, levels)] if shape.items else []
        case _:
            return _scalar(shape)


def _scalar(shape: Shape) -> Plain:
    facts = shape.facts
    if facts.choices:
        return facts.choices[0]
    match shape.kind:
        case "integer" | "number":
            return dict(facts.limits).get("minimum", _NUMBER)
        case "boolean":
            return True
        case _ if facts.pattern:
            return sample_of(facts.pattern)
        case _:
            return SAMPLES.get(facts.format, _TEXT)


def _element(name: str, value: Plain) -> str:
    """Return an element of XML; members whose names XML doesn't have are left out."""
    match value:
        case list():
            inside = "".join(_element("item", one) for one in value)
        case dict():
            named = [pair for pair in value.items() if _ELEMENT.fullmatch(pair[0])]
            inside = "".join(_elements(key, one) for key, one in named)
        case str():
            inside = escape(value)
        case _:
            inside = json.dumps(value)
    return f"<{name}>{inside}</{name}>"


def _elements(name: str, value: Plain) -> str:
    """Return the elements of a member, one for each item of a list."""
    items = value if isinstance(value, list) else [value]
    return "".join(_element(name, one) for one in items)
