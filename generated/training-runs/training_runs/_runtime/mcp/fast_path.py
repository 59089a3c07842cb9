"""A fast path for plain tool calls over HTTP, in front of the SDK's application.

This module responds to a `tools/call` in the form that common clients send. Any other
request, and any that fails a check, goes unchanged to the SDK, which refuses invalid
ones.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson
from mcp.types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    INTERNAL_ERROR,
    PROTOCOL_VERSION_META_KEY,
    SERVER_INFO_META_KEY,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.messages import SAFE, own_path
from ..observing.calls import (
    OBSERVERS,
    CalledOperation,
    know,
    note_fault,
    note_status,
    observed,
)
from ..transport import Reply
from ..upstream.deadlines import CALLER
from ..values import JsonObject, parse_unambiguous
from .messages import (
    UNFORESEEN,
    Refusal,
    as_json,
    failure,
    received,
    replayed,
    result,
)

C = TypeVar("C")
Handler = Callable[[C, JsonObject], Awaitable[Reply]]
Headers = dict[bytes, bytes]
LEGACY = b"2025-11-25"
MODERN = b"2026-07-28"
ACCEPTED = (b"application/json, text/event-stream", b"application/json", b"*/*")
LENGTH = re.compile(rb"[0-9]{1,6}")
BODY_LIMIT = 1_000_000
REQUEST = {"jsonrpc", "id", "method", "params"}
PARAMS = {"name", "arguments", "_meta"}
LOG = logging.getLogger(__name__)
TRACE = {"traceparent", "tracestate", "baggage"}
ENVELOPE = {
    PROTOCOL_VERSION_META_KEY,
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    *TRACE,
}


class Tools(Protocol[C]):
    """A server's tools, and the API client that they share."""

    name: str
    handlers: Mapping[str, Handler[C]]
    changing: frozenset[str]
    """The names of the tools that may change state."""

    def target(self, name: str, arguments: JsonObject) -> tuple[str, JsonObject]:
        """Return the tool that a call is for, and the arguments of that tool."""

    @property
    def server_info_stamp(self) -> JsonObject:
        """Return the `serverInfo` of each result, as the SDK has it."""

    @property
    def client(self) -> C | None:
        """Return the API client, or None if every call has to go through the SDK."""


class PlainCall(NamedTuple):
    """A tool call that the fast path can perform."""

    id: int | str
    name: str
    arguments: JsonObject
    meta: JsonObject | None


