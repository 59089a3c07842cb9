"""Messages of MCP: requests that are refused, and results of tools."""

import base64
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from starlette.types import Message, Receive

from ..errors import CallError, NaftikoError
from ..transport import KEPT, Reply, decoded_text
from ..values import (
    DuplicateMemberError,
    JsonObject,
    json_bytes,
    parse,
    parse_unambiguous,
)
from .revisions import (
    HEADER_MISMATCH,
    INVALID_REQUEST,
    PARSE_ERROR,
    PROTOCOL_VERSION_META_KEY,
)

RawHeaders = list[tuple[bytes, bytes]]
UNFORESEEN = "Internal error"
REVISION_HEADER = b"mcp-protocol-version"

ERROR_LIMIT = 64 * 1024
BYTES = re.compile(r"(?i)(image|audio|video|font)/(?!.*\bxml\b)")
"""Media types of bytes, also if these can be read as text."""


class Refusal(NamedTuple):
    """A JSON-RPC error, with the id of the message if the id can be read."""

    code: int
    message: str
    id: int | str | None = None

    def as_json(self) -> bytes:
        """Return the error response."""
        error = {"code": self.code, "message": self.message}
        return json_bytes({"jsonrpc": "2.0", "id": self.id, "error": error})


class MethodError(NaftikoError):
    """An error of JSON-RPC as the response to a request."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


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


async def received(receive: Receive, limit: int) -> tuple[Message, bytes]:
    """Receive a body, empty if it is incomplete, and a message that replays it.

    The pieces are joined at once: a message for each piece would need more memory.
    """
    message = await receive()
    if not message.get("more_body", False):
        return message, message.get("body", b"")
    pieces = bytearray(message.get("body", b""))
    while message.get("more_body", False) and len(pieces) < limit:
        message = await receive()
        pieces += message.get("body", b"")
    if message["type"] != "http.request":
        return message, b""
    body = bytes(pieces)
    ended = not message.get("more_body", False)
    return {**message, "body": body}, body if ended else b""


def replayed(message: Message, receive: Receive) -> Receive:
    """Return an ASGI `receive` that begins with a message received before."""
    waiting = iter((message,))

    async def replay() -> Message:
        first = next(waiting, None)
        return await receive() if first is None else first

    return replay


START = b'{"jsonrpc":"2.0","id":'
CONTENT = b',"result":{"content":'
ONLY_TEXT = CONTENT + b'[{"type":"text","text":'
OCTETS = "application/octet-stream"
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
            yield _text(f"{self}, as the audio content of this result")
            yield {"type": "audio", "data": blob, "mimeType": kind}
        else:
            resource = {"uri": self.uri, "mimeType": self.media_type, "blob": blob}
            place = f"the embedded resource {self.uri}"
            yield _text(f"{self}, in base64 as {place} of this result")
            yield {"type": "resource", "resource": resource}


class Result(NamedTuple):
    """The result of a tool call, in the terms of MCP."""

    content: str | Binary
    structured: bytes | None = None
    is_error: bool = False


def result(tool: str, reply: Reply) -> Result:
    """Return the result for a tool's reply; an upstream status from 400 is an error."""
    if not reply.ok:
        return Result(refusal_text(reply), is_error=True)
    # Some clients refuse an empty text, and a model takes it for a failure.
    return Result(content_of(tool, reply) or _status_line(reply), reply.structured)


def content_of(tool: str, reply: Reply) -> str | Binary:
    """Return the body of a tool's reply: a text, or bytes."""
    decoded = None if reply.is_binary and reply.body else text_of(reply)
    if decoded is not None:
        return decoded
    return Binary(f"result://{tool}", _media_type(reply), reply.body)


def is_untyped(reply: Reply) -> bool:
    """Return whether a body is bytes, and its media type says no more than that."""
    is_text = isinstance(content_of("", reply), str)
    return not is_text and _media_type(reply).lower() == OCTETS


def _media_type(reply: Reply) -> str:
    media_type = (reply.header(b"content-type") or "").partition(";")[0].strip()
    return media_type or OCTETS


def failure(error: CallError) -> Result:
    """Return the result for a call without a reply."""
    message = f"{error.status} {error.title}: {error.detail}"
    if error.retry_after is not None:
        message += f"\nRetry-After: {error.retry_after}"
    return Result(message, is_error=True)


def response(identity: int | str | None, outcome: Result, end: bytes) -> bytes:
    """Write the response with a tool's result, whose last members are `end`.

    A text is the usual content, and may be long: it is copied once.
    """
    content, structured, is_error = outcome
    if isinstance(content, str):
        start, document, stop = ONLY_TEXT, orjson.dumps(content), b"}]"
    else:
        start, document, stop = CONTENT, orjson.dumps([*content.contents]), b""
    flag = b',"isError":true' if is_error else b',"isError":false'
    own_id, output = orjson.dumps(identity), structured or b""
    name = b',"structuredContent":' if output else b""
    return b"".join((START, own_id, start, document, stop, flag, name, output, end))


def contents(outcome: Result) -> list[JsonObject]:
    """Return the contents of a result as JSON."""
    content = outcome.content
    return [_text(content)] if isinstance(content, str) else [*content.contents]


def _text(words: str) -> JsonObject:
    return {"type": "text", "text": words}


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
        decoded = decoded_text(reply.body, content_type)
    except ValueError:
        return None
    return None if "\0" in decoded else decoded
