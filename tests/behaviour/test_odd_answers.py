"""Packages read the responses of upstreams as aiohttp does, apart from listed cases.

Responses are generated, and sent in pieces to packages, and whole to aiohttp.
"""

import asyncio
import gzip
import os
import re
import socket
import ssl
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import uvloop
from odd_answers import Answer, Generator

from case_tables import named_table
from certificates import Certificates
from naftiko_runtime.errors import ConnectionLostError, NoAnswerError, NotSentError
from naftiko_runtime.settings import BaseSettings, Limits
from naftiko_runtime.transport import Transport
from naftiko_runtime.upstream.client import open_pool
from naftiko_runtime.upstream.connection import (
    LONG,
    Connection,
    Connections,
    Origin,
    Outgoing,
)
from recording_upstream import accepting
from waiting import PATIENCE, eventually

pytestmark = pytest.mark.long

ANSWERS = int(os.environ.get("NAFTIKO_ANSWERS", "3000"))
WORKERS = 8
SHARED = 20
"""The number of responses of one host, which may share its connections."""
BODY_LIMIT = 16 * 1024
SMALL = 4096
"""The bytes of a socket's buffers that are soon full."""
STUCK = 2.0
"""Seconds after which aiohttp, which may wait for ever, has refused a response."""

SPLIT_EVERYWHERE = [
    b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\nX-Some: a\r\n\r\n{"fine":true}',
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2;a=b\r\n{}\r\n00\r\nX: 1\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nX-Some: a\r\n\r\n",
]


