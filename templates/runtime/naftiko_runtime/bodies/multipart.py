"""Request bodies of `multipart/form-data` (RFC 7578)."""

import re
import secrets
from collections.abc import Iterable, Iterator
from itertools import chain

from ..errors import InvalidInputError
from ..reply import Content
from ..sizes import body_room
from ..styles import deep_pairs
from ..values import header_value, text_of
from .text import encoded, items_of, written

# Receivers may take the last piece of a path, or write to the path.
NO_FILE_NAME = re.compile(r"[/\\\x00-\x1f\x7f]")
NAME_MARKS = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def multipart_body(*groups: Iterable[bytes]) -> Content:
    """Return `multipart/form-data` (RFC 7578) of parts with their headers.

    Raises CallError if the body is too long.
    """
    # A random boundary can't occur in the content.
    boundary = secrets.token_hex(16)
    start = f"--{boundary}\r\n".encode()
    parts = (start + part + b"\r\n" for part in chain(*groups))
    body = b"".join(body_room().counted(parts))
    media_type = f"multipart/form-data; boundary={boundary}"
    return Content(body + f"--{boundary}--\r\n".encode(), media_type)


PartHeaders = Iterable[tuple[str, object]]
"""Names and values of further headers; None is omitted."""


def field_parts(
    name: str,
    value: object,
    media_type: str | None = None,
    *,
    headers: PartHeaders = (),
) -> Iterator[bytes]:
    """Yield the part of a field: one for each item of a list, none for None."""
    text = f'Content-Disposition: form-data; name="{_marked(name)}"'
    text = f"{text}\r\nContent-Type: {media_type}" if media_type else text
    header = encoded(text + _header_lines(headers))
    for item in items_of(value):
        yield b"\r\n\r\n".join((header, _part_bytes(item)))


def deep_parts(name: str, value: object) -> Iterator[bytes]:
    """Yield a part for each value in an object, called `name[member]`."""
    for pair in deep_pairs(name, value, body_room()):
        yield from field_parts(*pair)


def file_parts(
    name: str,
    value: object,
    filename: object,
    media_type: object,
    *,
    headers: PartHeaders = (),
) -> Iterator[bytes]:
    """Yield the part of a file: one for each item of a list, none for None."""
    lines = _header_lines(headers)
    for item in items_of(value):
        yield _file_part(name, item, filename, media_type, lines)


def checked_file_name(value: object) -> str:
    """Return a file's name that a client chooses.

    Raises InvalidInputError for a path, and for control characters.
    """
    name = written(value)
    if NO_FILE_NAME.search(name):
        fault = "must not contain slashes, backslashes or control characters"
        raise InvalidInputError("the name of a file", fault)
    return name


def _header_lines(headers: PartHeaders) -> str:
    lines = (
        f"\r\n{name}: {header_value(name, value)}"
        for name, value in headers
        if value is not None
    )
    return "".join(lines)


def _file_part(
    name: str, value: object, filename: object, media_type: object, lines: str
) -> bytes:
    kind = value.media_type if isinstance(value, Content) else written(media_type)
    header_value("the type of a file", kind)
    names = f'name="{_marked(name)}"; filename="{_marked(written(filename))}"'
    header = f"Content-Disposition: form-data; {names}\r\nContent-Type: {kind}{lines}"
    return b"\r\n\r\n".join((encoded(header), _part_bytes(value)))


def _part_bytes(value: object) -> bytes:
    match value:
        case Content():
            return value.data
        case bytes():
            return value
        case _:
            return encoded(text_of(value))


def _marked(name: str) -> str:
    return name.translate(NAME_MARKS)
