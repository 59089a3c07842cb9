"""Lists and objects in paths and headers, in the styles of OpenAPI (RFC 6570)."""

from collections.abc import Callable

from ..errors import InvalidInputError
from ..values import quoted, text_of
from .urls import check_segment

Pieces = list[list[str]]
"""The texts of each item; an exploded member has a name and a value."""


def simple_text(value: object, *, explode: bool = False) -> str | None:
    """Return items for a header: `a,b`; exploded members are `k=v`."""
    pieces = _pieces(value, explode)
    return _joined(pieces, ",", str) if pieces else None


def simple_segment(name: str, value: object, *, explode: bool = False) -> str:
    """Return items as a segment: `a,b`; exploded members are `k=v`."""
    return _segment(name, "", ",", _pieces(value, explode))


def label_segment(name: str, value: object, *, explode: bool = False) -> str:
    """Return items as a segment that starts with a dot: `.a,b`, exploded `.a.b`."""
    return _segment(name, ".", "." if explode else ",", _pieces(value, explode))


def matrix_segment(name: str, value: object, *, explode: bool = False) -> str:
    """Return items as a segment: `;p=a,b`, exploded `;p=a;p=b` or `;k=v`."""
    pieces = _pieces(value, explode)
    if explode:
        is_named = isinstance(value, dict)
        named = pieces if is_named else [[name, *piece] for piece in pieces]
        return _segment(name, ";", ";", named)
    return _segment(name, f";{quoted(name)}=", ",", pieces)


def _pieces(value: object, explode: bool) -> Pieces:
    match value:
        case None:
            return []
        case dict():
            pairs = [
                [str(name), text_of(item)]
                for name, item in value.items()
                if item is not None
            ]
            return pairs if explode else [[text] for pair in pairs for text in pair]
        case list():
            return [[text_of(item)] for item in value]
        case _:
            return [[text_of(value)]]


def _segment(name: str, start: str, separator: str, pieces: Pieces) -> str:
    """Return encoded items; their separators aren't encoded."""
    if not pieces:
        raise InvalidInputError(name, "must not be empty")
    check_segment(name, start + _joined(pieces, separator, str))
    return start + _joined(pieces, separator, quoted)


def _joined(pieces: Pieces, separator: str, encode: Callable[[str], str]) -> str:
    return separator.join("=".join(map(encode, piece)) for piece in pieces)
