"""The parts of a request to an upstream: URL, headers and body."""

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from ..errors import InvalidInputError
from ..transport import Content, Headers
from ..values import (
    HEAD_LIMIT,
    Deep,
    deep_pairs,
    head_room,
    header_value,
    json_bytes,
    quote_value,
    text_of,
)

Pairs = Iterable[tuple[str, Any]]
"""Names and values; None is omitted, and each item of a list or value in a `Deep` is
a pair of its own."""
Request: TypeAlias = tuple[str, str, Headers, bytes | None]
"""Method, URL, headers and body, as they are sent."""

# Reserved characters that can stand in a path without another meaning for clients.
RESERVED = "/:@!$'()*,;="
PATH_VARIABLE_LIMIT = 8 * 1024
# A path variable of these characters needs neither encoding nor further checks.
PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,255}")
# They end a line or a text for a parser further on.
UNSAFE = re.compile(r"[\x00\r\n]")
COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")

Pieces = list[list[str]]
"""The texts of each item; an exploded member has a name and a value."""


def header_fields(constant: Headers, pairs: Pairs, body: object) -> Headers:
    """Return constant headers, the type of a body, and headers that override them.

    Raises InvalidInputError for a value that no header can have, and for too many.
    """
    if body is not None:
        media_type = "application/json"
        if isinstance(body, Content):
            media_type = header_value("Content-Type", body.media_type)
        constant = (*constant, ("Content-Type", media_type))
    if not pairs:
        return constant
    fields = [field for field in _texts(pairs) if not _lacks_boundary(field, body)]
    names = {name.lower() for name, _ in fields}
    return (*(field for field in constant if field[0].lower() not in names), *fields)


def _lacks_boundary(field: tuple[str, str], body: object) -> bool:
    """Return whether a header is the type of a multipart body without its boundary."""
    media_type = body.media_type if isinstance(body, Content) else ""
    kind, has_boundary, _ = media_type.partition("; boundary=")
    is_type = field[0].lower() == "content-type"
    return bool(has_boundary) and is_type and field[1].strip().lower() == kind


def _texts(pairs: Pairs) -> Iterator[tuple[str, str]]:
    room = head_room("the headers of the request to the upstream API")
    for name, value in _present(pairs):
        text = header_value(name, value)
        room.take(len(name) + len(text))
        yield name, text


def query_text(pairs: Pairs) -> str:
    """Return the query of a URL with its question mark, or "" without pairs.

    Raises InvalidInputError if it is too long.
    """
    parts = (
        f"{quote_value(name)}={quote_value(value)}" for name, value in _present(pairs)
    )
    text = "&".join(head_room().count(parts))
    return f"?{text}" if text else ""


def target_text(path: str, query: str) -> str:
    """Join a path and a query; raises InvalidInputError if they are too long."""
    target = path + query
    if len(target) > HEAD_LIMIT:
        head_room().take(len(target))  # it refuses
    return target


def body_bytes(body: object) -> bytes | None:
    """Return the bytes of a body: of Content its data, of other values JSON."""
    if body is None:
        return None
    return body.data if isinstance(body, Content) else json_bytes(body)


def _present(pairs: Pairs) -> Iterable[tuple[str, Any]]:
    for name, value in pairs:
        if isinstance(value, list):
            yield from ((name, item) for item in value)
        elif isinstance(value, Deep):
            deep = deep_pairs(name, value.value, head_room())
            yield from ((key, item) for key, item in deep if item is not None)
        elif value is not None:
            yield name, value


def segment(name: str, value: object) -> str:
    """Percent-encode a path variable as a single segment.

    Raises InvalidInputError for a value that a URL parser could read as several
    segments.
    """
    text = text_of(value)
    if PLAIN_SEGMENT.fullmatch(text):
        return text
    check_segment(name, text)
    return quote_value(text, name)


