"""An upstream that answers alike after a time: `python FILE HANDLE SECONDS [BYTES]`.

It listens on the socket of that handle, and ends when its standard input does. Its
responses have a body of so many bytes, or else a short one. `GET /begun` says without
delay how many other requests came so far. At last it prints how many came, and how many
it had at once at most.
"""

import asyncio
import json
import socket
import sys
from dataclasses import dataclass
from typing import cast

BODY = b'{"id":"run-1","status":"QUEUED"}'
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)


@dataclass
class Tally:
    """The number of requests: all of them, those at once, and the most at once."""

    requests: int = 0
    at_once: int = 0
    most: int = 0

    def begin(self) -> None:
        self.requests += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)

    def end(self) -> None:
        self.at_once -= 1


class Steady(asyncio.Protocol):
    """One connection; a request is over when its announced body has come."""

    def __init__(self, seconds: float, response: bytes, tally: Tally) -> None:
        self._seconds = seconds
        self._response = response
        self._tally = tally
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r")[0]
        if end and len(body) >= int(length or 0):
            self._received = b""
            if head.startswith(b"GET /begun "):
                self._tell()
            else:
                self._tally.begin()
                asyncio.get_running_loop().call_later(self._seconds, self._respond)

    def _tell(self) -> None:
        body = b"%d" % self._tally.requests
        self._transport.write(HEAD % len(body) + body)

    def _respond(self) -> None:
        self._tally.end()
        self._transport.write(self._response)


async def serve(handle: int, seconds: float, size: int) -> None:
    loop, tally = asyncio.get_running_loop(), Tally()
    body = BODY.ljust(size)
    response = HEAD % len(body) + body
    listening = socket.socket(fileno=handle)
    server = await loop.create_server(
        lambda: Steady(seconds, response, tally), sock=listening, backlog=2048
    )
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps([tally.requests, tally.most]))


if __name__ == "__main__":
    import uvloop

    handle, seconds, *size = sys.argv[1:]
    uvloop.run(serve(int(handle), float(seconds), int(size[0]) if size else 0))
