"""An upstream that receives and sends bodies of any size: `python FILE HANDLE`.

It listens on the socket of that handle until its standard input ends. Its paths say how
it behaves: `/log` is an account of all requests so far, and `/late` is answered after
`/release`.
"""

import asyncio
import hashlib
import json
import socket
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field

PIECE = b"0123456789abcdef" * 4096
CHUNKED = "Transfer-Encoding: chunked"


@dataclass
class Request:
    """A request: its head, and the bytes of its body that have come."""

    method: str
    target: str
    fields: list[tuple[str, str]]
    size: int = 0
    is_complete: bool = False
    is_gone: bool = False
    digest: str = ""

    def value(self, name: str) -> str | None:
        values = [value for key, value in self.fields if key.lower() == name]
        return values[0] if values else None


@dataclass
class Upstream:
    """The server, and its requests."""

    log: list[Request] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer the requests of one connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await _head(reader)
                self.log.append(request)
                try:
                    await self._answer(request, reader, writer)
                except (ConnectionError, asyncio.IncompleteReadError):
                    request.is_gone = True
                    break
        writer.close()

    async def _answer(
        self,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        path = request.target.partition("?")[0]
        name, _, number = path.removeprefix("/base/").partition("/")
        if name == "early":
            await _send(writer, "413 Too Large", b"too large")
            # A client that has sent all of it may use the connection again.
            await _body(request, reader)
            return
        if name == "unread":
            await asyncio.Event().wait()
        await _body(request, reader)
        match name:
            case "log":
                others = [
                    asdict(entry) for entry in self.log if "/log" not in entry.target
                ]
                await _send(writer, "200 OK", json.dumps(others).encode())
            case "chunked":
                await _stream(writer, int(number), CHUNKED)
            case "sized":
                await _stream(writer, int(number), f"Content-Length: {number}")
            case "stalled" | "broken" | "silent":
                await _fail(name, reader, writer)
            case "late":
                await self.released.wait()
                await _send(writer, "200 OK", b"late")
            case "release":
                self.released.set()
                await _send(writer, "200 OK", b"released")
            case "status":
                await _send(writer, f"{number} Said", b"said")
            case _:
                await _send(writer, *(RESPONSES.get(name) or _account(request)))


FIELDS = (
    "Content-Type: text/plain; charset=latin-1",
    "Content-Language: de",
    "ETag: tag",
    "Last-Modified: Mon, 07 Dec 2026 11:00:00 GMT",
    "Connection: last-modified",
    "Vary: Accept",
    "Keep-Alive: timeout=5",
    "Proxy-Authenticate: Basic",
    "Set-Cookie: session=secret",
    "Server: theirs",
    "X-Own: theirs",
    "Upgrade: other",
    "Trailer: Later",
)
RESPONSES: dict[str, tuple[str, bytes, *tuple[str, ...]]] = {
    "fields": ("200 OK", b"{}", *FIELDS),
    "moved": ("302 Found", b"", "Location: /elsewhere?key=secret"),
}


def _account(request: Request) -> tuple[str, bytes, *tuple[str, ...]]:
    body = json.dumps(asdict(request)).encode()
    return "200 OK", body, "Content-Type: application/json"


async def _fail(
    name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Send nothing or half a response, and perhaps wait until the client has left."""
    if name != "silent":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf")
        await writer.drain()
    if name != "broken":
        await reader.readexactly(1)
    raise ConnectionError


async def _head(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    start, *lines = head.split("\r\n")[:-2]
    method, target, _ = start.split(" ")
    pairs = (line.partition(": ") for line in lines)
    return Request(method, target, [(name, value) for name, _, value in pairs])


async def _body(request: Request, reader: asyncio.StreamReader) -> None:
    digest = hashlib.sha256()
    is_chunked = request.value("transfer-encoding") == "chunked"
    remaining = int(request.value("content-length") or 0)
    while is_chunked or remaining:
        if is_chunked and not remaining:
            remaining = int((await reader.readuntil(b"\r\n")), 16)
            if not remaining:
                await reader.readexactly(2)
                break
        piece = await reader.read(min(remaining, 65536))
        if not piece:
            raise ConnectionError
        remaining -= len(piece)
        request.size += len(piece)
        digest.update(piece)
        if is_chunked and not remaining:
            await reader.readexactly(2)
    request.is_complete = True
    request.digest = digest.hexdigest()


async def _send(
    writer: asyncio.StreamWriter, status: str, body: bytes, *fields: str
) -> None:
    lines = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}", "", ""]
    writer.write("\r\n".join(lines).encode("latin-1") + body)
    await writer.drain()


async def _stream(writer: asyncio.StreamWriter, size: int, framing: str) -> None:
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/x-bytes", framing, "", ""]
    writer.write("\r\n".join(lines).encode())
    is_chunked = framing == CHUNKED
    while size:
        piece = PIECE[:size]
        size -= len(piece)
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
        await writer.drain()
    if is_chunked:
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def serve(handle: int) -> None:
    upstream = Upstream()
    listening = socket.socket(fileno=handle)
    server = await asyncio.start_server(upstream.serve, sock=listening, limit=2**18)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
