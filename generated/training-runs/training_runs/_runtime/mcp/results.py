"""Results of tool calls: text or bytes, perhaps with an object, or an error."""

import base64
import re
from http import HTTPStatus
from typing import NamedTuple

import orjson

from ..charsets import text
from ..errors import CallError
from ..json import JsonObject
from ..reply import Reply

ERROR_LIMIT = 64 * 1024
BYTES = re.compile(r"(?i)(image|audio|video|font)/(?!.*\bxml\b)")
"""Media types of bytes, also if these can be read as text."""


class Binary(NamedTuple):
    """A body that isn't text: a URI, its media type, and its bytes in base64.

    Clients get a picture or a sound as such, and other bytes as a resource.
    """

    uri: str
    media_type: str
    blob: str

    @property
    def kind(self) -> str:
        """Return the type of the content: `image`, `audio` or `resource`."""
        kind = self.media_type.partition("/")[0].lower()
        return kind if kind in ("image", "audio") else "resource"


class Result(NamedTuple):
    """The result of a tool call, in the terms of MCP."""

    content: str | Binary
    structured: bytes | None = None
    is_error: bool = False


def result(tool: str, reply: Reply) -> Result:
    """Return the result for a tool's reply; an upstream status from 400 is an error."""
    if not reply.ok:
        return Result(refusal_text(reply), is_error=True)
    decoded = None if reply.is_binary and reply.body else text_of(reply)
    content = _binary(tool, reply) if decoded is None else decoded
    return Result(content, reply.structured)


def failure(error: CallError) -> Result:
    """Return the result for a call without a reply."""
    message = f"{error.status} {error.title}: {error.detail}"
    if error.retry_after is not None:
        message += f"\nRetry-After: {error.retry_after}"
    return Result(message, is_error=True)


def as_json(outcome: Result) -> JsonObject:
    """Return the JSON object of a result, for orjson."""
    members = {"content": [_content(outcome.content)], "isError": outcome.is_error}
    if outcome.structured is not None:
        members["structuredContent"] = orjson.Fragment(outcome.structured)
    return members


def _content(content: str | Binary) -> JsonObject:
    if isinstance(content, str):
        return {"type": "text", "text": content}
    media_type = {"mimeType": content.media_type}
    if content.kind != "resource":
        return {"type": content.kind, "data": content.blob, **media_type}
    resource = {"uri": content.uri, **media_type, "blob": content.blob}
    return {"type": "resource", "resource": resource}


def refusal_text(reply: Reply) -> str:
    """Return an error text: the upstream's status, `Retry-After` and body."""
    try:
        lines = [f"HTTP {reply.status} {HTTPStatus(reply.status).phrase}"]
    except ValueError:
        lines = [f"HTTP {reply.status}"]
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


def text_of(reply: Reply) -> str | None:
    """Decode a body in its charset, UTF-8 by default; None if it isn't text."""
    if reply.body and BYTES.match(reply.header(b"content-type") or ""):
        return None
    try:
        decoded = text(reply)
    except ValueError:
        return None
    return None if "\0" in decoded else decoded


def _binary(tool: str, reply: Reply) -> Binary:
    media_type = (reply.header(b"content-type") or "").partition(";")[0].strip()
    return Binary(
        uri=f"result://{tool}",
        media_type=media_type or "application/octet-stream",
        blob=base64.b64encode(reply.body).decode(),
    )
