"""A fast path for plain requests over HTTP, in front of the SDK's application.

Any other request, and any that fails a check, goes unchanged to the SDK, which refuses
invalid ones.
"""

import re
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ..http.messages import own_path, send_response
from ..upstream.deadlines import CALLER
from .messages import received, replayed
from .offers import Offer
from .plain_answers import PlainAnswers
from .plain_requests import CALL, PlainRequest, plain_request
from .revisions import LEGACY, MODERN, UNNAMED

Headers = dict[bytes, bytes]
ACCEPTED = (
    b"application/json, text/event-stream",
    b"text/event-stream, application/json",
    b"application/json",
    b"*/*",
)
MEDIA_TYPES = (b"application/json", b"application/json; charset=utf-8")
LENGTH = re.compile(rb"[0-9]{1,6}")
BODY_LIMIT = 1_000_000
REVISIONS = {one.encode(): one for one in (*LEGACY, MODERN)}


class DirectCalls:
    """ASGI middleware that answers plain requests without the SDK's application."""

    def __init__(self, app: ASGIApp, offer: Offer[Any]) -> None:
        self._app = app
        self._answers = PlainAnswers(offer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a plain request; pass any other one on."""
        headers = _headers(scope) if scope["type"] == "http" else None
        if headers is None:
            await self._app(scope, receive, send)
            return
        message, body = await received(receive, BODY_LIMIT)
        request = self._plain(body, headers)
        caller = CALLER.set(receive)
        try:
            if request is None:
                await self._app(scope, replayed(message, receive), send)
            elif request.id is None:
                await _send(send, 202, b"")
            else:
                answer = await self._answers.answer(request, _revision(headers))
                await _send(send, 200, answer)
        finally:
            # The application may be called within a call of another one.
            CALLER.reset(caller)

    def _plain(self, body: bytes, headers: Headers) -> PlainRequest | None:
        """Return the request of a body, None if the SDK has to answer it."""
        request = plain_request(body)
        if request is None or not _agrees(request, headers):
            return None
        is_taken = self._answers.takes(request, _revision(headers))
        return request if is_taken else None


def _headers(scope: Scope) -> Headers | None:
    """Return the headers of a plain request, else None."""
    headers = dict(scope["headers"])
    plain = (
        scope["method"] == "POST"
        and own_path(scope) == "/mcp"
        and len(headers) == len(scope["headers"])
        and headers.get(b"content-type") in MEDIA_TYPES
        # The SDK refuses a body that is too long before it has arrived.
        and LENGTH.fullmatch(headers.get(b"content-length", b"")) is not None
        and headers.get(b"accept") in ACCEPTED
        and headers.get(b"mcp-protocol-version", UNNAMED.encode()) in REVISIONS
    )
    return headers if plain else None


def _revision(headers: Headers) -> str:
    return REVISIONS[headers.get(b"mcp-protocol-version", UNNAMED.encode())]


def _agrees(request: PlainRequest, headers: Headers) -> bool:
    """Return whether the headers are those that a request must have."""
    if request.revision != MODERN:
        return _revision(headers) != MODERN
    name = request.params["name"].encode() if request.method == CALL else None
    return (
        _revision(headers) == MODERN
        and headers.get(b"mcp-method") == request.method.encode()
        and headers.get(b"mcp-name") == name
    )


async def _send(send: Send, status: int, answer: bytes) -> None:
    length = (b"content-length", b"%d" % len(answer))
    headers = [(b"content-type", b"application/json"), length]
    await send_response(send, status, headers, answer)
