"""Write an example of a response, which the document shows or its schema describes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.language.models import is_textual
from naftiko_gen.language.patterns import SAMPLES, sample_of
from naftiko_gen.openapi.read.api import JSON, Media, Response
from naftiko_gen.openapi.read.examples import LARGEST
from naftiko_gen.openapi.read.facts import Xml
from naftiko_gen.openapi.read.shapes import Shape
from naftiko_gen.openapi.write.media_choices import (
    MEDIA_TYPE,
    MediaKind,
    is_range,
    kind_of,
)
from naftiko_gen.openapi.write.outputs import (
    levels_of,
    members_of,
    parts,
)
from naftiko_gen.openapi.write.schemas import has_variants
from naftiko_gen.syntax.yaml_writer import Block

_PARTS = 200
_TEXT = "text"
_NUMBER = 7
_BYTES = "application/octet-stream"
_DEFAULT_STATUS = 200
_XML = re.compile(r".+[/+]xml")


def response_example(response: Response | None, *, has_schema: bool) -> Block:
    """Return an example of a response; an empty one if there is none.

    Where the capability has a schema of the response, the mock makes values of it.
    """
    block = Block()
    if response is None:
        return block
    block.put("status", response.status if response.status != _DEFAULT_STATUS else None)
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
    """Return whether it is a media type, or a range only of bytes."""
    if not is_range(media):
        return MEDIA_TYPE.fullmatch(media.type) is not None
    is_any = media.type == "*/*" and not media.shape.is_binary
    return kind_of(media) is MediaKind.BYTES and not is_any


def _has_examples(shape: Shape) -> bool:
    within = islice(parts(shape), _PARTS)
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


# --- text -----------------------------------------------------------------------


_YAML = re.compile(r".+[/+](x-)?yaml")
_JSON_LINES = re.compile(r".+/(x-)?(ndjson|jsonl)")
_SEPARATORS = {"text/csv": ",", "text/tab-separated-values": "\t"}


def text_of(media_type: str, value: Plain) -> str:
    """Return a value as text; an empty text if the media type has no such values."""
    if isinstance(value, str):
        return value
    rows: list[Plain] = value if isinstance(value, list) else [value]
    if media_type in _SEPARATORS:
        return _table(rows, _SEPARATORS[media_type])
    if _JSON_LINES.fullmatch(media_type):
        return "".join(f"{_json(row)}\n" for row in rows)
    # JSON is YAML as well.
    return _json(value) if _YAML.fullmatch(media_type) else ""


def _table(rows: list[Plain], separator: str) -> str:
    """Return objects as rows below a row of names; an empty text without objects."""
    objects = [row for row in rows if isinstance(row, dict)]
    if not objects or len(objects) < len(rows):
        return ""
    text = io.StringIO()
    table = csv.writer(text, delimiter=separator, lineterminator="\n")
    table.writerow(objects[0])
    table.writerows([_cell(cell) for cell in row.values()] for row in objects)
    return text.getvalue()


def _cell(value: Plain) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False)


# --- XML ------------------------------------------------------------------------


_XML_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def xml_text(shape: Shape, value: Plain, schema_name: str) -> str:
    """Return a document; `schema_name` is the name of its schema, or of its items'."""
    if isinstance(value, list):
        root = _xml_name(shape.xml, "root")
        name = _xml_name(_xml_items(shape).xml, schema_name, "item")
        inside = "".join(_element(name, item, _xml_items(shape)) for item in value)
        return f"<{root}{_namespace(shape.xml)}>{inside}</{root}>"
    return _element(_xml_name(shape.xml, schema_name, "root"), value, shape)


def _element(name: str, value: Plain, shape: Shape) -> str:
    """Return an element."""
    start = f"{name}{_namespace(shape.xml)}"
    if not isinstance(value, dict):
        return f"<{start}>{escape(_cell(value))}</{name}>"
    shapes = {member.name: member.shape for member in shape.members}
    members = [(key, child, shapes.get(key, Shape())) for key, child in value.items()]
    attributes = "".join(_attributes(members))
    inside = "".join(
        _member(key, child, of) for key, child, of in members if not of.xml.is_attribute
    )
    return f"<{start}{attributes}>{inside}</{name}>"


def _attributes(members: list[tuple[str, Plain, Shape]]) -> Iterator[str]:
    for key, value, shape in members:
        if shape.xml.is_attribute and (name := _xml_name(shape.xml, key)):
            yield f" {name}={quoteattr(_cell(value))}"


def _member(key: str, value: Plain, shape: Shape) -> str:
    """Return the elements of a member; of a list, one for each item."""
    name = _xml_name(shape.xml, key)
    if not isinstance(value, list):
        return _element(name, value, shape) if name else ""
    items, is_wrapped = _xml_items(shape), shape.xml.is_wrapped
    # Without an element around the items, the name of the list isn't used.
    item_name = _xml_name(items.xml, name if is_wrapped else key)
    if not item_name:
        return ""
    inside = "".join(_element(item_name, item, items) for item in value)
    return f"<{name}{_namespace(shape.xml)}>{inside}</{name}>" if is_wrapped else inside


def _xml_items(shape: Shape) -> Shape:
    return shape.items or Shape()


def _xml_name(form: Xml, *others: str) -> str:
    """Return the first name that XML can have, with the prefix of the form."""
    usable = (name for name in (form.name, *others) if _XML_NAME.fullmatch(name))
    name = next(usable, "")
    is_prefixed = name and _XML_NAME.fullmatch(form.prefix)
    return f"{form.prefix}:{name}" if is_prefixed else name


def _namespace(form: Xml) -> str:
    """Return the declaration of the namespace of an element, if it has one."""
    if not form.namespace:
        return ""
    key = f"xmlns:{form.prefix}" if _XML_NAME.fullmatch(form.prefix) else "xmlns"
    return f" {key}={quoteattr(form.namespace)}"
