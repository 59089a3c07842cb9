"""Read examples of values, as texts."""

from __future__ import annotations

import json

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.language.models import Kind
from naftiko_gen.openapi.read.references import References
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

LARGEST = 2_000
"""The characters of an example; a larger one is no example."""


def media_example(media: Mapping, references: References) -> Node | None:
    """Return the example of a media type: its own, or the first of several."""
    own = media.get("example")
    if own is not None:
        return own
    several = references.mapping(media.get("examples"))
    first = several.entries[0].value if several and several.entries else None
    entry = references.mapping(first)
    return entry.get("value") if entry else None


def schema_example(schema: Mapping, kind: Kind | None) -> str:
    """Return the example of a schema as JSON; an empty text if none fits."""
    node = schema.get("example")
    several = schema.get("examples")
    if node is None and isinstance(several, Sequence) and several.items:
        node = several.items[0]
    return fitting_example(node, kind)


def fitting_example(node: Node | None, kind: Kind | None) -> str:
    """Return an example as JSON; an empty text if it isn't of a type, or large."""
    value = _fitting(node, kind) if node is not None and _is_small(node) else None
    return "" if value is None else _json_text(value)


def response_text(node: Node | None, kind: Kind | None, *, is_json: bool) -> str:
    """Return the body of a response that a document shows, or an empty text."""
    if node is None or not _is_small(node):
        return ""
    value = node.plain()
    if not is_json:
        return _usable_text(value) if isinstance(value, str) else ""
    if isinstance(value, str) and kind not in (None, "string"):
        return _normalise_json(value)
    return _json_text(value)


def _fitting(node: Node, kind: Kind | None) -> Plain:
    """Return the value of an example, None if it isn't of a type."""
    match kind, node:
        case (None, _) | ("object", Mapping()) | ("array", Sequence()):
            return node.plain()
        case "string", Scalar(value=str() as text):
            return text
        case "string", Scalar(value=value, typed=text):
            return None if value is None else text
        case "boolean", Scalar(value=bool() as value):
            return value
        case ("integer" | "number"), Scalar(value=bool()):
            return None
        case ("integer" | "number"), Scalar(value=int() as value):
            return value
        case "number", Scalar(value=float() as value):
            return value
        case _:
            return None


def _normalise_json(text: str) -> str:
    """Return JSON that a document shows as a text; an empty text if it is none."""
    try:
        return _json_text(json.loads(text))
    except (ValueError, RecursionError):
        return ""


def _json_text(value: Plain) -> str:
    """Return a value as JSON; an empty text if JSON doesn't have it."""
    try:
        return _usable_text(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except ValueError:
        return ""


def _usable_text(text: str) -> str:
    """Return a text, or an empty one if no file can hold it, or it is large."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return ""
    return text if len(text) <= LARGEST else ""


def _is_small(node: Node) -> bool:
    """Return whether a value has at most as many characters as an example may have.

    Many operations can share a large one, which is never written.
    """
    room = LARGEST
    waiting = [node]
    while waiting and room >= 0:
        match waiting.pop():
            case Mapping(entries=entries):
                room -= len(entries)
                waiting.extend(entry.value for entry in entries[:LARGEST])
            case Sequence(items=items):
                room -= len(items)
                waiting.extend(items[:LARGEST])
            case Scalar(value=str() as text):
                room -= len(text)
            case Scalar(typed=text):
                room -= len(text or "")
    return room >= 0
