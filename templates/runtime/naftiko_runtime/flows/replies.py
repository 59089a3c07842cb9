"""Replies with values that functions compose."""

from typing import Any

from ..json import json_bytes
from ..reply import Reply

JSON = ((b"content-type", b"application/json"),)


def composed(value: Any) -> Reply:
    """Return the reply whose body is a value as JSON."""
    body = json_bytes(value)
    structured = body if isinstance(value, dict) else b'{"result":' + body + b"}"
    return Reply(200, JSON, body, structured)
