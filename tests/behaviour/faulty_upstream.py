"""An upstream that misbehaves: the path of a request names the fault."""

import asyncio
import gzip
import socket
import ssl
import struct
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

from recording_upstream import accepting

Script: TypeAlias = Callable[["Connection"], Awaitable[None]]

MIB = 1024 * 1024
JSON = b"Content-Type: application/json\r\n"
BODY = b'{"fine":true}'
GZIPPED = gzip.compress(BODY)
IN_MEMBERS = gzip.compress(BODY[:5]) + gzip.compress(b"") + gzip.compress(BODY[5:])


class Connection:
    """One connection from the client: its requests, and ways to treat it badly."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.requests = 0

    async def head(self) -> tuple[str, str, int]:
        """Read the head of a request: method, path, and the length of its body."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.requests += 1
        method, path, _ = head.split(" ", 2)
        length = head.lower().partition("\r\ncontent-length: ")[2].partition("\r\n")[0]
        return method, path, int(length or 0)

    async def receive(self, length: int) -> None:
        """Read the body of a request."""
        await self._reader.readexactly(length)

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()

    async def answer(
        self, fields: bytes, body: bytes, status: bytes = b"200 OK"
    ) -> None:
        """Send an answer that has the length of its body."""
        length = b"Content-Length: %d\r\n" % len(body)
        await self.send(b"HTTP/1.1 %s\r\n" % status, fields, length, b"\r\n", body)

    async def wait(self) -> None:
        """Say nothing until the client goes."""
        while await self._reader.read(MIB):
            pass

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        raw: socket.socket = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def cut(self) -> None:
        """Send no more, not even the end of TLS."""
        raw: socket.socket = self._writer.get_extra_info("socket")
        raw.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._writer.close()


class FaultyUpstream:
    """The server; `seen` counts the requests of each method and path."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.seen: Counter[tuple[str, str]] = Counter()
        self.elsewhere = ""
        """Where redirects lead."""
        self.release = asyncio.Event()
        """Lets those be answered who are held."""
        self.greeting: Callable[[Connection], object] | None = None
        """Called with each accepted connection."""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection until a script or the client ends it."""
        connection = Connection(reader, writer)
        if self.greeting:
            self.greeting(connection)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                await self._exchange(connection)
        writer.close()

    async def _exchange(self, connection: Connection) -> None:
        method, path, length = await connection.head()
        self.seen[method, path] += 1
        fault = path.rpartition("/")[2].partition("~")[0]
        if fault == "reset-while-reading":
            connection.reset()
            return
        await connection.receive(length)
        if fault.startswith("redirect-"):
            await self._redirect(connection, fault.removeprefix("redirect-"))
        elif fault == "held":
            await self.release.wait()
            await SCRIPTS["fine"](connection)
        elif fault == "busy-once" and self.seen[method, path] > 1:
            await SCRIPTS["fine"](connection)
        elif fault == "close-then-busy":
            await SCRIPTS["busy" if self.seen[method, path] > 1 else "close"](
                connection
            )
        else:
            await SCRIPTS[fault](connection)

    async def _redirect(self, connection: Connection, status: str) -> None:
        fields = b"Location: %s\r\n" % self.elsewhere.encode()
        await connection.answer(fields, b"", status.encode() + b" Elsewhere")


@asynccontextmanager
async def listening(upstream: FaultyUpstream) -> AsyncIterator[str]:
    """Serve on a port of the system's choice; yields the root of the URLs."""
    tls, scheme = upstream.tls, "https" if upstream.tls else "http"
    async with accepting(upstream.serve, tls) as address:
        yield f"{scheme}://{address}"


async def _fine(connection: Connection) -> None:
    await connection.answer(JSON, BODY)


async def _reset(connection: Connection) -> None:
    connection.reset()


async def _close(connection: Connection) -> None:
    connection.close()


async def _cut(connection: Connection) -> None:
    connection.cut()
    await connection.wait()


async def _close_afterwards(connection: Connection) -> None:
    """Keep the connection alive, says the answer; then it is closed."""
    await _fine(connection)
    connection.close()


async def _reset_afterwards(connection: Connection) -> None:
    await _fine(connection)
    connection.reset()


async def _close_second(connection: Connection) -> None:
    """Answer a connection's first request, and read the second before it is closed."""
    if connection.requests > 1:
        connection.close()
    else:
        await _fine(connection)


async def _reset_second(connection: Connection) -> None:
    if connection.requests > 1:
        connection.reset()
    else:
        await _fine(connection)


async def _bad_third_chunk(connection: Connection) -> None:
    """Send a malformed chunk when the head and a good one have been read."""
    for part in (CHUNKED, b"2\r\n{}\r\n", b"-5\r\n12345\r\n0\r\n\r\n"):
        await connection.send(part)
        await asyncio.sleep(0.05)
    await connection.wait()


async def _trickle(connection: Connection) -> None:
    """Answer so slowly that no wait for a single byte is long."""
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        await connection.send(b" ")
        await asyncio.sleep(0.05)


async def _interim_trickle(connection: Connection) -> None:
    """Send a response 1xx now and then, and too few to be a flood."""
    while True:
        await connection.send(b"HTTP/1.1 102 Processing\r\n\r\n")
        await asyncio.sleep(0.2)


async def _interim_flood(connection: Connection) -> None:
    while True:
        await connection.send(b"HTTP/1.1 102 Processing\r\n\r\n" * 100)
        await asyncio.sleep(0.01)


