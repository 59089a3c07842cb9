"""Whole responses, for servers that take them without ASGI's messages."""

from starlette.types import Send

Fields = list[tuple[bytes, bytes]]


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


async def send_whole(
    send: Send, status: int, headers: Fields, body: bytes, safety: Fields
) -> None:
    """Send a whole response, without ASGI's messages where that is possible."""
    if isinstance(send, Responder):
        await send.respond(status, headers, body, safety)
    else:
        await send_messages(send, status, headers, body, safety)


async def send_messages(
    send: Send, status: int, headers: Fields, body: bytes, safety: Fields
) -> None:
    """Send a whole response in two messages of ASGI."""
    headers = [*headers, *safety]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
