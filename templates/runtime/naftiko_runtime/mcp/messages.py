"""Messages of MCP: which are valid, which are plain, and the results of tools.

The names and numbers are those of the official SDK. It isn't imported for them, because
a server mostly answers without it.
"""

import base64
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from ..errors import CallError, NaftikoError
from ..transport import KEPT, Reply, decoded_text
from ..values import DuplicateMemberError, JsonObject, json_bytes, parse_unambiguous

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""The revisions that begin with `initialize`; their results have the same members."""
UNNAMED = "2025-03-26"
"""The revision of an HTTP request that names none."""
MODERN = "2026-07-28"

META = "io.modelcontextprotocol/"
PROTOCOL_VERSION_META_KEY = f"{META}protocolVersion"
CLIENT_CAPABILITIES_META_KEY = f"{META}clientCapabilities"
CLIENT_INFO_META_KEY = f"{META}clientInfo"
SERVER_INFO_META_KEY = f"{META}serverInfo"

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
UNFORESEEN = "Internal error"

CALL = "tools/call"
INITIALIZE = "initialize"
INITIALIZED = "notifications/initialized"
DISCOVER = "server/discover"


Identity = int | str | None
"""The id of a message; a notification has none."""
IDENTITIES = (int, str)


class ProtocolError(NaftikoError):
    """An error of JSON-RPC, with the id of the message if the id can be read."""

    def __init__(self, code: int, message: str, identity: Identity = None) -> None:
        super().__init__(message)
        self.code, self.identity = code, identity

    def as_json(self) -> bytes:
        """Return the error response."""
        error = {"code": self.code, "message": str(self)}
        return json_bytes({"jsonrpc": "2.0", "id": self.identity, "error": error})


def read_message(body: bytes) -> JsonObject:
    """Return the message of JSON-RPC 2.0 in a body; raises ProtocolError."""
    try:
        message = parse_unambiguous(body)
    except DuplicateMemberError:
        fault = "an object names a member twice"
        raise ProtocolError(INVALID_REQUEST, fault, _only_id(body)) from None
    except ValueError:
        fault = "the message must be JSON of at most 200 levels and of finite numbers"
        raise ProtocolError(PARSE_ERROR, fault) from None
    if not isinstance(message, dict):
        fault = "the message must be one object, not a batch"
        raise ProtocolError(INVALID_REQUEST, fault)
    if type(message.get("id", "")) not in IDENTITIES:
        raise ProtocolError(INVALID_REQUEST, "an id must be a string or an integer")
    identity = message.get("id")
    if message.get("jsonrpc") != "2.0":
        fault = 'the member jsonrpc must be "2.0"'
        raise ProtocolError(INVALID_REQUEST, fault, identity)
    has_method = isinstance(message.get("method"), str)
    if not has_method and message.keys().isdisjoint(("result", "error")):
        fault = "a message must have a method, which is a string, a result or an error"
        raise ProtocolError(INVALID_REQUEST, fault, identity)
    return message


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


# --- plain requests ---

REQUEST = {"jsonrpc", "id", "method", "params"}
PARAMS = {
    CALL: {"name", "arguments", "_meta"},
    INITIALIZE: {"protocolVersion", "capabilities", "clientInfo"},
    INITIALIZED: frozenset[str](),
}
"""The parameters of methods; others have only `_meta`."""
ONLY_META = {"_meta"}
NO_META: JsonObject = {}
ENVELOPE = {
    PROTOCOL_VERSION_META_KEY,
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
}
CAPABILITIES: dict[str, tuple[JsonObject, ...]] = {
    "roots": ({}, {"listChanged": True}, {"listChanged": False}),
    "sampling": ({},),
    "elicitation": ({}, {"form": {}}, {"form": {}, "url": {}}),
}
"""The capabilities of common clients; no answer depends on them."""
CLIENT_NAMES = {"name", "version"}
CLIENT_TEXTS = {*CLIENT_NAMES, "title", "description", "websiteUrl"}
ONLY_TEXTS = {str}


class PlainRequest(NamedTuple):
    """A request that can be answered without the SDK; a notification has no id.

    `revision` is the modern one if the request names it, else empty.
    """

    id: Identity
    method: str
    params: JsonObject
    revision: str


def plain_request(body: bytes) -> PlainRequest | None:
    """Parse a message; return None unless it has the form that common clients send.

    Any other message goes unchanged to the SDK, which refuses invalid ones. So a check
    that is too strict costs time, never correctness.
    """
    try:
        message = read_message(body)
    except ProtocolError:
        return None
    method, params = message.get("method", ""), message.get("params", {})
    if not (
        message.keys() <= REQUEST
        and ("id" in message) != (method == INITIALIZED)
        and is_identity(message.get("id", ""))
        and isinstance(params, dict)
        and params.keys() <= PARAMS.get(method, ONLY_META)
        and isinstance(params.get("_meta", NO_META), dict)
        and _has_parameters(method, params)
    ):
        return None
    meta = params.get("_meta", NO_META)
    if not is_identity(meta.get("progressToken", "")):
        return None
    if any(name.startswith(META) for name in meta.keys() - ENVELOPE):
        return None
    if ENVELOPE.isdisjoint(meta):
        return PlainRequest(message.get("id"), method, params, "")
    if not _is_envelope(meta):
        return None
    return PlainRequest(message.get("id"), method, params, MODERN)


def is_identity(identity: Any) -> bool:
    """Return whether a value of JSON is a valid id that orjson can write."""
    kind = type(identity)
    return kind is str or (kind is int and abs(identity) < 2**63)


def _has_parameters(method: str, params: JsonObject) -> bool:
    if method == CALL:
        has_arguments = isinstance(params.get("arguments", {}), dict)
        return isinstance(params.get("name"), str) and has_arguments
    if method == INITIALIZE:
        return (
            params.get("protocolVersion") in LEGACY
            and _are_capabilities(params.get("capabilities"))
            and _is_client(params.get("clientInfo"))
        )
    return True


def _are_capabilities(capabilities: Any) -> bool:
    return isinstance(capabilities, dict) and all(
        value in CAPABILITIES.get(name, ()) for name, value in capabilities.items()
    )


def _is_envelope(envelope: JsonObject) -> bool:
    client = envelope.get(CLIENT_INFO_META_KEY)
    return (
        envelope.get(PROTOCOL_VERSION_META_KEY) == MODERN
        and _are_capabilities(envelope.get(CLIENT_CAPABILITIES_META_KEY))
        and (client is None or _is_client(client))
    )


def _is_client(client: Any) -> bool:
    return (
        isinstance(client, dict)
        and CLIENT_NAMES <= client.keys() <= CLIENT_TEXTS
        and set(map(type, client.values())) == ONLY_TEXTS
    )


# --- results of tools ---

Members = tuple[bytes, ...]
"""The members of a result, as pieces of JSON: a long text is copied once."""
ERROR_LIMIT = 64 * 1024
OCTETS = "application/octet-stream"
BYTES = re.compile(r"(?i)(image|audio|video|font)/(?!.*\bxml\b)")
"""Media types of bytes, also if these can be read as text."""
PICTURES = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/jpg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
}
"""The pictures that models see, by the types that APIs send; clients drop others."""


class Binary(NamedTuple):
    """A body that isn't text: a URI, its media type, and its bytes.

    Clients get a picture or a sound as such, and other bytes as a resource.
    """

    uri: str
    media_type: str
    body: bytes

    def __str__(self) -> str:
        """Return the media type and the size."""
        return f"{self.media_type}, {len(self.body):,} bytes"

    @property
    def contents(self) -> Iterator[JsonObject]:
        """Yield the contents of a result.

        A text is first unless the bytes are a picture: some clients show nothing else.
        """
        blob, kind = base64.b64encode(self.body).decode(), self.media_type.lower()
        if kind in PICTURES:
            yield {"type": "image", "data": blob, "mimeType": PICTURES[kind]}
        elif kind.startswith("audio/"):
            words = f"{self}, as the audio content of this result"
            yield {"type": "text", "text": words}
            yield {"type": "audio", "data": blob, "mimeType": kind}
        else:
            words = f"{self}, in base64 as the embedded resource {self.uri}"
            yield {"type": "text", "text": f"{words} of this result"}
            resource = {"uri": self.uri, "mimeType": self.media_type, "blob": blob}
            yield {"type": "resource", "resource": resource}


def result(tool: str, reply: Reply) -> Members:
    """Return the result for a tool's reply; an upstream status from 400 is an error."""
    if not reply.ok:
        return _members(refusal_text(reply), is_error=True)
    # Some clients refuse an empty text, and a model takes it for a failure.
    content = content_of(tool, reply) or _status_line(reply)
    return _members(content, reply.structured or b"")


