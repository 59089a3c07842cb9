"""Whole responses, for servers that take them without ASGI's messages."""

from collections.abc import Awaitable

from starlette.types import Send

Fields = list[tuple[bytes, bytes]]
CONTROLS = bytes((*range(9), *range(10, 32), 127))
"""Characters that no header may have."""


def is_header_value(text: bytes) -> bool:
    """Return whether a header may have a text as its value."""
    # A search by a regular expression takes five times as long for short texts.
    return text.translate(None, CONTROLS) == text


class Responder:
    """A `send` of ASGI that takes whole responses too.

    That of the package's server is one: it writes a usual response at once. Middleware
    that wraps it gets the messages of ASGI, unless its own `send` is one as well.
    """

    async def respond(
        self, status: int, headers: Fields, body: bytes, safety: Fields
    ) -> None:
        """Send a whole response; `safety` are further headers, which are constant."""
        raise NotImplementedError


def send_whole(
    send: Send, status: int, headers: Fields, body: bytes, safety: Fields
) -> Awaitable[None]:
    """Send a whole response, without ASGI's messages where that is possible."""
    if isinstance(send, Responder):
        return send.respond(status, headers, body, safety)
    return send_messages(send, status, headers, body, safety)


async def send_messages(
    send: Send, status: int, headers: Fields, body: bytes, safety: Fields
) -> None:
    """Send a whole response in two messages of ASGI."""
    headers = [*headers, *safety]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
