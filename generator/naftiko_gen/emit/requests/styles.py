"""Styles of lists and objects in requests, as calls of the runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from naftiko_gen.emit.literals import fill, py, verbatim
from naftiko_gen.ir import Style

if TYPE_CHECKING:
    from naftiko_gen.emit.literals import Code


def exploded_pairs(name: str, value: Code) -> Code:
    """Return the expression of a dict: the parameters that an object becomes."""
    return fill("exploded_members({}, {})", py(name), value)


def with_reserved(style: Style | None, value: Code) -> Code:
    """Return the expression of a value whose reserved characters aren't encoded."""
    function = verbatim("reserved_parts") if style else verbatim("reserved")
    return fill("{}({})", function, value)


_SEGMENTS = {
    Style.SIMPLE: verbatim("simple_segment"),
    Style.SIMPLE_MEMBERS: verbatim("simple_segment"),
    Style.LABEL: verbatim("label_segment"),
    Style.LABEL_MEMBERS: verbatim("label_segment"),
    Style.MATRIX: verbatim("matrix_segment"),
    Style.MATRIX_MEMBERS: verbatim("matrix_segment"),
    Style.RESERVED: verbatim("reserved_path"),
}


SEGMENT_FUNCTIONS = frozenset(_SEGMENTS.values())
"""The functions whose names no variable may take."""


def segment_function(style: Style | None) -> Code:
    """Return the function that encodes a segment of a path."""
    return _SEGMENTS[style] if style else verbatim("segment")


def styled_header(style: Style, value: Code) -> Code:
    """Return the expression of a header's text."""
    if style.is_exploded:
        return fill("simple_text({}, explode=True)", value)
    return fill("simple_text({})", value)


def styled_value(style: Style, value: Code) -> Code | None:
    """Return the expression of a value, None if its members become parameters."""
    if style is Style.DEEP:
        return fill("Deep({})", value)
    if style.separator is None:
        return None
    separator = "," if style is Style.COMMAS else quote(style.separator, safe="")
    return fill("delimited_items({}, {})", py(separator), value)
