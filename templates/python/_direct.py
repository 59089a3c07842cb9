"""A short way for plain tool calls over HTTP, in front of the SDK's application.

A `tools/call` of the form that clients send is answered here. Every other request, and
every one that fails a check, goes to the SDK untouched: it alone refuses.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._inputs import Arguments
from ._results import Binary, Result, failure, result
from ._settings import Listener
from ._upstream import (
    LONG_NUMBER,
    CallError,
    InvalidInputError,
    Reply,
    json_bytes,
)

C = TypeVar("C")
Handler = Callable[[C, Arguments], Awaitable[Reply]]
Headers = dict[bytes, bytes]

BODY_LIMIT = 4 * 1024 * 1024
LEGACY = b"2025-11-25"
MODERN = b"2026-07-28"
CONTENT_TYPES = (b"application/json", b"application/json; charset=utf-8")
ACCEPTED = (
    b"application/json, text/event-stream",
    b"text/event-stream, application/json",
    b"application/json",
    b"*/*",
)
MIRRORED_NAME = re.compile("[A-Za-z0-9_.-]+")
META = "io.modelcontextprotocol/"


class Tools(Protocol[C]):
    """What is needed of the server: its tools, and the client when it has started."""

    name: str
    version: str
    handlers: Mapping[str, Handler[C]]
    client: C | None


@dataclass(frozen=True, slots=True)
class PlainCall:
    """A request that may be answered here."""

    id: int | str
    name: str
    arguments: dict[str, Any]


class DirectCalls:
    """Answers plain tool calls; hands everything else to the SDK's application."""

    def __init__(self, app: ASGIApp, tools: Tools[Any], listener: Listener) -> None:
        self._app = app
        self._tools = tools
        self._hosts = frozenset(host.encode() for host in listener.hosts)
        self._origins = frozenset(origin.encode() for origin in listener.origins)
        server = {"name": tools.name, "version": tools.version}
        modern = orjson.dumps({f"{META}serverInfo": server})
        self._endings = {
            LEGACY: b"}}",
            MODERN: b',"resultType":"complete","_meta":' + modern + b"}}",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = self._headers(scope) if scope["type"] == "http" else None
        if headers is None:
            await self._app(scope, receive, send)
            return
        messages, body = await _received(receive)
        call = _plain_call(body, headers)
        answer = await self._answer(call, headers) if call else None
        if answer is None:
            await self._app(scope, _replayed(messages, receive), send)
        else:
            await _send(send, answer)

    def _headers(self, scope: Scope) -> Headers | None:
        """Return the headers if they are a plain call's from an allowed place."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        plain = (
            scope["method"] == "POST"
            and scope["path"] == "/mcp"
            and len(headers) == len(scope["headers"])
            and headers.get(b"host") in self._hosts
            and (origin is None or origin in self._origins)
            and headers.get(b"content-type") in CONTENT_TYPES
            and headers.get(b"accept") in ACCEPTED
            and headers.get(b"mcp-protocol-version") in self._endings
            and b"mcp-session-id" not in headers
            and not any(name.startswith(b"mcp-param-") for name in headers)
        )
        return headers if plain else None

    async def _answer(self, call: PlainCall, headers: Headers) -> bytes | None:
        """Perform a call; None if it is one that the SDK has to refuse."""
        handler = self._tools.handlers.get(call.name)
        if handler is None or self._tools.client is None:
            return None
        try:
            reply = await handler(self._tools.client, Arguments(call.arguments))
        except InvalidInputError:
            return None  # nothing was sent yet
        except CallError as error:
            outcome = failure(error)
        else:
            outcome = result(call.name, reply)
        ending = self._endings[headers[b"mcp-protocol-version"]]
        start = b'{"jsonrpc":"2.0","id":' + orjson.dumps(call.id) + b',"result":{'
        return start + _members(outcome) + ending


def _plain_call(body: bytes, headers: Headers) -> PlainCall | None:
    """Read a JSON-RPC request; None unless it is exactly a plain tool call."""
    if len(body) > BODY_LIMIT or LONG_NUMBER.search(body):
        return None
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    match message:
        case {
            "jsonrpc": "2.0",
            "id": int(id_) | str(id_),
            "method": "tools/call",
            "params": {"name": str(name), "arguments": dict(arguments), **others},
        } if len(message) == 4 and not isinstance(id_, bool):
            if _is_complete(others, name, headers):
                return PlainCall(id_, name, arguments)
    return None


def _is_complete(others: Mapping[object, object], name: str, headers: Headers) -> bool:
    """Say whether the other parameters are what the revision asks for, and no more."""
    if headers[b"mcp-protocol-version"] == LEGACY:
        return not others
    match others:
        case {"_meta": {**envelope}} if len(others) == 1:
            return (
                envelope.pop(f"{META}protocolVersion", None) == MODERN.decode()
                and envelope.pop(f"{META}clientCapabilities", None) == {}
                and _is_client(envelope.pop(f"{META}clientInfo", None))
                and not envelope
                and headers.get(b"mcp-method") == b"tools/call"
                and headers.get(b"mcp-name") == name.encode()
                and MIRRORED_NAME.fullmatch(name) is not None
            )
    return False


def _is_client(client: object) -> bool:
    if not isinstance(client, dict):
        return client is None
    named = client.keys() == {"name", "version"}
    return named and all(isinstance(value, str) for value in client.values())


def _members(outcome: Result) -> bytes:
    """Return the members of a result, in one JSON encoding of its text."""
    members = b'"content":[' + _content(outcome.content) + b"]"
    if outcome.structured is not None:
        members += b',"structuredContent":' + json_bytes(outcome.structured)
    return members + (b',"isError":true' if outcome.is_error else b',"isError":false')


def _content(content: str | Binary) -> bytes:
    if isinstance(content, str):
        return b'{"type":"text","text":' + orjson.dumps(content) + b"}"
    resource = {
        "uri": content.uri,
        "mimeType": content.media_type,
        "blob": content.blob,
    }
    return orjson.dumps({"type": "resource", "resource": resource})


async def _received(receive: Receive) -> tuple[list[Message], bytes]:
    """Take in a body, up to the limit; the messages are kept to be replayed."""
    messages = [await receive()]
    body: bytes = messages[0].get("body", b"")
    while messages[-1].get("more_body", False) and len(body) <= BODY_LIMIT:
        messages.append(await receive())
        body += messages[-1].get("body", b"")
    return messages, body


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(messages)

    async def replay() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return replay


async def _send(send: Send, answer: bytes) -> None:
    length = b"%d" % len(answer)
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
