"""An upstream that takes the same time for every request: `python FILE HANDLE SECONDS`.

It listens on the socket of that handle, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import cast

BODY = b'{"id":"run-1","status":"QUEUED"}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


class Steady(asyncio.Protocol):
    """One connection; a request is over when its announced body has come."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
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
            loop.call_later(self._seconds, self._transport.write, ANSWER)


async def serve(handle: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    listening = socket.socket(fileno=handle)
    server = await loop.create_server(
        lambda: Steady(seconds), sock=listening, backlog=2048
    )
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2])))