def _sends(*parts: bytes, end: Script = _close) -> Script:
    """Return a script that sends these bytes before `end`."""

    async def script(connection: Connection) -> None:
        await connection.send(*parts)
        await end(connection)

    return script


def _encodes(coding: bytes, body: bytes) -> Script:
    """Return a script that answers with a body in a content coding."""

    async def script(connection: Connection) -> None:
        await connection.answer(JSON + b"Content-Encoding: %s\r\n" % coding, body)

    return script


def _refuses(retry_after: bytes) -> Script:
    """Return a script that is always unavailable."""

    async def script(connection: Connection) -> None:
        fields = b"Retry-After: %s\r\n" % retry_after
        await connection.answer(fields, b"busy", b"503 Service Unavailable")

    return script


def _bomb(mebibytes: int) -> bytes:
    """Return compressed zeros; a block that was flushed in full can be repeated."""
    squeeze = zlib.compressobj(wbits=31)
    first, again = (
        squeeze.compress(bytes(MIB)) + squeeze.flush(zlib.Z_FULL_FLUSH)
        for _ in range(2)
    )
    return first + again * (mebibytes - 1)


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
TO_THE_END = OK + b"Connection: close\r\n\r\n"
LENGTH_10 = OK + b"Content-Length: 10\r\n\r\n"
LARGE = [bytes(MIB)] * 17
SCRIPTS: dict[str, Script] = {
    "fine": _fine,
    "early-hints": _sends(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", end=_fine),
    "reset": _reset,
    "close": _close,
    "close-afterwards": _close_afterwards,
    "reset-afterwards": _reset_afterwards,
    "close-second": _close_second,
    "reset-second": _reset_second,
    "stall": Connection.wait,
    "stall-in-head": _sends(OK + b"Content-Le", end=Connection.wait),
    "stall-in-body": _sends(LENGTH_10 + b"123", end=Connection.wait),
    "trickle": _trickle,
    "half-head": _sends(OK + b"Content-Le"),
    "half-body": _sends(LENGTH_10 + b"123"),
    "half-body-reset": _sends(LENGTH_10 + b"123", end=_reset),
    "cut": _cut,
    "cut-head": _sends(OK + b"Content-Le", end=_cut),
    "cut-body": _sends(LENGTH_10 + b"123", end=_cut),
    "cut-chunked": _sends(CHUNKED + b"5\r\n12345\r\n", end=_cut),
    "cut-at-the-end": _sends(TO_THE_END + BODY, end=_cut),
    "closed-at-the-end": _sends(TO_THE_END + BODY),
    "half-chunked": _sends(CHUNKED + b"5\r\n12345\r\n"),
    "large": _sends(OK + b"Content-Length: %d\r\n\r\n" % (17 * MIB), *LARGE),
    "large-chunked": _sends(
        CHUNKED, *(b"%x\r\n%s\r\n" % (len(part), part) for part in LARGE)
    ),
    "large-to-the-end": _sends(TO_THE_END, *LARGE),
    "gzip": _encodes(b"gzip", GZIPPED),
    "gzip-members": _encodes(b"gzip", IN_MEMBERS),
    "gzip-member-truncated": _encodes(b"gzip", IN_MEMBERS[:-9]),
    "gzip-many-members": _encodes(b"gzip", gzip.compress(b"") * 800_000),
    "gzip-large-members": _encodes(b"gzip", gzip.compress(bytes(MIB)) * 17),
    "gzip-truncated": _encodes(b"gzip", GZIPPED[:-9]),
    "gzip-and-more": _encodes(b"gzip", GZIPPED + b"garbage"),
    "gzip-bomb": _encodes(b"gzip", _bomb(500)),
    "gzip-not": _encodes(b"gzip", BODY),
    "gzip-twice": _encodes(b"gzip, gzip", gzip.compress(GZIPPED)),
    "two-codings": _encodes(b"gzip\r\nContent-Encoding: br", GZIPPED),
    "brotli": _encodes(b"br", BODY),
    "interim-flood": _interim_flood,
    "interim-trickle": _interim_trickle,
    "header-flood": _sends(
        OK, *(b"X-%d: %s\r\n" % (n, b"x" * 900) for n in range(9999))
    ),
    "trailer-flood": _sends(CHUNKED + b"0\r\n" + b"X: 1\r\n" * 129 + b"\r\n"),
    "long-header": _sends(OK, b"X-Long: " + b"x" * MIB + b"\r\n\r\n"),
    "bad-chunk": _sends(CHUNKED + b"zz\r\n12345\r\n0\r\n\r\n"),
    "bad-second-chunk": _sends(CHUNKED, b"2\r\n{}\r\n", b"-5\r\n12345\r\n0\r\n\r\n"),
    "bad-third-chunk": _bad_third_chunk,
    "no-http": _sends(b"SSH-2.0-OpenSSH_9.9\r\n"),
    "two-lengths": _sends(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n12"),
    "head": _sends(OK + JSON + b"Content-Length: 13\r\n\r\n"),
    "head-of-large": _sends(OK + b"Content-Length: %d\r\n\r\n" % (17 * MIB)),
    "head-of-gzip": _sends(
        OK + b"Content-Encoding: gzip\r\nContent-Length: 33\r\n\r\n"
    ),
    "head-of-chunked": _sends(CHUNKED),
    "busy-once": _refuses(b"0"),
    "busy": _refuses(b"0"),
    "busy-for-long": _refuses(b"600"),
}