class Reading(NamedTuple):
    """A response as a client has read it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Refusal(NamedTuple):
    """The reason of a client to refuse a response."""

    reason: str


Outcome = Reading | Refusal


class Difference(NamedTuple):
    """A reason for which a package and aiohttp may differ, and whether it is theirs."""

    reason: str
    is_meant: Callable[[Answer, Outcome, Outcome], bool]


def only_aiohttp_accepts(pattern: bytes) -> Callable[[Answer, Outcome, Outcome], bool]:
    """Return a function that looks for a pattern in responses that packages refuse."""
    regex = re.compile(pattern)

    def is_meant(answer: Answer, own: Outcome, _: Outcome) -> bool:
        return isinstance(own, Refusal) and regex.search(answer.wire) is not None

    return is_meant


def has_more(answer: Answer, own: Outcome, other: Outcome) -> bool:
    is_refused = isinstance(own, Reading) and isinstance(other, Refusal)
    return is_refused and rest_of(answer) != b""


def has_odd_chunks(answer: Answer, own: Outcome, _: Outcome) -> bool:
    try:
        rest_of(answer)
    except ValueError:
        return isinstance(own, Refusal)
    return False


def rest_of(answer: Answer) -> bytes:
    """Return the bytes after a response whose heads are right.

    Raises ValueError unless its chunks have the form of RFC 9112.
    """
    head, rest = b"HTTP/1.1 100", answer.wire
    while head.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1")):
        head, _, rest = rest.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if answer.method == "HEAD" or head[9:12] in (b"204", b"304"):
        return rest
    length = re.search(rb"(?i)\ncontent-length:\s*(\d+)", head)
    if length:
        return rest[int(length[1]) :]
    return rest_of_chunks(rest) if CHUNKED.search(head) else b""


def rest_of_chunks(rest: bytes) -> bytes:
    length = -1
    while length:
        line, line_end, rest = rest.partition(b"\r\n")
        size = CHUNK.fullmatch(line)
        length = int(size[1], 16) if size and line_end else 0
        if not size or (length and rest[length : length + 2] != b"\r\n"):
            raise ValueError("an odd chunk")
        rest = rest[length + 2 :] if length else rest
    while line:
        line, _, rest = rest.partition(b"\r\n")
    return rest


CHUNKED = re.compile(rb"(?i)\ntransfer-encoding:\s*chunked")
CHUNK = re.compile(rb"([0-9a-fA-F]+)(?:;[^\r\n]*)?")
DIFFERENCES = [
    Difference("A response is delivered if other bytes follow it.", has_more),
    *(
        Difference(reason, only_aiohttp_accepts(pattern.encode("latin-1")))
        for reason, pattern in named_table(__file__, "odd_answer_reasons").items()
    ),
    Difference(
        "Chunks have exactly the form of RFC 9112, section 7.1.", has_odd_chunks
    ),
]


class Settings(BaseSettings, prefix="TEST"):
    """Settings without a credential."""


@dataclass
class OddUpstream:
    """The server: the path of a request is the number of its response."""

    answers: list[Answer]
    connections: Counter[bool] = field(default_factory=Counter)
    """Those of aiohttp, and the others."""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                answer = self.answers[int(head.split(b" ")[1][1:])]
                is_aiohttp = b"aiohttp" in head
                pieces = [answer.wire] if is_aiohttp else answer.pieces()
                await _send(writer, pieces)
                if is_aiohttp or not answer.is_valid:
                    break
        self.connections[is_aiohttp] += 1
        writer.close()


async def _send(writer: asyncio.StreamWriter, pieces: list[bytes]) -> None:
    for piece in pieces:
        if writer.is_closing():
            raise ConnectionError
        writer.write(piece)
        await asyncio.sleep(0)


class Clients:
    """The client of packages, and aiohttp with the same settings."""

    def __init__(
        self, transport: Transport, session: aiohttp.ClientSession, address: str
    ) -> None:
        self._transport = transport
        self._session = session
        self._address = address
        self._port = address.partition(":")[2]

    async def own(self, number: int, answer: Answer) -> Outcome:
        high, low = divmod(number // SHARED, 250)
        url = f"http://127.{high % 250}.{low}.1:{self._port}/{number}"
        for _ in range(5):
            try:
                async with asyncio.timeout(PATIENCE):
                    reply = await self._transport(answer.method, url, (), None)
                return Reading(*reply[:3])
            except ConnectionLostError as error:
                # The upstream may close a connection when it is used again.
                refusal = Refusal(f"{error} {error.reason}")
            except NoAnswerError as error:
                return Refusal(f"{error} {error.reason}")
        return refusal

    async def other(self, number: int, answer: Answer) -> Outcome:
        url = f"http://{self._address}/{number}"
        try:
            async with (
                asyncio.timeout(STUCK),
                self._session.request(
                    answer.method, url, allow_redirects=False
                ) as response,
            ):
                body = await response.read()
                coding = ",".join(response.headers.getall("Content-Encoding", []))
                content = decode(body, coding.strip().lower())
                return Reading(response.status, response.raw_headers, content)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return Refusal(repr(error))


def decode(body: bytes, coding: str) -> bytes:
    """Return a body without its coding, as the standard library decodes it."""
    if not body or coding in ("", "identity"):
        return body
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise ValueError("an unknown coding")
    if coding != "deflate" and body[3:4] > b"\x1f":
        raise ValueError("reserved flags, which RFC 1952 refuses")
    try:
        if coding != "deflate":
            return gzip.decompress(body)
        inflating = zlib.decompressobj()
        content = inflating.decompress(body)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError("a damaged body") from error
    if inflating.unused_data or not inflating.eof:
        raise ValueError("a damaged body")
    return content


@asynccontextmanager
async def open_clients(address: str) -> AsyncIterator[Clients]:
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_field_size=32 * 1024,
            headers={"User-Agent": "aiohttp"},
        ) as session,
        open_pool("test", Settings(limits=Limits()), None, ()) as pool,
    ):
        yield Clients(pool.transport, session, address)


def chosen_answers() -> Iterator[Answer]:
    """Yield responses that are split once, at each byte, and then generated ones."""
    for wire in SPLIT_EVERYWHERE:
        for at in range(1, len(wire)):
            yield Answer("GET", wire, (at,), is_valid=True)
    generator = Generator(seed=1)
    for _ in range(ANSWERS):
        yield generator.answer()


async def compare(upstream: OddUpstream) -> tuple[list[str], Counter[str]]:
    """Return the differences that aren't meant, and how often others were seen."""
    faults: list[str] = []
    kinds: Counter[str] = Counter()
    answers = enumerate(upstream.answers)

    async def work(clients: Clients) -> None:
        for number, answer in answers:
            own = await clients.own(number, answer)
            other = await clients.other(number, answer)
            kind = compare_outcomes(answer, own, other)
            kinds[kind] += 1
            if kind == UNMEANT:
                faults.append(
                    f"{number}: {answer.method} {answer.wire!r}\n{own}\n{other}"
                )

    everywhere = str(IPv4Address(0))
    async with (
        accepting(upstream.serve, host=everywhere) as address,
        open_clients(address) as clients,
    ):
        await asyncio.gather(*(work(clients) for _ in range(WORKERS)))
    return faults, kinds


