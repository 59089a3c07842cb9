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

from ._callers import CALLER
from ._inputs import Arguments
from ._results import as_json, failure, result
from ._settings import Listener
from ._upstream import LEVELS, CallError, JsonObject, Reply, json_bytes, openings, parse

C = TypeVar("C")
Handler = Callable[[C, Arguments], Awaitable[Reply]]
Headers = dict[bytes, bytes]

LEGACY = b"2025-11-25"
MODERN = b"2026-07-28"
ACCEPTED = (b"application/json, text/event-stream", b"application/json", b"*/*")
LENGTH = re.compile(rb"[0-9]{1,6}")
BODY_LIMIT = 1_000_000
MIRRORED_NAME = re.compile("[A-Za-z0-9_.-]+")
META = "io.modelcontextprotocol/"
ENVELOPE = {
    f"{META}{key}" for key in ("protocolVersion", "clientCapabilities", "clientInfo")
}


class Tools(Protocol[C]):
    """What is needed of the server: its tools, and the client that they share."""

    name: str
    version: str
    handlers: Mapping[str, Handler[C]]

    @property
    def client(self) -> C | None:
        """Return the client; None if no call may be answered here."""


@dataclass(frozen=True, slots=True)
class PlainCall:
    """A request that may be answered here."""

    id: int | str
    name: str
    arguments: JsonObject


class DirectCalls:
    """Answers plain tool calls; hands everything else to the SDK's application."""

    def __init__(self, app: ASGIApp, tools: Tools[Any], listener: Listener) -> None:
        self._app = app
        self._tools = tools
        self._hosts = frozenset(listener.hosts)
        self._origins = frozenset(listener.origins)
        server = {"name": tools.name, "version": tools.version}
        meta = {f"{META}serverInfo": server}
        self._additions: dict[bytes, JsonObject] = {
            LEGACY: {},
            MODERN: {"resultType": "complete", "_meta": meta},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = self._headers(scope) if scope["type"] == "http" else None
        if headers is None:
            await self._app(scope, receive, send)
            return
        messages, body = await _received(receive)
        call = _plain_call(body, headers)
        CALLER.set(receive)
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
            and headers.get(b"host", b"").decode("latin-1") in self._hosts
            and (origin is None or origin.decode("latin-1") in self._origins)
            and headers.get(b"content-type") == b"application/json"
            # A body that is too long is refused before it has come.
            and LENGTH.fullmatch(headers.get(b"content-length", b"")) is not None
            and headers.get(b"accept") in ACCEPTED
            and headers.get(b"mcp-protocol-version") in self._additions
        )
        return headers if plain else None

    async def _answer(self, call: PlainCall, headers: Headers) -> bytes | None:
        """Perform a call; None if it is one that the SDK has to refuse."""
        handler = self._tools.handlers.get(call.name)
        client = self._tools.client
        if handler is None or client is None:
            return None
        try:
            reply = await handler(client, Arguments(call.arguments))
        except CallError as error:
            outcome = failure(error)
        else:
            outcome = result(call.name, reply)
        members = as_json(outcome) | self._additions[headers[b"mcp-protocol-version"]]
        identity = orjson.Fragment(json_bytes(call.id))
        return orjson.dumps({"jsonrpc": "2.0", "id": identity, "result": members})


def _plain_call(body: bytes, headers: Headers) -> PlainCall | None:
    """Read a JSON-RPC request; None unless it is exactly a plain tool call."""
    if openings(body) > LEVELS:
        return None
    try:
        message = parse(body)
    except ValueError:
        return None
    match message:
        case {
            "jsonrpc": "2.0",
            "id": int(id_) | str(id_),
            "method": "tools/call",
            "params": {"name": str(name), **others},
            **rest,
        } if not rest and not isinstance(id_, bool):
            arguments = others.pop("arguments", {})
            if isinstance(arguments, dict) and _is_complete(others, name, headers):
                return PlainCall(id_, name, arguments)
    return None


def _is_complete(others: Mapping[object, object], name: str, headers: Headers) -> bool:
    """Say whether the other parameters are what the revision asks for, and no more."""
    if headers[b"mcp-protocol-version"] == LEGACY:
        return not others
    match others:
        case {"_meta": {**envelope}, **rest} if not rest:
            return (
                envelope.keys() <= ENVELOPE
                and envelope.get(f"{META}protocolVersion") == MODERN.decode()
                and envelope.get(f"{META}clientCapabilities") == {}
                and _is_client(envelope.get(f"{META}clientInfo"))
                and headers.get(b"mcp-method") == b"tools/call"
                and headers.get(b"mcp-name") == name.encode()
                and MIRRORED_NAME.fullmatch(name) is not None
            )
    return False


def _is_client(client: object) -> bool:
    match client:
        case None:
            return True
        case {"name": str(), "version": str(), **others}:
            return not others
    return False


async def _received(receive: Receive) -> tuple[list[Message], bytes]:
    """Take in a body, nothing if it has no end; the messages are to be replayed."""
    messages = [await receive()]
    body: bytes = messages[0].get("body", b"")
    while messages[-1].get("more_body", False) and len(body) < BODY_LIMIT:
        messages.append(await receive())
        body += messages[-1].get("body", b"")
    ended = messages[-1]["type"] == "http.request" and not messages[-1].get("more_body")
    return messages, body if ended else b""


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
