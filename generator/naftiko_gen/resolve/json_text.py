"""JSON texts with placeholders, read as structures."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.language.expressions import Placeholder, template
from naftiko_gen.resolve.templates import as_string, node_template
from naftiko_gen.syntax.tree import Node, Scalar, Sequence
from naftiko_gen.syntax.tree import mapping as mapping_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Plain, Span
    from naftiko_gen.resolve.templates import Fill

_DEPTH = 64
_STRING_MARK = re.compile(r'\\.|"', re.DOTALL)
# No text of a spec holds a NUL, and JSON only as `\u0000`.
_BARE = "\0bare\0"
_HOLE = re.compile("\0(\\d+)\0")


def json_text(text: str, span: Span, fill: Fill) -> ir.Template | None:
    """Return the template of a JSON text, or None if it isn't JSON.

    A placeholder in a string is always a part of that string; any other placeholder
    is a JSON value.
    """
    pieces = template(text)
    placeholders = [piece for piece in pieces if isinstance(piece, Placeholder)]
    try:
        document = _node(_parse("".join(_mark_placeholders(pieces))), span)
    except (ValueError, RecursionError):
        return None

    def read(marked_text: str, span: Span) -> ir.Template:
        if marked_text.startswith(_BARE):
            return fill(placeholders[int(marked_text.removeprefix(_BARE))], span)
        parts = _HOLE.split(marked_text)
        templates = (
            fill(placeholders[int(part)], span) if i % 2 else ir.Constant(part)
            for i, part in enumerate(parts)
            if part
        )
        return as_string(tuple(templates))

    return node_template(document, read)


def json_value(text: str, span: Span) -> Plain:
    """Return the value of a JSON text without placeholders; None if it isn't JSON."""
    try:
        return _node(_parse(text), span).plain()
    except (ValueError, RecursionError):
        return None


def _mark_placeholders(pieces: tuple[str | Placeholder, ...]) -> Iterator[str]:
    """Yield the JSON with a marked number in place of each placeholder."""
    inside, number = False, 0
    for piece in pieces:
        if isinstance(piece, str):
            marks = _STRING_MARK.findall(piece)
            inside ^= marks.count('"') % 2 == 1
            yield piece
        else:
            yield f"\0{number}\0" if inside else f'"{_BARE}{number}"'
            number += 1


def _parse(text: str) -> Plain:
    if "\\u0000" in text:
        raise ValueError("it could be taken for a mark")
    decoder = json.JSONDecoder(
        parse_float=_finite, parse_constant=_refuse, strict=False
    )
    document: Plain = decoder.decode(text.strip())
    return document


def _finite(text: str) -> float:
    number = float(text)
    return number if number - number == 0 else _refuse(text)


def _refuse(text: str) -> float:
    raise ValueError(f"{text} isn't JSON")


def _node(value: Plain, span: Span, depth: int = 0) -> Node:
    """Return a value as a node; all parts have the span of the text."""
    if depth > _DEPTH:
        raise ValueError("it is nested too deeply")
    match value:
        case dict():
            members = {_key(k): _node(v, span, depth + 1) for k, v in value.items()}
            return mapping_of(members, span)
        case list():
            items = (_node(item, span, depth + 1) for item in value)
            return Sequence(tuple(items), span)
        case str():
            value.encode()
            return Scalar(value, span)
        case _:
            return Scalar(value, span)


def _key(key: str) -> str:
    if "\0" in key:
        raise ValueError("a key is a template")
    key.encode()
    return key
