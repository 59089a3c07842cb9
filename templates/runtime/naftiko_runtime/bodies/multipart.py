"""Request bodies of `multipart/form-data` (RFC 7578)."""

import secrets
from collections.abc import Iterable
from itertools import chain

from ..reply import Content
from ..styles import deep_members
from ..values import header_value, text_of
from .text import encoded, items_of, written

NAME_MARKS = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def multipart_body(*groups: list[bytes]) -> Content:
    """Return `multipart/form-data` (RFC 7578) of parts with their headers."""
    # A random boundary can't occur in the content.
    boundary = secrets.token_hex(16)
    start = f"--{boundary}\r\n".encode()
    body = b"".join(start + part + b"\r\n" for part in chain(*groups))
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
) -> list[bytes]:
    """Return the part of a field: one for each item of a list, none for None."""
    text = f'Content-Disposition: form-data; name="{_marked(name)}"'
    text = f"{text}\r\nContent-Type: {media_type}" if media_type else text
    header = encoded(text + _header_lines(headers))
    return [b"\r\n\r\n".join((header, _part_bytes(item))) for item in items_of(value)]


def deep_parts(name: str, value: object) -> list[bytes]:
    """Return a part for each value in an object, called `name[member]`."""
    return [
        part
        for pair in deep_members(name, value).items()
        for part in field_parts(*pair)
    ]


def file_parts(
    name: str,
    value: object,
    filename: object,
    media_type: object,
    *,
    headers: PartHeaders = (),
) -> list[bytes]:
    """Return the part of a file: one for each item of a list, none for None."""
    lines = _header_lines(headers)
    return [
        _file_part(name, item, filename, media_type, lines) for item in items_of(value)
    ]


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
