"""Messages of MCP: requests and notifications of JSON-RPC, their forms, and errors.

Names and numbers equal those in the protocol and in the official SDK.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from ..errors import NaftikoError
from ..values import (
    DuplicateMemberError,
    JsonObject,
    json_bytes,
    parse_unambiguous,
    without_none,
)

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""The revisions that begin with `initialize`; their results have the same members."""
UNNAMED = "2025-03-26"
"""The revision of an HTTP request that names none."""
MODERN = "2026-07-28"

CALL = "tools/call"
INITIALIZE = "initialize"
DISCOVER = "server/discover"

META = "io.modelcontextprotocol/"
PROTOCOL_VERSION_META_KEY = f"{META}protocolVersion"
CLIENT_CAPABILITIES_META_KEY = f"{META}clientCapabilities"
SERVER_INFO_META_KEY = f"{META}serverInfo"

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
UNSUPPORTED_PROTOCOL_VERSION = -32022
UNFORESEEN = "Internal error"

Identity = int | str | None
"""The id of a message; a notification has none."""
IDENTITIES = (int, str)


class ProtocolError(NaftikoError):
    """An error of JSON-RPC, with the id of the message if the id can be read.

    `data` tells the reason to programs or people.
    """

    def __init__(
        self, code: int, message: str, identity: Identity = None, data: Any = None
    ) -> None:
        super().__init__(message)
        self.code, self.identity, self.data = code, identity, data

    def as_json(self) -> bytes:
        """Return the error response."""
        error = without_none(code=self.code, message=str(self), data=self.data)
        return json_bytes({"jsonrpc": "2.0", "id": self.identity, "error": error})


class Request(NamedTuple):
    """A message that gets a response."""

    id: int | str
    method: str
    params: JsonObject


class Notification(NamedTuple):
    """A message that gets no response."""

    method: str
    params: JsonObject


class ClientResponse(NamedTuple):
    """A response of the client; servers ask clients nothing, so none is awaited."""


Message = Request | Notification | ClientResponse


def read_message(body: bytes) -> Message:
    """Return the message of JSON-RPC 2.0 in a body; raises ProtocolError."""
    try:
        members = parse_unambiguous(body)
    except DuplicateMemberError:
        fault = "an object names a member twice"
        raise ProtocolError(INVALID_REQUEST, fault, _only_id(body)) from None
    except ValueError:
        fault = "the message must be JSON of at most 200 levels and of finite numbers"
        raise ProtocolError(PARSE_ERROR, fault) from None
    if not isinstance(members, dict):
        fault = "the message must be one object, not a batch"
        raise ProtocolError(INVALID_REQUEST, fault)
    if type(members.get("id", "")) not in IDENTITIES:
        raise ProtocolError(INVALID_REQUEST, "an id must be a string or an integer")
    identity = members.get("id")
    if members.get("jsonrpc") != "2.0":
        fault = 'the member jsonrpc must be "2.0"'
        raise ProtocolError(INVALID_REQUEST, fault, identity)
    return _message(identity, members)


def _message(identity: Identity, members: JsonObject) -> Message:
    """Return the message with these members; raises ProtocolError."""
    method, params = members.get("method"), members.get("params")
    if not isinstance(method, str):
        if identity is not None and _is_response(members):
            return ClientResponse()
        fault = "a message must have a method, which is a string, a result or an error"
        raise ProtocolError(INVALID_REQUEST, fault, identity)
    if "result" in members or "error" in members:
        fault = "a message must be a request or a response, not both"
        raise ProtocolError(INVALID_REQUEST, fault, identity)
    if params is None:
        params = {}
    if not isinstance(params, dict):
        raise ProtocolError(INVALID_REQUEST, "params must be an object", identity)
    if identity is None:
        return Notification(method, params)
    return Request(identity, method, params)


def _is_response(members: JsonObject) -> bool:
    error, shape = members.get("error"), {"code": INTEGER, "message": TEXT}
    return isinstance(members.get("result"), dict) or not misfit("error", error, shape)


def _only_id(body: bytes) -> Identity:
    """Return the id of a message with duplicate members, if the id itself is unique."""
    try:
        message = json.loads(body, object_pairs_hook=tuple)
    except ValueError:  # `json` reads integers of at most 4,300 digits
        return None
    # Objects are parsed to tuples; an array is a list, which has no members.
    members = message if isinstance(message, tuple) else ()
    ids = [value for name, value in members if name == "id"]
    return ids[0] if len(ids) == 1 and type(ids[0]) in IDENTITIES else None


# --- the forms of parameters ---


class Kind(NamedTuple):
    """A kind of values, in words for messages."""

    words: str
    accepts: Callable[[Any], bool]


Shape: TypeAlias = "Kind | Mapping[str, Shape]"
"""A kind, or the members of an object: one whose name ends with `?` may be absent.

Other members may have any value: no response depends on them.
"""


def _is_texts(value: Any) -> bool:
    is_object = isinstance(value, dict)
    return is_object and all(isinstance(text, str) for text in value.values())


TEXT = Kind("a text", lambda value: isinstance(value, str))
INTEGER = Kind("an integer", lambda value: type(value) is int)
OBJECT = Kind("an object", lambda value: isinstance(value, dict))
TEXTS = Kind("an object of texts", _is_texts)
ENVELOPE: Mapping[str, Shape] = {
    PROTOCOL_VERSION_META_KEY: TEXT,
    CLIENT_CAPABILITIES_META_KEY: OBJECT,
}
"""The `_meta` of each request of the modern revision."""


def misfit(path: str, value: Any, shape: Shape) -> str:
    """Return why a value hasn't a shape, empty if it has."""
    if isinstance(shape, Kind):
        return "" if shape.accepts(value) else f"{path} must be {shape.words}"
    if not isinstance(value, dict):
        return f"{path} must be an object"
    for name, part in shape.items():
        key = name.removesuffix("?")
        if key is not name and value.get(key) is None:
            continue
        if key not in value:
            return f"{path}.{key} is required"
        if fault := misfit(f"{path}.{key}", value[key], part):
            return fault
    return ""


# --- the envelope of the modern revision ---


def has_envelope(message: Request | Notification) -> bool:
    """Return whether a message names its revision: messages of the newest one do."""
    meta = message.params.get("_meta")
    return isinstance(meta, dict) and PROTOCOL_VERSION_META_KEY in meta


def check_envelope(request: Request) -> None:
    """Raise ProtocolError unless a request has both members of an envelope."""
    meta, keys = request.params.get("_meta"), tuple(ENVELOPE)
    if not isinstance(meta, dict):
        fault = "params._meta must be an object carrying the required {!r} and {!r}"
        text = f"{fault.format(*keys)} envelope keys"
        raise ProtocolError(INVALID_PARAMS, text, request.id)
    if missing := ", ".join(key for key in keys if key not in meta):
        text = f"params._meta is missing the required envelope key(s): {missing}"
        raise ProtocolError(INVALID_PARAMS, text, request.id)


def check_revision(revision: Any, identity: Identity) -> None:
    """Raise ProtocolError unless a revision is the modern one."""
    if not isinstance(revision, str):
        fault = "the protocol-version envelope value must be a string"
        raise ProtocolError(INVALID_PARAMS, fault, identity)
    if revision != MODERN:
        data = {"supported": [MODERN], "requested": revision}
        fault = "Unsupported protocol version"
        raise ProtocolError(UNSUPPORTED_PROTOCOL_VERSION, fault, identity, data)
