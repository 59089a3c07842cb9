"""A fast path for plain requests over HTTP, in front of the SDK's application.

Any other request, and any that fails a check, goes unchanged to the SDK, which refuses
invalid ones.
"""

import re
from collections.abc import Awaitable
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
JSON = (b"content-type", b"application/json")
LENGTH = re.compile(rb"[0-9]{1,6}")
BODY_LIMIT = 1_000_000
REVISIONS: dict[bytes | None, str] = {
    None: UNNAMED,
    **{one.encode(): one for one in (*LEGACY, MODERN)},
}
"""The revisions by the header that names them, which may be absent."""


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
        revision = REVISIONS[headers.get(b"mcp-protocol-version")]
        request = self._plain(body, headers, revision)
        caller = CALLER.set(receive)
        try:
            if request is None:
                await self._app(scope, replayed(message, receive), send)
            elif request.id is None:
                await _send(send, 202, b"")
            else:
                answer = await self._answers.answer(request, revision)
                await _send(send, 200, answer)
        finally:
            # The application may be called within a call of another one.
            CALLER.reset(caller)

    def _plain(
        self, body: bytes, headers: Headers, revision: str
    ) -> PlainRequest | None:
        """Return the request of a body, None if the SDK has to answer it."""
        request = plain_request(body)
        if request is None or not _agrees(request, headers, revision):
            return None
        return request if self._answers.takes(request, revision) else None


def _headers(scope: Scope) -> Headers | None:
    """Return the headers of a plain request, else None."""
    fields = scope["headers"]
    headers = dict(fields)
    plain = (
        scope["method"] == "POST"
        and (scope["path"] == "/mcp" or own_path(scope) == "/mcp")
        and len(headers) == len(fields)
        and headers.get(b"content-type") in MEDIA_TYPES
        # The SDK refuses a body that is too long before it has arrived.
        and LENGTH.fullmatch(headers.get(b"content-length", b"")) is not None
        and headers.get(b"accept") in ACCEPTED
        and headers.get(b"mcp-protocol-version") in REVISIONS
    )
    return headers if plain else None


def _agrees(request: PlainRequest, headers: Headers, revision: str) -> bool:
    """Return whether the headers, which name a revision, are those of a request."""
    if request.revision != MODERN:
        return revision != MODERN
    name = request.params["name"].encode() if request.method == CALL else None
    return (
        revision == MODERN
        and headers.get(b"mcp-method") == request.method.encode()
        and headers.get(b"mcp-name") == name
    )


def _send(send: Send, status: int, answer: bytes) -> Awaitable[None]:
    length = (b"content-length", b"%d" % len(answer))
    return send_response(send, status, [JSON, length], answer)
