"""JSON-RPC messages that are refused before the SDK reads them.

The SDK takes a little more than JSON, JSON-RPC and MCP allow, and other programs on the
way to it may read such messages otherwise.
"""

import json
from typing import Any, NamedTuple

from ._json import DuplicateMemberError, json_bytes, parse, parse_unambiguous

RawHeaders = list[tuple[bytes, bytes]]

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
UNFORESEEN = "Internal error"
REVISION = "io.modelcontextprotocol/protocolVersion"
REVISION_HEADER = b"mcp-protocol-version"


class Refusal(NamedTuple):
    """An error of JSON-RPC, with the id of the message if that can be read."""

    code: int
    message: str
    id: int | str | None = None

    def as_json(self) -> bytes:
        """Return the answer."""
        error = {"code": self.code, "message": self.message}
        return json_bytes({"jsonrpc": "2.0", "id": self.id, "error": error})


def refusal(body: bytes) -> Refusal | None:
    """Say why a message is refused, whatever it was sent by; None if it isn't."""
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
    return None


def mismatch(body: bytes, headers: RawHeaders) -> Refusal | None:
    """Refuse a message whose envelope names another revision than its headers."""
    message = parse(body)
    try:
        named = message["params"]["_meta"][REVISION]
    except (KeyError, TypeError):
        return None
    if [str(named).encode()] == [v for name, v in headers if name == REVISION_HEADER]:
        return None
    fault = f"MCP-Protocol-Version must be what {REVISION} says"
    return Refusal(HEADER_MISMATCH, fault, message.get("id"))


def is_json(headers: RawHeaders) -> bool:
    """Say whether the body is announced once, as JSON and nothing else."""
    kinds = [value for name, value in headers if name == b"content-type"]
    media_types = [kind.partition(b";")[0].strip().lower() for kind in kinds]
    return media_types == [b"application/json"]


def is_too_long(headers: RawHeaders, limit: int) -> bool:
    """Say whether the body is announced to exceed the limit."""
    lengths = [value for name, value in headers if name == b"content-length"]
    return any(value.isdigit() and int(value[:20]) > limit for value in lengths)


def _only_id(body: bytes) -> int | str | None:
    """Return the id of a message in which something is there twice, but not the id."""
    try:
        message = json.loads(body, object_pairs_hook=tuple)
    except ValueError:  # it reads integers of 4,300 digits at most
        return None
    # An array is a list, and has no members.
    members = message if isinstance(message, tuple) else ()
    ids = [value for name, value in members if name == "id"]
    return ids[0] if len(ids) == 1 and _is_id(ids[0]) else None


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)