UNMEANT = "They differ, and nobody knows why."
SAME, REFUSED = "Both read the same.", "Both refuse it."


def compare_outcomes(answer: Answer, own: Outcome, other: Outcome) -> str:
    """Return how two outcomes compare."""
    if isinstance(own, Refusal) and isinstance(other, Refusal):
        return UNMEANT if answer.is_valid and not is_coded(answer) else REFUSED
    if own == other:
        return SAME
    reasons = (
        difference.reason
        for difference in DIFFERENCES
        if difference.is_meant(answer, own, other)
    )
    return next(reasons, UNMEANT)


def is_coded(answer: Answer) -> bool:
    return b"\nContent-Encoding: " in answer.wire


def test_responses_are_read_as_by_aiohttp() -> None:
    upstream = OddUpstream(list(chosen_answers()))
    faults, kinds = uvloop.run(compare(upstream))
    assert not faults, "\n\n".join(islice(faults, 5))
    # Each reason is needed, and most responses have no need of one.
    assert kinds.keys() == {
        SAME,
        REFUSED,
        *(difference.reason for difference in DIFFERENCES),
    }
    assert kinds[SAME] > len(upstream.answers) / 2
    # Connections are kept, or bytes that are left in them could do no harm.
    assert upstream.connections[False] < upstream.connections[True] * 0.9


class Nowhere(asyncio.Transport):
    """A transport to nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.is_over = False

    def write(self, data: Any) -> None:
        pass

    def abort(self) -> None:
        self.is_over = True

    def is_closing(self) -> bool:
        return self.is_over

    def get_write_buffer_size(self) -> int:
        return 0


async def read(
    answer: Answer, pieces: list[bytes], *, ends: bool
) -> tuple[Reading | Refusal | None, Connection]:
    """Return the outcome of a response that comes in pieces, and its connection."""
    connection = Connection(lambda: None)
    connection.connection_made(Nowhere())
    outgoing = Outgoing(b"GET / HTTP/1.1\r\n\r\n", answer.method == "HEAD", BODY_LIMIT)
    future = connection.send(outgoing)
    for piece in pieces:
        if not connection.transport.is_closing():
            connection.data_received(piece)
    if ends and not connection.transport.is_closing():
        connection.eof_received()
        connection.connection_lost(None)
    if not future.done():
        assert not ends, answer
        return None, connection
    try:
        await future
        reply = connection.reply()
    except NoAnswerError as error:
        return Refusal(str(error)), connection
    assert len(reply.body) <= BODY_LIMIT
    return Reading(reply.status, reply.raw_headers, reply.body), connection


async def check_pieces(answer: Answer) -> None:
    """Read a response whole and in pieces; a kept connection has no further bytes."""
    response, _ = await read(answer, [answer.wire], ends=True)
    split, _ = await read(answer, answer.pieces(), ends=True)
    assert response == split or {type(response), type(split)} == {Refusal}, answer
    outcome, connection = await read(answer, answer.pieces(), ends=False)
    if outcome and connection.may_be_kept():
        assert connection.status != 0
        assert not rest_of(answer)
        connection.data_received(b"H")
        assert connection.transport.is_closing()


async def test_the_pieces_of_a_response_do_not_matter() -> None:
    for answer in chosen_answers():
        await check_pieces(answer)


LOOPS = pytest.mark.parametrize(
    "anyio_backend", [("asyncio", {"use_uvloop": is_fast}) for is_fast in (True, False)]
)


@asynccontextmanager
async def ending_early(content: bytes, *, asks: bool) -> AsyncIterator[str]:
    """Serve connections that end after some bytes, perhaps without any request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if asks:
            await reader.readuntil(b"\r\n\r\n")
        writer.write(content)
        writer.close()

    async with accepting(serve) as address:
        yield f"http://{address}"


async def has_ended(connection: Connection) -> None:
    await asyncio.get_running_loop().run_in_executor(
        None, eventually, connection.transport.is_closing
    )


@LOOPS
@pytest.mark.parametrize("content", [b"", b"HTTP/1.1 204 No Content\r\n\r\n"])
async def test_nothing_is_sent_over_a_connection_that_has_ended(content: bytes) -> None:
    async with (
        ending_early(content, asks=False) as url,
        Connections() as connections,
        asyncio.timeout(PATIENCE),
    ):
        origin, _ = connections.find(url)
        connection = await origin.take(is_new=True)
        await has_ended(connection)
        with pytest.raises(NotSentError):
            await connection.send(Outgoing(b"POST / HTTP/1.1\r\n\r\n", limit=0))


