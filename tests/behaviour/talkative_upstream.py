"""An upstream that sends more than its responses; paths name the extra and client."""

import asyncio
import gzip
import re
from collections.abc import Callable
from contextlib import suppress

REQUEST = re.compile(rb"([A-Z]+) /things/([a-z0-9-]+)~([0-9]+) ")
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
TYPE = b"Content-Type: application/json\r\n"
OK = b"HTTP/1.1 200 OK\r\n" + TYPE
WRONG = b'{"number":"of another caller"}'


def own(number: str) -> bytes:
    """Return the body that answers the caller of that number."""
    return b'{"number":"%s"}' % number.encode()


def with_length(body: bytes, fields: bytes = b"") -> bytes:
    return OK + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


def in_chunks(body: bytes) -> bytes:
    pieces = body[:7], body[7:]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def with_spaces(body: bytes, size: int, chunks: int) -> bytes:
    """Return a body of that many chunks: spaces, and then another body."""
    piece = b"%x\r\n%s\r\n" % (size, b" " * size)
    last = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + piece * chunks + last


EXTRAS = {
    "response": with_length(WRONG),
    "responses": with_length(WRONG) * 3,
    "chunks": in_chunks(WRONG),
    "start-of-a-response": with_length(WRONG)[:30],
    "line-end": b"\r\n",
    "stray-bytes": b"Oops: 12\r\n\r\n",
    "zeros": bytes(9),
    "body": WRONG,
    "interim-response": b"HTTP/1.1 100 Continue\r\n\r\n",
    "switch": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
}
RESPONSES: dict[str, Callable[[bytes], bytes]] = {
    "counted": with_length,
    "chunked": in_chunks,
    "gzipped": lambda body: with_length(
        gzip.compress(body), b"Content-Encoding: gzip\r\n"
    ),
    "interim": lambda body: (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
        + with_length(body)
    ),
    "many-interim": lambda body: b"HTTP/1.1 103 Early Hints\r\n\r\n" * 200
    + with_length(body),
    "empty-lines": lambda body: b"\r\n" * 400 + with_length(body),
    "tiny-chunks": lambda body: with_spaces(body, 1, 300_000),
    "small-chunks": lambda body: with_spaces(body, 50, 20_000),
    "few-tiny-chunks": lambda body: with_spaces(body, 1, 5_000),
    "empty": lambda _: b"HTTP/1.1 204 No Content\r\n\r\n",
    "empty-and-length": lambda _: (
        b"HTTP/1.1 204 No Content\r\nContent-Length: 30\r\n\r\n"
    ),
    "unchanged": lambda _: b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    "nothing": lambda _: OK + b"Content-Length: 0\r\n\r\n",
    "line-feeds": lambda body: with_length(body).replace(b"\r\n", b"\n"),
}


class TalkativeUpstream:
    """The server: it sends `extra` after each response, at once or a little later.

    `sent` is set when all is sent; `connections` counts those that were accepted.
    """

    def __init__(self) -> None:
        self.extra = b""
        self.is_split = False
        self.is_closing = False
        self.is_early = False
        self.sent = asyncio.Event()
        self.connections = 0
        self.seen: list[str] = []

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                await self._exchange(reader, writer)
        writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        request = REQUEST.match(head)
        assert request
        method, kind, number = (text.decode() for text in request.groups())
        self.seen.append(f"{method} {number}")
        length = LENGTH.search(head)
        if not self.is_early:
            await reader.readexactly(int(length[1]) if length else 0)
        response, extra = RESPONSES[kind](own(number)), self.extra
        if method == "HEAD":
            response = response.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        if self.is_split:
            writer.write(response)
            await asyncio.sleep(0.002)
            writer.write(extra)
        else:
            writer.write(response + extra)
        await writer.drain()
        if self.is_closing:
            writer.write_eof()
        if self.is_early:
            await reader.readexactly(int(length[1]) if length else 0)
        self.sent.set()