def failure(error: CallError) -> Members:
    """Return the result for a call without a reply."""
    return _members(failure_text(error), is_error=True)


def _members(
    content: str | Binary, output: bytes = b"", *, is_error: bool = False
) -> Members:
    if isinstance(content, str):
        start, document = b'"content":[{"type":"text","text":', orjson.dumps(content)
        end = b"}]"
    else:
        start, document, end = b'"content":', orjson.dumps([*content.contents]), b""
    flag = b',"isError":true' if is_error else b',"isError":false'
    name = b',"structuredContent":' if output else b""
    return start, document, end, flag, name, output


def content_of(tool: str, reply: Reply) -> str | Binary:
    """Return the body of a tool's reply: a text, or bytes."""
    words = None if reply.is_binary and reply.body else text_of(reply)
    if words is not None:
        return words
    return Binary(f"result://{tool}", media_type_of(reply) or OCTETS, reply.body)


def media_type_of(reply: Reply) -> str | None:
    """Return the media type that a reply has without its parameters."""
    media_type = (reply.header(b"content-type") or "").partition(";")[0].strip()
    return media_type or None


def failure_text(error: CallError) -> str:
    """Return the text for a call without a reply."""
    message = f"{error.status} {error.title}: {error.detail}"
    if error.retry_after is not None:
        message += f"\nRetry-After: {error.retry_after}"
    return message


def refusal_text(reply: Reply) -> str:
    """Return an error text: the upstream's status, `Retry-After` and body."""
    lines = [_status_line(reply)]
    if reply.status == 401:
        lines.append("The upstream API refused the credential of this server.")
    retry_after = reply.header(b"retry-after")
    if retry_after:
        lines.append(f"Retry-After: {retry_after}")
    body = text_of(reply)
    if body is None:
        body = f"({len(reply.body)} bytes that are not text)"
    body = body[:ERROR_LIMIT].encode()[:ERROR_LIMIT].decode(errors="ignore")
    return "\n".join([*lines, body]).rstrip()


def _status_line(reply: Reply) -> str:
    try:
        return f"HTTP {reply.status} {HTTPStatus(reply.status).phrase}"
    except ValueError:
        return f"HTTP {reply.status}"


@lru_cache(KEPT)
def _is_bytes(content_type: str) -> bool:
    return BYTES.match(content_type) is not None


def text_of(reply: Reply) -> str | None:
    """Decode a body in its charset, UTF-8 by default; None if it isn't text."""
    content_type = reply.header(b"content-type") or ""
    if reply.body and _is_bytes(content_type):
        return None
    try:
        text = decoded_text(reply.body, content_type)
    except ValueError:
        return None
    return None if "\0" in text else text
