"""Receives the body of a request, which can be replayed."""

from starlette.types import Message, Receive


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
