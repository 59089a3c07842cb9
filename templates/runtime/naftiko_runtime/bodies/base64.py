"""Inputs that are bytes in base64."""

import base64
from typing import Any

from ..inputs import Kind


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
