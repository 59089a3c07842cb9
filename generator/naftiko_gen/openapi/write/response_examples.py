"""Write an example of a response, which the document shows or its schema describes."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING

from naftiko_gen.language.formats import SAMPLES
from naftiko_gen.language.models import is_textual
from naftiko_gen.language.patterns import sample_of
from naftiko_gen.openapi.read.api import JSON
from naftiko_gen.openapi.read.examples import LARGEST
from naftiko_gen.openapi.write.media_choices import (
    MEDIA_TYPE,
    MediaKind,
    is_range,
    kind_of,
)
from naftiko_gen.openapi.write.response_schemas import (
    levels_of,
    members_of,
    parts,
)
from naftiko_gen.openapi.write.schemas import has_variants
from naftiko_gen.openapi.write.text_examples import text_of
from naftiko_gen.openapi.write.xml_examples import xml_text
from naftiko_gen.syntax.yaml_writer import Block

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.openapi.read.api import Media, Response
    from naftiko_gen.openapi.read.shapes import Shape

_PARTS = 200
_TEXT = "text"
_NUMBER = 7
_BYTES = "application/octet-stream"
_USUAL_STATUS = 200
_XML = re.compile(r".+[/+]xml")


def response_example(response: Response | None, *, has_schema: bool) -> Block:
    """Return an example of a response; an empty one if there is none.

    Where the capability has a schema of the response, the mock makes values of it.
    """
    block = Block()
    if response is None:
        return block
    block.put("status", response.status if response.status != _USUAL_STATUS else None)
    if not response.media:
        return block.put("text", "")
    media = _choose_media(response)
    if media is None:
        return block
    text = _example_text(media, has_schema=has_schema)
    media_type = _BYTES if media.is_bytes or is_range(media) else media.type
    if text or media_type != JSON:
        block.put("mediaType", media_type)
    return block.put("text", text or None)


def _example_text(media: Media, *, has_schema: bool) -> str:
    """Return the text of an example; none if the mock makes it or if it is long."""
    text = media.example
    if not text and (not has_schema or _has_examples(media.shape)):
        text = _compose_body(media)
    return text if len(text) <= LARGEST else ""


def _choose_media(response: Response) -> Media | None:
    """Return the media type that the mock answers with: JSON, or the first one."""
    candidates = filter(None, (response.json, *response.media))
    return next(filter(_is_known, candidates), None)


def _is_known(media: Media) -> bool:
    """Return whether it is a media type, or a range that is of bytes alone."""
    if not is_range(media):
        return MEDIA_TYPE.fullmatch(media.type) is not None
    is_any = media.type == "*/*" and not media.shape.is_binary
    return kind_of(media) is MediaKind.BYTES and not is_any


def _has_examples(shape: Shape) -> bool:
    within = islice(parts(shape, levels_of(shape)), _PARTS)
    return any(part.facts.example for part in (shape, *within))


def _compose_body(media: Media) -> str:
    """Return a body of the schema's values; an empty text if nobody knows them."""
    shape = media.shape
    if media.is_json:
        value = None if shape.is_open or media.is_bytes else _whole(shape)
        return "" if value is None else json.dumps(value, ensure_ascii=False)
    if not is_textual(media.type):
        return ""
    value = _whole(shape)
    if _XML.fullmatch(media.type):
        return xml_text(shape, value, media.schema_name)
    return text_of(media.type, value)


def _whole(shape: Shape) -> Plain:
    return _value(shape, levels_of(shape))


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
            return {member.name: _value(member.shape, levels - 1) for member in members}
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
