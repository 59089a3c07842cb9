"""Inputs that are bytes in base64."""

import base64
from typing import Any

from ..errors import InvalidInputError
from ..inputs import JsonType
from ..reply import Content


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
