"""Refuses invalid JSON-RPC messages before the SDK reads them.

The SDK accepts some messages that JSON, JSON-RPC or MCP forbid. Other programs between
the client and this server may interpret such messages differently.
"""

import json
from typing import Any, NamedTuple

from mcp.types import (
    HEADER_MISMATCH,
    INVALID_REQUEST,
    PARSE_ERROR,
    PROTOCOL_VERSION_META_KEY,
)

from ..json import DuplicateMemberError, json_bytes, parse, parse_unambiguous

RawHeaders = list[tuple[bytes, bytes]]
UNFORESEEN = "Internal error"
REVISION_HEADER = b"mcp-protocol-version"


class Refusal(NamedTuple):
    """A JSON-RPC error, with the id of the message if the id can be read."""

    code: int
    message: str
    id: int | str | None = None

    def as_json(self) -> bytes:
        """Return the error response."""
        error = {"code": self.code, "message": self.message}
        return json_bytes({"jsonrpc": "2.0", "id": self.id, "error": error})


def refusal(body: bytes) -> Refusal | None:
    """Return the refusal of an invalid message, or None if the message is valid."""
    try:
        message = parse_unambiguous(body)
    except DuplicateMemberError:
        fault = "an object names a member twice"
        return Refusal(INVALID_REQUEST, fault, _only_id(body))
    except ValueError:
        fault = "the message must be JSON of at most 200 levels and of finite numbers"
        return Refusal(PARSE_ERROR, fault)
    if not isinstance(message, dict):
        return Refusal(INVALID_REQUEST, "the message must be one object, not a batch")
    if "id" in message and not _is_id(message["id"]):
        return Refusal(INVALID_REQUEST, "an id must be a string or an integer")
    reason = _reason(message)
    return Refusal(INVALID_REQUEST, reason, message.get("id")) if reason else None


def _reason(message: dict[str, Any]) -> str | None:
    """Return the reason why an object is no message of JSON-RPC 2.0, if it isn't."""
    if message.get("jsonrpc") != "2.0":
        return 'the member jsonrpc must be "2.0"'
    is_response = "result" in message or "error" in message
    if not isinstance(message.get("method"), str) and not is_response:
        return "a message must have a method, which is a string, a result or an error"
    return None


def mismatch(body: bytes, headers: RawHeaders) -> Refusal | None:
    """Return a refusal if the message names another revision than the headers do."""
    message = parse(body)
    try:
        named = message["params"]["_meta"][PROTOCOL_VERSION_META_KEY]
    except (KeyError, TypeError):
        return None
    if [str(named).encode()] == [v for name, v in headers if name == REVISION_HEADER]:
        return None
    fault = f"MCP-Protocol-Version must be what {PROTOCOL_VERSION_META_KEY} says"
    return Refusal(HEADER_MISMATCH, fault, message.get("id"))


def is_json(headers: RawHeaders) -> bool:
    """Return whether the only Content-Type header is JSON."""
    kinds = [value for name, value in headers if name == b"content-type"]
    media_types = [kind.partition(b";")[0].strip().lower() for kind in kinds]
    return media_types == [b"application/json"]


def is_too_long(headers: RawHeaders, limit: int) -> bool:
    """Return whether a Content-Length header exceeds the limit."""
    lengths = [value for name, value in headers if name == b"content-length"]
    return any(value.isdigit() and int(value[:20]) > limit for value in lengths)


def _only_id(body: bytes) -> int | str | None:
    """Return the id of a message with duplicate members, if the id itself is unique."""
    try:
        message = json.loads(body, object_pairs_hook=tuple)
    except ValueError:  # `json` reads integers of at most 4,300 digits
        return None
    # Objects are parsed to tuples; an array is a list, which has no members.
    members = message if isinstance(message, tuple) else ()
    ids = [value for name, value in members if name == "id"]
    return ids[0] if len(ids) == 1 and _is_id(ids[0]) else None


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)