@asynccontextmanager
async def answering_at_once(tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Serve connections that answer each head, and read no body."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(serve, sock=listener, ssl=tls, limit=SMALL)
    yield listener.getsockname()[1]
    server.close()
    for writer in writers:
        writer.transport.abort()
    await asyncio.sleep(0)


@LOOPS
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_response_begins_before_its_request_is_written(
    scheme: str, tmp_path: Path
) -> None:
    """A kept connection would take the response to one request for that to another."""
    certificates = Certificates(tmp_path)
    tls = certificates.open_context("127.0.0.1") if scheme == "https" else None
    trust = ssl.create_default_context(cafile=certificates.authority) if tls else None
    body = bytes(LONG // 2)
    head = f"POST / HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    async with (
        answering_at_once(tls) as port,
        Connections() as connections,
        asyncio.timeout(PATIENCE),
    ):
        origin, _ = connections.find(f"{scheme}://127.0.0.1:{port}", trust)
        connection = await origin.take(is_new=True)
        client = connection.transport.get_extra_info("socket")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
        await connection.send(Outgoing(b"GET / HTTP/1.1\r\n\r\n", limit=0))
        origin.release(connection)
        with pytest.raises(ConnectionLostError) as failure:
            await origin.exchange(Outgoing(head + body, limit=0))
        assert failure.value.reason == "it was closed while sending"
        assert connection.transport.is_closing()


@LOOPS
async def test_a_cancelled_handshake_ends_at_once() -> None:
    is_reached, is_over = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        is_reached.set()
        with suppress(ConnectionError):
            await reader.read()
        is_over.set()
        writer.close()

    async with (
        accepting(serve) as address,
        Connections() as connections,
        asyncio.timeout(PATIENCE),
    ):
        origin, _ = connections.find(f"https://{address}")
        opening = asyncio.create_task(origin.take(is_new=True))
        await is_reached.wait()
        opening.cancel()
        await is_over.wait()


@LOOPS
async def test_a_race_of_addresses_leaves_no_connection_when_its_call_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connections: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        connections.discard(writer)

    async def look_up(*_: object, **__: object) -> list[tuple[Any, ...]]:
        tcp = socket.SOCK_STREAM
        lookups = [await loop.getaddrinfo(host, port, type=tcp) for host in hosts]
        return [address for lookup in lookups for address in lookup]

    hosts, loop = ("127.0.0.1", "127.0.0.2"), asyncio.get_running_loop()
    monkeypatch.setattr(Origin, "_addresses", look_up)
    async with (
        accepting(serve, host=str(IPv4Address(0))) as address,
        Connections() as pool,
        asyncio.timeout(PATIENCE),
    ):
        port = address.partition(":")[2]
        origin, _ = pool.find(f"http://localhost:{port}")
        for turns in range(40):
            opening = asyncio.create_task(origin.take(is_new=True))
            for _ in range(turns):
                await asyncio.sleep(0)
            opening.cancel()
            with suppress(asyncio.CancelledError):
                origin.release(await opening)
        await loop.run_in_executor(None, eventually, lambda: not connections)


@LOOPS
async def test_a_response_may_begin_when_its_call_is_cancelled() -> None:
    async with (
        ending_early(b"HTTP/1.1 200 OK\r\n\r\n", asks=True) as url,
        Connections() as connections,
    ):
        faults: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, fault: faults.append(fault))
        origin, _ = connections.find(url)
        connection = await origin.take(is_new=True)
        connection.send(Outgoing(b"GET / HTTP/1.1\r\n\r\n")).cancel()
        await has_ended(connection)
        assert not faults


@LOOPS
async def test_a_tunnel_begins_with_no_byte_of_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ending_early(b"HTTP/1.1 200 OK\r\n\r\nmore", asks=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        limits = Limits(trust_env=True, timeout=PATIENCE)
        settings = Settings(limits=limits)
        async with (
            open_pool("test", settings, None, ()) as pool,
            asyncio.timeout(PATIENCE),
        ):
            with pytest.raises(NotSentError, match="tunnel"):
                await pool.transport("GET", "https://localhost/", (), None)
