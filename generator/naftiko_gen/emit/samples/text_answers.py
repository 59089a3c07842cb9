"""Sample responses in formats whose values are text: XML and separated values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.ir import Format

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain

_NAME = re.compile(r"(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_.-]*")


def text_answer(document: Plain, response_format: Format) -> Plain:
    """Return a document as a package reads it in a format; None if it has no such form.

    In XML, every array has two items, because an array of one looks like its item.
    """
    if response_format is Format.XML:
        in_texts = _in_texts(document, 2)
        return in_texts if _is_xml(in_texts) else None
    in_texts = _in_texts(document, 1)
    return in_texts if _is_table(in_texts) else None


def _in_texts(value: Plain, items: int) -> Plain:
    match value:
        case None:
            return None
        case dict():
            return {name: _in_texts(member, items) for name, member in value.items()}
        case list():
            texts = [_in_texts(item, items) for item in value]
            return texts if len(texts) >= items else texts * items
        case _:
            return wire_text(value)


def _is_xml(value: Plain) -> bool:
    """Return whether elements can have the names and values of a document."""
    match value:
        case dict():
            names = all(_NAME.fullmatch(name) for name in value)
            return bool(value) and names and all(map(_is_child, value.values()))
        case list():
            return bool(value) and all(map(_is_xml, value))
        case _:
            return isinstance(value, str)


def _is_child(value: Plain) -> bool:
    is_nested = isinstance(value, list) and any(isinstance(i, list) for i in value)
    return _is_xml(value) and not is_nested


def _is_table(value: Plain) -> bool:
    """Return whether a document is a list of objects with equal names, all of texts."""
    if not isinstance(value, list) or not value:
        return False
    rows = [row for row in value if isinstance(row, dict) and row]
    cells = (cell for row in rows for cell in row.values())
    is_even = len(rows) == len(value) and len({tuple(row) for row in rows}) == 1
    return is_even and all(isinstance(cell, str) for cell in cells)
