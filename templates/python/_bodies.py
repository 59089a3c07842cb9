"""Builds request bodies that aren't JSON: text, bytes and forms."""

import base64
import re
import secrets
from itertools import chain
from typing import Any
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

from ._inputs import Kind
from ._upstream import (
    FORM,
    Content,
    InvalidInputError,
    JsonObject,
    header_value,
    text_of,
)

NAME_MARKS = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
# Characters that XML forbids, even as a character reference.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _is_base64(value: Any) -> bool:
    try:
        return isinstance(value, str) and _bytes(value) is not None
    except ValueError:
        return False


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _checked(text: str) -> str:
    _bytes(text)
    return text


BASE64 = Kind("bytes in base64", _is_base64, _checked)


def decoded(value: Any) -> Any:
    """Decode checked base64 text, or each item of a list."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    return None if value is None else _bytes(value)


# --- text and bytes ---


def text_body(media_type: str, text: object) -> Content | None:
    """Return a body of UTF-8 text, or None if there is no text."""
    return None if text is None else Content(_encoded(text_of(text)), media_type)


def bytes_body(media_type: str, value: object) -> Content | None:
    """Return a body of bytes; `Content` keeps its own media type."""
    if isinstance(value, Content):
        return value
    if isinstance(value, bytes):
        return Content(value, media_type)
    return text_body(media_type, value)


def written(*parts: object) -> str:
    """Join values as text; None is empty text."""
    return "".join("" if part is None else text_of(part) for part in parts)


def xml_escaped(value: object) -> str:
    """Escape a value for an XML element or attribute."""
    text = written(value)
    if NO_XML.search(text):
        raise InvalidInputError("the request body", "must hold what XML can")
    return escape(text, {'"': "&quot;", "'": "&apos;"})


def form_escaped(value: object) -> str:
    """Percent-encode a value for a URL-encoded form."""
    return quote_plus(_encoded(written(value)))


# --- forms ---


def form_body(form: JsonObject | str | None) -> Content | None:
    """Return a URL-encoded body: it omits None and repeats the name for a list."""
    if not isinstance(form, dict):
        return text_body(FORM, form)
    pairs = (
        f"{form_escaped(name)}={form_escaped(item)}"
        for name, value in form.items()
        for item in _each(value)
    )
    return Content("&".join(pairs).encode(), FORM)


def multipart_body(*groups: list[bytes]) -> Content:
    """Return `multipart/form-data` (RFC 7578) of parts with their headers."""
    # A random boundary can't occur in the content.
    boundary = secrets.token_hex(16)
    start = f"--{boundary}\r\n".encode()
    body = b"".join(start + part + b"\r\n" for part in chain(*groups))
    media_type = f"multipart/form-data; boundary={boundary}"
    return Content(body + f"--{boundary}--\r\n".encode(), media_type)


def field_parts(name: str, value: object) -> list[bytes]:
    """Return the part of a field: one for each item of a list, none for None."""
    header = _encoded(f'Content-Disposition: form-data; name="{_marked(name)}"')
    return [b"\r\n\r\n".join((header, _part_bytes(item))) for item in _each(value)]


def file_parts(
    name: str, value: object, filename: object, media_type: object
) -> list[bytes]:
    """Return the part of a file: one for each item of a list, none for None."""
    return [_file_part(name, item, filename, media_type) for item in _each(value)]


def _file_part(name: str, value: object, filename: object, media_type: object) -> bytes:
    kind = value.media_type if isinstance(value, Content) else written(media_type)
    header_value("the type of a file", kind)
    names = f'name="{_marked(name)}"; filename="{_marked(written(filename))}"'
    header = f"Content-Disposition: form-data; {names}\r\nContent-Type: {kind}"
    return b"\r\n\r\n".join((_encoded(header), _part_bytes(value)))


def _part_bytes(value: object) -> bytes:
    match value:
        case Content():
            return value.data
        case bytes():
            return value
        case _:
            return _encoded(text_of(value))


def _each(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _marked(name: str) -> str:
    return name.translate(NAME_MARKS)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        fault = "must be valid Unicode text"
        raise InvalidInputError("the request body", fault) from None