def reserved_path(name: str, value: object) -> str:
    """Percent-encode a path variable but for slashes and other reserved characters.

    Slashes at its start are encoded: a path that begins with two names a host. Raises
    InvalidInputError as `segment` does.
    """
    text = text_of(value)
    check_segment(name, text)
    rest = text.lstrip("/")
    slashes = text[: len(text) - len(rest)]
    return quote_value(slashes) + quote_value(rest, name, safe=RESERVED)


def check_segment(name: str, text: str) -> None:
    """Raise InvalidInputError for a text that isn't a single segment of a path."""
    if not text or len(text) > PATH_VARIABLE_LIMIT:
        raise InvalidInputError(name, "must have from 1 to 8192 characters")
    check_path(name, unquote(text))


def check_path(name: str, text: str) -> None:
    """Raise InvalidInputError for a decoded path that could leave the one before it."""
    if UNSAFE.search(text):
        raise InvalidInputError(name, "must not contain CR, LF or NUL")
    for piece in re.split(r"[/\\]", text):
        if piece.partition(";")[0] in (".", ".."):
            raise InvalidInputError(name, "must not contain a relative path segment")


def path_text(*parts: str) -> str:
    """Join texts and percent-encode them as a path segment, except colons."""
    return quote("".join(parts), safe=":")


def cookie_header(*cookies: tuple[str, object]) -> str | None:
    """Return the header of the cookies that have a value, or None without any.

    Raises InvalidInputError for a value that a cookie can't have: nothing is encoded in
    a cookie, so such a value could begin another one.
    """
    present = [(name, text_of(value)) for name, value in cookies if value is not None]
    for name, text in present:
        if not COOKIE_VALUE.fullmatch(text):
            fault = (
                "must be visible ASCII text without quotes, commas, semicolons or \\"
            )
            raise InvalidInputError(name, fault)
    return "; ".join(map("=".join, present)) or None


def simple_text(value: object, *, explode: bool = False) -> str | None:
    """Return items for a header: `a,b`; exploded members are `k=v`."""
    pieces = _pieces(value, explode)
    return _join(pieces, ",", str) if pieces else None


def simple_segment(name: str, value: object, *, explode: bool = False) -> str:
    """Return items as a segment: `a,b`; exploded members are `k=v`."""
    return _segment(name, "", ",", _pieces(value, explode))


def label_segment(name: str, value: object, *, explode: bool = False) -> str:
    """Return items as a segment that starts with a dot: `.a,b`, exploded `.a.b`."""
    return _segment(name, ".", "." if explode else ",", _pieces(value, explode))


def matrix_segment(name: str, value: object, *, explode: bool = False) -> str:
    """Return items as a segment: `;p=a,b`, exploded `;p=a;p=b` or `;k=v`."""
    pieces = _pieces(value, explode)
    if not explode:
        return _segment(name, f";{quote_value(name)}=", ",", pieces)
    if not isinstance(value, dict):
        pieces = [[name, *piece] for piece in pieces]
    return _segment(name, ";", ";", pieces)


def _pieces(value: object, explode: bool) -> Pieces:
    match value:
        case None:
            return []
        case dict():
            present = ((k, item) for k, item in value.items() if item is not None)
            pairs = [[str(name), text_of(item)] for name, item in present]
            return pairs if explode else [[text] for pair in pairs for text in pair]
        case list():
            return [[text_of(item)] for item in value]
        case _:
            return [[text_of(value)]]


def _segment(name: str, start: str, separator: str, pieces: Pieces) -> str:
    """Return encoded items; their separators aren't encoded."""
    if not pieces:
        raise InvalidInputError(name, "must not be empty")
    check_segment(name, start + _join(pieces, separator, str))
    return start + _join(pieces, separator, quote_value)


def _join(pieces: Pieces, separator: str, encode: Callable[[str], str]) -> str:
    return separator.join("=".join(map(encode, piece)) for piece in pieces)


def basic(username: str, password: str) -> str:
    """Return the `Authorization` header of a user with a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