class DirectCalls:
    """ASGI middleware that performs plain tool calls without the SDK's application."""

    def __init__(self, app: ASGIApp, tools: Tools[Any]) -> None:
        self._app = app
        self._tools = tools
        meta = {SERVER_INFO_META_KEY: tools.server_info_stamp}
        self._additions: dict[bytes, JsonObject] = {
            LEGACY: {},
            MODERN: {"resultType": "complete", "_meta": meta},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Perform a plain call; pass any other request on."""
        headers = self._headers(scope) if scope["type"] == "http" else None
        if headers is None:
            await self._app(scope, receive, send)
            return
        message, body = await received(receive, BODY_LIMIT)
        call = _plain_call(body, headers)
        caller = CALLER.set(receive)
        try:
            answer = await self._answer(call, headers) if call else None
            if answer is None:
                await self._app(scope, replayed(message, receive), send)
            else:
                await _send(send, answer)
        finally:
            # The application may be called within a call of another one.
            CALLER.reset(caller)

    def _headers(self, scope: Scope) -> Headers | None:
        """Return the headers of a plain call, else None."""
        headers = dict(scope["headers"])
        plain = (
            scope["method"] == "POST"
            and own_path(scope) == "/mcp"
            and len(headers) == len(scope["headers"])
            and headers.get(b"content-type") == b"application/json"
            # The SDK refuses a body that is too long before it has arrived.
            and LENGTH.fullmatch(headers.get(b"content-length", b"")) is not None
            and headers.get(b"accept") in ACCEPTED
            and headers.get(b"mcp-protocol-version") in self._additions
        )
        return headers if plain else None

    async def _answer(self, call: PlainCall, headers: Headers) -> bytes | None:
        """Perform a call; return None if the SDK has to handle it."""
        if call.name not in self._tools.handlers or self._tools.client is None:
            return None
        name, arguments = self._tools.target(call.name, call.arguments)
        if not OBSERVERS:
            return await self._performed(call, name, arguments, headers)
        revision = headers[b"mcp-protocol-version"].decode()
        operation = CalledOperation(
            "tools/call", name, arguments, call.meta, revision, call.id
        )
        operation.changes = name in self._tools.changing
        with observed("mcp", self._tools.name, operation):
            know(operation)
            return await self._performed(call, name, arguments, headers)

    async def _performed(
        self, call: PlainCall, name: str, arguments: JsonObject, headers: Headers
    ) -> bytes:
        """Call a tool and write its result."""
        client = self._tools.client
        try:
            reply = await self._tools.handlers[name](client, arguments)
            note_status(reply.status)
        except CallError as error:
            note_status(error.status)
            outcome = failure(error)
        except Exception as error:
            note_fault(error)
            LOG.exception("a tool call failed")
            return Refusal(INTERNAL_ERROR, UNFORESEEN, call.id).as_json()
        else:
            outcome = result(name, reply)
        members = as_json(outcome) | self._additions[headers[b"mcp-protocol-version"]]
        return orjson.dumps({"jsonrpc": "2.0", "id": call.id, "result": members})


def _plain_call(body: bytes, headers: Headers) -> PlainCall | None:
    """Parse a JSON-RPC request; return None unless it is exactly a plain tool call."""
    try:
        message = parse_unambiguous(body)
    except ValueError:
        return None
    if not isinstance(message, dict) or message.keys() != REQUEST:
        return None
    identity, params = message["id"], message["params"]
    plain = (
        message["jsonrpc"] == "2.0"
        and message["method"] == "tools/call"
        and _is_identity(identity)
        and isinstance(params, dict)
        and isinstance(params.get("name"), str)
        and isinstance(params.get("arguments", {}), dict)
        and _is_complete(params, headers)
    )
    if not plain:
        return None
    arguments = params.get("arguments", {})
    return PlainCall(identity, params["name"], arguments, params.get("_meta"))


def _is_identity(identity: object) -> bool:
    """Return whether a value is a valid id that orjson can write."""
    if isinstance(identity, int):
        return not isinstance(identity, bool) and abs(identity) < 2**63
    return isinstance(identity, str)


def _is_complete(params: JsonObject, headers: Headers) -> bool:
    """Return whether the parameters are exactly those that the revision requires."""
    envelope = params.get("_meta", {})
    is_legacy = headers[b"mcp-protocol-version"] == LEGACY
    return (
        params.keys() <= PARAMS
        and isinstance(envelope, dict)
        and (
            envelope.keys() <= TRACE
            if is_legacy
            else _is_envelope(envelope)
            and headers.get(b"mcp-method") == b"tools/call"
            and headers.get(b"mcp-name") == params["name"].encode()
        )
    )


def _is_envelope(envelope: JsonObject) -> bool:
    return (
        envelope.keys() <= ENVELOPE
        and envelope.get(PROTOCOL_VERSION_META_KEY) == MODERN.decode()
        and envelope.get(CLIENT_CAPABILITIES_META_KEY) == {}
        and _is_client(envelope.get(CLIENT_INFO_META_KEY))
    )


def _is_client(client: object) -> bool:
    return client is None or (
        isinstance(client, dict)
        and client.keys() == {"name", "version"}
        and all(isinstance(text, str) for text in client.values())
    )


async def _send(send: Send, answer: bytes) -> None:
    length = (b"content-length", b"%d" % len(answer))
    headers = [(b"content-type", b"application/json"), length, *SAFE]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
