"""Bodies of requests that are text: plain, XML, GraphQL or base64."""

import base64
import re
from typing import Any
from xml.sax.saxutils import escape

from .errors import InvalidInputError
from .inputs import JsonType
from .transport import Content
from .values import json_bytes, parse_unambiguous, text_of

# Characters that XML forbids, even as a character reference.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

NAME = re.compile("[_A-Za-z][_0-9A-Za-z]*")
# Text that is written without quotes: a number, an enum value or field names.
BARE = re.compile(rf"-?[0-9]+(\.[0-9]+)?|{NAME.pattern}([\s,]+{NAME.pattern})*")


def text_body(media_type: str, text: object) -> Content | None:
    """Return a body of UTF-8 text, or None if there is no text.

    Raises InvalidInputError for a list or an object as XML: it would be sent as JSON.
    """
    if media_type.endswith("xml") and isinstance(text, (dict, list)):
        raise InvalidInputError("the request body", "must be a text of XML")
    return None if text is None else Content(encoded(text_of(text)), media_type)


def bytes_body(media_type: str, value: object) -> Content | None:
    """Return a body of bytes; `Content` keeps its own media type."""
    if isinstance(value, Content):
        return value
    if isinstance(value, bytes):
        return Content(value, media_type)
    return text_body(media_type, value)


def bare_media_type(value: object) -> str | None:
    """Return a media type in lower case, without its parameters."""
    return None if value is None else text_of(value).partition(";")[0].strip().lower()


def written(*parts: object) -> str:
    """Join values as text; None is empty text."""
    return "".join("" if part is None else text_of(part) for part in parts)


def items_of(value: object) -> list[object]:
    """Return the items of a list, one item for another value, none for None."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def encoded(text: str) -> bytes:
    """Encode text as UTF-8; raises InvalidInputError for lone surrogates."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        fault = "must be valid Unicode text"
        raise InvalidInputError("the request body", fault) from None


def xml_escaped(value: object) -> str:
    """Escape a value for an XML element or attribute."""
    text = written(value)
    if NO_XML.search(text):
        raise InvalidInputError("the request body", "must hold what XML can")
    return escape(text, {'"': "&quot;", "'": "&apos;"})


def listed_type(value: object, *listed: str) -> str | None:
    """Return the first of the listed types and ranges that has a media type."""
    media_type = bare_media_type(value)
    if media_type is None:
        return None
    return next((one for one in listed if _has(one, media_type)), None)


def _has(listed: str, media_type: str) -> bool:
    if listed == "*/*":
        return "/" in media_type
    start, star, end = listed.partition("*")
    if not star:
        return media_type == listed
    return media_type.startswith(start) and media_type.endswith(end)


def parsed(body: object) -> Any:
    """Return the value of a JSON body, which may be bytes."""
    if not isinstance(body, bytes):
        return body
    try:
        return parse_unambiguous(body)
    except ValueError:
        raise InvalidInputError("the request body", "must be JSON") from None


def graphql_text(value: object) -> str:
    """Escape a value for use inside quotes; None is empty text."""
    return "" if value is None else _quoted(text_of(value))[1:-1]


def graphql_block(value: object) -> str:
    """Escape a value for use inside triple quotes; None is empty text."""
    text = "" if value is None else text_of(value).replace('"""', '\\"""')
    # A quote or backslash at the end would change the meaning of the closing quotes.
    return f"{text} " if text.endswith(('"', "\\")) else text


def graphql_value(value: object) -> str:
    """Return a value for use outside quotes; None is null."""
    bare = isinstance(value, str) and BARE.fullmatch(value)
    return bare.group() if bare else _literal(value)


def _literal(value: object) -> str:
    match value:
        case dict():
            members = (f"{_name(key)}: {_literal(held)}" for key, held in value.items())
            return "{" + ", ".join(members) + "}"
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case _:
            return _quoted(value)


def _quoted(value: object) -> str:
    return json_bytes(value).decode()


def _name(key: str) -> str:
    if NAME.fullmatch(key):
        return key
    raise InvalidInputError("the request body", "must have names as keys")


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


# Texts that parsers of base64 accept (RFC 4648): groups of four, the last one padded.
PATTERN = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
BASE64 = JsonType(
    "bytes in base64",
    _is_base64,
    _checked,
    {
        "type": "string",
        "contentEncoding": "base64",
        "pattern": PATTERN,
        "description": "Bytes in base64.",
    },
)
"""The type of bytes in JSON: text, which `decoded` turns into bytes."""


def decoded(value: Any) -> Any:
    """Decode checked base64 text, or each item of a list."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    return None if value is None else _bytes(value)


def base64_body(media_type: str, value: object) -> Content | None:
    """Return a body of bytes, whose text in base64 no input has checked yet."""
    return None if value is None else Content(base64_bytes(value), media_type)


def base64_text(value: object) -> object:
    """Encode bytes as base64, or each item of a list."""
    match value:
        case list():
            return [base64_text(item) for item in value]
        case Content(data=data) | (bytes() as data):
            return base64.b64encode(data).decode()
        case _:
            return value


def base64_bytes(value: object) -> bytes:
    """Decode base64 text; raises InvalidInputError for other values."""
    if isinstance(value, str) and _is_base64(value):
        return _bytes(value)
    raise InvalidInputError("the request body", "must be bytes in base64")
