"""Structured outputs of responses that pass unchanged."""

from collections.abc import Callable
from typing import Any

from ..charsets import utf8
from ..json import json_bytes, parse
from ..reply import Reply


def structured(reply: Reply, accepts: Callable[[Any], bool]) -> Reply:
    """Return a successful reply with its body as the structured output.

    The output is the body itself if it is an object that `accepts` takes. Otherwise it
    is an object with the body as its member `result`: a value of JSON, or a text.
    """
    if not reply.ok:
        return reply
    if not reply.body or reply.status == 304:
        return reply._replace(structured=_result(b"null"))
    body = utf8(reply)
    try:
        document = parse(body)
    except ValueError:
        return reply._replace(structured=_result(_quoted(body)))
    is_output = isinstance(document, dict) and accepts(document)
    return reply._replace(structured=body if is_output else _result(body))


def _quoted(body: bytes) -> bytes:
    """Return a body that isn't JSON as a JSON string."""
    return json_bytes(body.decode(errors="replace"))


def _result(document: bytes) -> bytes:
    return b'{"result":' + document + b"}"
