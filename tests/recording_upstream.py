"""An upstream that remembers requests as they came over the wire."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

Fields = tuple[tuple[str, str], ...]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
JSON: Fields = (("Content-Type", "application/json"),)


@dataclass(frozen=True)
class Received:
    """A request: its target and its fields as they were sent."""

    method: str
    target: str
    fields: Fields
    body: bytes
    scheme: str = "http"
    caller: str | None = None
    """Whom the client's certificate names."""

    @property
    def root(self) -> str:
        """Return the URL of the host that is meant."""
        return f"{self.scheme}://{self.field('Host')}"

    def field(self, name: str) -> str | None:
        """Return the field of that name, which is there once at most."""
        values = [value for key, value in self.fields if key.lower() == name.lower()]
        assert len(values) <= 1
        return values[0] if values else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """An answer of the upstream."""

    body: bytes = b"{}"
    fields: Fields = JSON
    status: int | str = 200

    def wire(self, method: str) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Said", *map(": ".join, self.fields)]
        if self.status not in (204, 304):
            lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join([*lines, "\r\n"]).encode("latin-1")
        return head if method == "HEAD" else head + self.body


class RecordingUpstream:
    """The server: every request gets the same answer until another is set."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.requests: list[Received] = []
        self.arrived = asyncio.Event()
        """Set when a request has arrived."""
        self.gate = asyncio.Event()
        """Answers are held back while it is not set."""
        self.gate.set()
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def only(self) -> Received:
        """Return the request that was received, the only one."""
        [request] = self.requests
        return request

    def begin(self) -> None:
        """Forget the requests and the answer."""
        self.answer = Answer()
        self.requests.clear()

    def answer_to(self, _: Received, /) -> Answer:
        """Return the answer; those who verify requests decide it here."""
        return self.answer

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer the requests of one connection."""
        self._open.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = replace(await _receive(reader), **_connection(writer))
                self.requests.append(request)
                self.arrived.set()
                await self.gate.wait()
                writer.write(self.answer_to(request).wire(request.method))
                await writer.drain()
        writer.close()
        self._open.discard(writer)

    async def end(self) -> None:
        """End all connections."""
        for writer in self._open:
            writer.transport.abort()
        await self.wait_until_left()

    async def wait_until_left(self) -> None:
        """Wait until all who have connected have gone."""
        with suppress(ConnectionError):
            await asyncio.gather(*(writer.wait_closed() for writer in self._open))


@asynccontextmanager
async def accepting(
    serve: Serve, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[str]:
    """Serve connections on a port of the system's choice; yields host and port."""
    async with await asyncio.start_server(serve, host, 0, ssl=tls) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()


@asynccontextmanager
async def tunnelling(address: str) -> AsyncIterator[tuple[str, list[str]]]:
    """Run a proxy whose tunnels lead to an address; yields its own, and its heads."""
    heads: list[str] = []

    async def pass_on(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        host, port = address.split(":")
        beyond, back = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        ways = pass_on(reader, back), pass_on(beyond, writer)
        await asyncio.gather(*ways, return_exceptions=True)

    async with accepting(serve) as proxy:
        yield proxy, heads


@asynccontextmanager
async def recording(
    upstream: RecordingUpstream, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve on a port of the system's choice; yields host and port."""
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
        await upstream.end()


def _connection(writer: asyncio.StreamWriter) -> dict[str, Any]:
    secure = writer.get_extra_info("ssl_object") is not None
    certificate = writer.get_extra_info("peercert") or {}
    subject = dict(chain.from_iterable(certificate.get("subject", ())))
    return {
        "scheme": "https" if secure else "http",
        "caller": subject.get("commonName"),
    }


async def _receive(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request, *lines = head.splitlines()[:-1]
    method, target, _ = request.split(" ")
    pairs = (line.partition(": ") for line in lines)
    fields = tuple((name, value) for name, _, value in pairs)
    length = next((v for n, v in fields if n.lower() == "content-length"), "0")
    return Received(method, target, fields, await reader.readexactly(int(length)))
