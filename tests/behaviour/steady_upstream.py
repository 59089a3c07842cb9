"""An upstream that answers alike after a time: `python FILE HANDLE SECONDS [BYTES]`.

It listens on the socket of that handle, and ends when its standard input does. Its
responses have a body of so many bytes, or else a short one.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import cast

BODY = b'{"id":"run-1","status":"QUEUED"}'
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)


class Steady(asyncio.Protocol):
    """One connection; a request is over when its announced body has come."""

    def __init__(self, seconds: float, response: bytes) -> None:
        self._seconds = seconds
        self._response = response
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r")[0]
        if end and len(body) >= int(length or 0):
            self._received = b""
            loop = asyncio.get_running_loop()
            loop.call_later(self._seconds, self._transport.write, self._response)


async def serve(handle: int, seconds: float, size: int) -> None:
    body = BODY.ljust(size)
    response = HEAD % len(body) + body
    loop = asyncio.get_running_loop()
    listening = socket.socket(fileno=handle)
    server = await loop.create_server(
        lambda: Steady(seconds, response), sock=listening, backlog=2048
    )
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    import uvloop

    handle, seconds, *size = sys.argv[1:]
    uvloop.run(serve(int(handle), float(seconds), int(*size)))
