"""Connections to upstreams: opened, kept and closed, with one exchange at a time."""

import asyncio
import errno
import logging
import os
import re
import select
import socket
import ssl
import sys
import zlib
from asyncio.staggered import staggered_race
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import Context, ContextVar
from functools import cache, lru_cache, partial
from itertools import zip_longest
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from httptools import HttpParserError, HttpResponseParser

from ..errors import (
    ConnectionLostError,
    Failure,
    NaftikoError,
    NoAnswerError,
    NotSentError,
    Phase,
    RequestError,
)
from ..observing.calls import UpstreamRequest
from ..transport import Headers, RawHeaders, Reply
from .requests import basic, is_late

HEADS = 100
"""The maximum number of 1xx responses and empty lines before a response."""
HEAD = 256 * 1024
"""The maximum number of bytes before the body of a response."""
FIELD = 32 * 1024
FIELDS = 128
FRAMING = 64 * 1024
"""The maximum number of framing bytes in a chunked body, plus 1 for each 8 of content.

Parsing a chunk takes time, even if it has little content.
"""
HELD = 64 * 1024
"""The bytes of a passed body that wait for their reader before reading stops."""
MEMBERS = 1000
# A decoder copies the input after the end of a gzip member, so it gets small pieces.
PIECE = 64 * 1024
CARRIER: ContextVar["Connection | Phase"] = ContextVar("carrier", default=Phase.UNKNOWN)
"""The connection of the task's current request, or a phase until there is one."""


class Outgoing(NamedTuple):
    """A request as it is written, before pieces of its body if it `uploads` these.

    The response's body has at most `limit` bytes. Without a limit, it is passed on.
    """

    content: bytes
    is_head: bool = False
    limit: int | None = None
    uploads: bool = False
    recorded: UpstreamRequest | None = None


def phase() -> Phase:
    """Return how far the task's current request has come."""
    carrier = CARRIER.get()
    return carrier.phase if isinstance(carrier, Connection) else carrier


def note_failure(error: BaseException, request: UpstreamRequest | None) -> None:
    """Note the kind of a failure for observers."""
    if request is None:
        return
    if isinstance(error, RequestError):
        request.failure = error.kind
    elif is_late():
        word = f"timeout_{phase().name}" if phase() else "timeout"
        request.failure = Failure(word.lower())
    else:
        request.failure = Failure.CANCELLED


class Connection(asyncio.Protocol):
    """A connection, which reads one response to each request.

    A byte without a request, or after the end of a response, ends the connection.
    Otherwise such bytes would be read as the response to the next request.
    `note_excess` is called if an upstream sends too many.
    """

    transport: asyncio.Transport
    """The transport of HTTP, which is over `socket` with TLS."""

    def __init__(self, note_excess: Callable[[], None]) -> None:
        self._note_excess = note_excess
        self._loop = asyncio.get_running_loop()
        self._writable = asyncio.Event()
        self._writable.set()
        self._recorded: UpstreamRequest | None = None
        self._is_readable: Callable[[], object] | None = None
        self._is_reading = self._keeps = self._is_uploading = False
        self.is_lost = False
        """Whether it ended before a response to its last request began."""
        self.requests = 0
        self.idle_since = 0.0

    def connection_made(self, transport: Any) -> None:
        """Take the transport."""
        self.transport = self._socket = transport

    async def secure(self, tls: ssl.SSLContext, host: str) -> None:
        """Begin TLS with a host."""
        secure = await self._loop.start_tls(
            self._socket, self, tls, server_hostname=host
        )
        if secure is None:
            raise ConnectionResetError
        self.transport = secure

    def send(self, request: Outgoing) -> asyncio.Future[None]:
        """Write a request; the future is done with its response, or with its failure.

        That is NotSentError if the connection has ended since it was opened. If the
        body is passed on, the future is done with the head, and `pieces` yields it.
        """
        self.status = 0
        self.headers: RawHeaders = ()
        self._coding = self._line_end = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._parser = HttpResponseParser(self)
        self._heads = self._seen = self._size = self._content = self._framing = 0
        self._left: int | None = -1
        self._limit, self._recorded = request.limit, request.recorded
        self._pieces: list[bytes] = []
        self._error: BaseException | None = None
        self._is_head, self._is_uploading = request.is_head, request.uploads
        self._is_reading, self._is_unsent, self._keeps = True, False, False
        self._answer = self._loop.create_future()
        self.requests += 1
        if self.transport.is_closing():
            fault = "the connection was closed before the request"
            self._fail(NotSentError(fault, Failure.CONNECTION_CLOSED))
            return self._answer
        if self._recorded:
            self._recorded.times_sent += 1
        self._write(request.content)
        return self._answer

    async def upload(self, pieces: AsyncIterator[bytes], length: int | None) -> None:
        """Write a body piece by piece, in chunks if its length isn't known."""
        left = length or 0
        try:
            async for piece in pieces:
                left -= len(piece)
                if length is None:
                    self._write(b"%x\r\n%b\r\n" % (len(piece), piece))
                elif left >= 0:
                    self._write(piece)
                await self._writable.wait()
        except (NaftikoError, OSError, ValueError) as error:
            self._fail(error)
        else:
            if length is None:
                self._write(b"0\r\n\r\n")
            elif left:
                self._fail(ValueError("a body has another length than its head says"))
            self._is_uploading = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; raises NoAnswerError if it breaks off."""
        while self._is_reading or self._pieces:
            if not self._pieces:
                self._answer = self._loop.create_future()
                await self._answer
            piece, self._pieces = b"".join(self._pieces), []
            if self._size > HELD and not self.transport.is_closing():
                self.transport.resume_reading()
            self._size = 0
            if piece:
                yield piece
        if self._error is not None:
            raise self._error

    def reply(self) -> Reply:
        """Return the response, its body decompressed; raises NoAnswerError."""
        if self._recorded:  # also of a body that can't be read
            self._recorded.status = self.status
        body = b"".join(self._pieces)
        if self._coding:
            body = decode(body, self._coding, self._limit or 0)
        return Reply(self.status, self.headers, body)

    @property
    def phase(self) -> Phase:
        """Return how far the current request has come."""
        if self.status:
            return Phase.READING
        is_unsent = self._is_unsent or self._has_unsent()
        return Phase.SENDING if is_unsent else Phase.AWAITING

    def may_be_kept(self) -> bool:
        """Return whether another request may follow the current one."""
        return self._keeps and not (self._is_reading or self.transport.is_closing())

    def is_connected(self) -> bool:
        """Return whether neither bytes without a request nor the end have arrived."""
        if self.transport.is_closing():
            return False
        if self._is_readable is None:
            self._is_readable = _readiness(self._socket)
        return not self._is_readable()

    def abort(self) -> None:
        """End the connection now, and the exchange on it."""
        if self._is_reading:
            self._fail(self._breach(None))
        else:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read a piece of the response, or end the connection."""
        if self._recorded is not None:
            self._recorded.bytes_received += len(data)
        if not self._is_reading:
            self._distrust()
        elif self.status:
            self._read_body(data)
        else:
            self._read_heads(data)

    def eof_received(self) -> None:
        """End the response, which may be whole if it ends with the connection.

        uvloop calls this at the end of TLS, but not if the connection ends without it.
        The transport closes itself.
        """
        if self._is_reading and self.status and self._left == -1:
            self._complete()
        self.connection_lost(None)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the response unless it is whole."""
        self.resume_writing()
        if self._is_reading:
            self._fail(self._breach(error))

    def pause_writing(self) -> None:
        """Let an upload wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let an upload continue."""
        self._writable.set()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a field from the parser; nobody reads those of a trailer."""
        fields = self._fields
        if len(fields) == FIELDS:
            raise ValueError("too many fields")
        fields.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Receive the end of a head from the parser."""
        status = self._parser.get_status_code()
        if self.status or status < 100 or status == 101:
            raise ValueError("a response that nobody has asked for")
        if status >= 200:
            self.status = status
            self._keeps = self._parser.should_keep_alive()
        else:
            self._fields.clear()

    def on_body(self, piece: bytes) -> None:
        """Receive content of chunks from the parser."""
        self._content += len(piece)
        self._framing -= len(piece)
        self._add(piece)

    def on_message_complete(self) -> None:
        """Receive the end of the chunks, or of a response without a body."""
        self._has_ended = True

    def _write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)
            if self._recorded:
                self._recorded.bytes_sent += len(data)

    def _has_unsent(self) -> bool:
        """Return whether a part of the request hasn't left yet, also one of TLS."""
        if self._is_uploading or self._socket.get_write_buffer_size():
            return True
        is_plain = self.transport is self._socket
        return not is_plain and self.transport.get_write_buffer_size() > 0

    def _read_heads(self, data: bytes) -> None:
        """Read heads up to that of the response.

        On a reused connection, none may begin before the request is written.
        """
        if self.requests > 1 and self._has_unsent():
            self._distrust()
            return
        try:
            while data and not self.status:
                data = self._read_head(data)
            if self.status:
                self._begin_body(data)
        except (HttpParserError, ValueError) as error:
            self._fail(self._breach(error))

    def _read_head(self, data: bytes) -> bytes:
        """Read up to the end of a head; return the bytes after it."""
        text = self._line_end + data
        _, end, rest = text.partition(b"\r\n\r\n")
        self._line_end = b"" if end else text[-3:]
        self._heads += bool(end)
        piece = data[: len(data) - len(rest)]
        self._seen += len(piece)
        if self._seen > HEAD or self._heads > HEADS:
            self._distrust()
            return b""
        self._parser.feed_data(piece)
        return rest

    def _begin_body(self, data: bytes) -> None:
        """Begin to read a body, as the head says; the parser reads nothing but chunks.

        `_left` are the bytes that are missing, -1 up to the end of the connection, and
        None for chunks.
        """
        fields = self.headers = tuple(self._fields)
        for name, value in fields:
            match len(name):
                case 14 if name.lower() == b"content-length":
                    self._left = int(value)
                case 16 if name.lower() == b"content-encoding":
                    self._coding += b"," * bool(self._coding) + value.strip().lower()
                case 17 if name.lower() == b"transfer-encoding":
                    if self._left is None or value.lower() != b"chunked":
                        raise ValueError("a transfer coding besides chunks")
                    self._left, self._fields = None, []  # those of the trailer
        if self._seen > FIELD and any(len(n) + len(v) > FIELD for n, v in fields):
            raise ValueError("a long head")
        if self._is_head or self.status in (204, 304):
            self._left = 0
        self._has_ended = False
        if self._limit is None:
            self._wake()
        elif self._left is not None and self._left > self._limit:
            self._fail(_too_large(self._limit))
            return
        if data or self._left == 0:
            self._read_body(data)

    def _read_body(self, data: bytes) -> None:
        left = self._left
        if left is None:
            self._read_chunks(data)
        elif left < 0:
            self._add(data)
        elif len(data) < left:
            self._left = left - len(data)
            self._add(data)
        else:
            self._add(data[:left])
            self._complete()
            if len(data) > left:
                self._distrust()

    def _read_chunks(self, data: bytes) -> None:
        """Read chunks; a line feed may be the end, so the parser gets it by itself."""
        self._framing += len(data)
        try:
            self._parser.feed_data(memoryview(data)[:-1])
            has_more = self._has_ended
            if not has_more:
                self._parser.feed_data(data[-1:])
        except (HttpParserError, ValueError) as error:
            has_more = self._has_ended
            if not has_more:
                self._fail(self._breach(error))
                return
        if self._has_ended:
            self._complete()
            if has_more:
                self._distrust()
        elif self._framing > FRAMING + self._content // 8:
            self._distrust()

    def _add(self, piece: bytes) -> None:
        """Keep a piece of the body for its reader."""
        if not piece or not self._is_reading:
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._limit is None:
            if self._size > HELD:
                # Bytes that the transport keeps aren't seen when it is used again.
                self._keeps = False
                self.transport.pause_reading()
            self._wake()
        elif self._size > self._limit:
            self._fail(_too_large(self._limit))

    def _complete(self) -> None:
        """End the response; an upload that isn't needed any more ends with it."""
        if self._is_reading:
            self._is_reading = False
            self._keeps = self._keeps and not self._has_unsent()
            self._wake()

    def _fail(self, error: BaseException) -> None:
        """End the connection, and the response with an error."""
        if self._is_reading:
            self._is_unsent = self._has_unsent()
            self._is_reading = self._keeps = False
            self.transport.abort()
            self._error = error
            if self._limit is None and self.status:
                self._wake()
            elif not self._answer.done():
                self._answer.set_exception(error)

    def _wake(self) -> None:
        """Let the task continue that awaits the response, unless it is cancelled."""
        if not self._answer.done():
            self._answer.set_result(None)

    def _breach(self, error: BaseException | None) -> NoAnswerError:
        """Return how and when the connection broke, without values of the upstream."""
        number = getattr(error, "errno", None)
        fault, kind = "it was closed", Failure.CONNECTION_CLOSED
        if self.status or isinstance(error, HttpParserError | ValueError):
            fault = "the answer was cut off or malformed"
            kind = Failure.MALFORMED_RESPONSE
        elif number:
            is_reset = number in (errno.ECONNRESET, errno.EPIPE)
            kind = Failure.CONNECTION_RESET if is_reset else Failure.CONNECTION_BROKEN
            fault = os.strerror(number)
        self.is_lost = not self._seen
        breach = ConnectionLostError if self.is_lost else NoAnswerError
        return breach("broke the connection", f"{fault} {self.phase}", kind)

    def _distrust(self) -> None:
        """End the connection, whose upstream may confuse later responses as well."""
        if not self.transport.is_closing():
            self._note_excess()
            self.abort()


def _readiness(transport: asyncio.Transport) -> Callable[[], object]:
    """Return a function that checks for unread bytes or the end of the connection."""
    descriptor = transport.get_extra_info("socket").fileno()
    if sys.platform == "win32":
        return lambda: select.select([descriptor], [], [], 0)[0]
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return partial(poll.poll, 0)


def _too_large(limit: int) -> NoAnswerError:
    fault = f"answered with more than {limit // 1024**2} MiB"
    return NoAnswerError(fault, kind=Failure.RESPONSE_TOO_LARGE)


def decode(body: bytes, coding: bytes, limit: int) -> bytes:
    """Decompress a body, of which at most `limit` bytes may come."""
    if not body or coding in (b"", b"identity"):
        return body
    fault = "answered in a content coding that was not asked for"
    if coding in (b"gzip", b"x-gzip", b"deflate"):
        try:
            return _inflate(body, limit)
        except zlib.error:
            fault = "answered with damaged compressed data"
    raise NoAnswerError(fault, kind=Failure.MALFORMED_RESPONSE)


def _inflate(body: bytes, limit: int) -> bytes:
    """Decompress deflate, or gzip of one or more members; raises zlib.error."""
    content, at = bytearray(), 0
    for _ in range(MEMBERS):
        decoder = zlib.decompressobj(47)
        while at < len(body) and not decoder.eof:
            piece = body[at : at + PIECE]
            content += decoder.decompress(piece, limit + 1 - len(content))
            if len(content) > limit:
                raise _too_large(limit)
            at += len(piece) - len(decoder.unused_data)
        if decoder.eof and at == len(body):
            return bytes(content)
    raise zlib.error("cut short, or in too many members")


# --- origins --------------------------------------------------------------------------

KEEP = 15.0
"""Seconds after which an idle connection is closed."""
DISTRUST = 60.0
"""Seconds without connection reuse after an upstream has sent too many bytes."""
RESOLVED = 10.0
"""Seconds in which the addresses of a name are used."""
DELAY = 0.25
"""Seconds before a connection to the next address is tried (RFC 8305)."""
LONG = 64 * 1024
"""The bytes of a request from which an upstream may respond before all are sent."""
PORTS = {"http": 80, "https": 443}
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that say nothing about a body that isn't there."""
URL = re.compile(r"(https?://[^/?#]+)(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)
UNSAFE = re.compile(r"[\0- #\x7f]")
LOG = logging.getLogger(__name__)
Address = tuple[Any, ...]
"""An address as `getaddrinfo` returns it."""


def client_tls() -> ssl.SSLContext:
    """Return TLS settings with the authorities of the system."""
    context = ssl.create_default_context()
    # Anybody may be called like a host; only alternative names are checked by issuers.
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    return context


shared_tls = cache(client_tls)


class Origin:
    """A scheme, host and port, to which connections are opened and kept.

    With `trusts_env`, the proxies of the environment are used.
    """

    def __init__(self, root: str, tls: ssl.SSLContext | None, trusts_env: bool) -> None:
        parts = urlsplit(root)
        self.host = host = _host(parts)
        self.port = parts.port or PORTS[parts.scheme]
        self.authority = authority(parts)
        is_secure = parts.scheme == "https"
        self.tls = (tls or shared_tls()) if is_secure else None
        proxy = _proxy(parts.scheme, host) if trusts_env else None
        self.is_behind_proxy = proxy is not None
        self.peer, self._proxy_lines = proxy or ((host, self.port), "")
        """The address to connect to, and the credential of a proxy there in a head."""
        self._start, self._lines = "", f"\r\nHost: {self.authority}"
        """The text before paths, which proxies want that see requests."""
        if proxy and not is_secure:
            self._start = f"http://{self.authority}"
            self._lines += self._proxy_lines
        # Most requests to an origin have the same headers.
        self._parts = lru_cache(8)(self._check)
        self._loop = asyncio.get_running_loop()
        self._lookup: asyncio.Task[list[Address]] | None = None
        self._opening = 0
        self._open: set[Connection] = set()
        self._idle: list[Connection] = []
        """Its open connections without a request, the latest at the end."""
        self._distrusted = 0.0
        """The time until which no connection is used again."""

    def head(
        self, method: str, target: str, headers: Headers, length: int | None
    ) -> bytes:
        """Return the head of a request; `length` is that of its body, -1 for chunks.

        Raises ValueError for texts that would change the meaning of others.
        """
        start, own, fields = self._parts(method, headers)
        if UNSAFE.search(target):
            raise ValueError("a target would change other parts of a request")
        if length is None:
            framing = "" if method in WITHOUT_BODY else "\r\nContent-Length: 0"
        elif length < 0:
            framing = "\r\nTransfer-Encoding: chunked"
        else:
            framing = f"\r\nContent-Length: {length}"
        return f"{start}{target} HTTP/1.1{own}{framing}{fields}\r\n\r\n".encode()

    def _check(self, method: str, headers: Headers) -> tuple[str, str, str]:
        """Return the parts of a head that depend on neither target nor body."""
        fields = "".join([f"\r\n{name}: {value}" for name, value in headers])
        own, names = self._lines, fields.lower()
        if "\r\nhost:" in names:
            own = own.replace(f"\r\nHost: {self.authority}", "", 1)
        text = f"{method}{self._start}{own}{fields}"
        ends = own.count("\r\n") + len(headers)
        if (
            (text.count("\r"), text.count("\n")) != (ends, ends)
            or "\0" in text
            or "\r\ncontent-length:" in names
            or "\r\ntransfer-encoding:" in names
        ):
            raise ValueError("a part of a request would change the others")
        return f"{method} {self._start}", own, fields

    async def exchange(self, request: Outgoing) -> Reply:
        """Send a request and return its response."""
        connection = await self.take(is_new=len(request.content) > LONG)
        try:
            await connection.send(request)
            return connection.reply()
        finally:
            self.release(connection)

    async def take(self, *, is_new: bool) -> Connection:
        """Return the latest idle connection or open one; raises NotSentError.

        A long body is sent over one that is new: a response to a part of it is no
        response to an earlier request then.
        """
        while self._idle and not is_new:
            connection = self._idle.pop()
            if connection.is_connected() and not self._is_distrusted():
                break
            self._close(connection)
        else:
            CARRIER.set(Phase.CONNECTING)
            self._opening += 1
            try:
                connection = await self._connect()
            except (OSError, UnicodeError, NoAnswerError) as error:
                raise self._unreachable(error) from None
            finally:
                self._opening -= 1
            self._open.add(connection)
        CARRIER.set(connection)
        return connection

    def release(self, connection: Connection) -> None:
        """Keep a connection for further requests, or close it."""
        if connection.may_be_kept() and not self._is_distrusted():
            connection.idle_since = self._loop.time()
            self._idle.append(connection)
            return
        self._close(connection)
        # Those that were opened earlier may have ended as well.
        while connection.is_lost and self._idle:
            self._close(self._idle.pop())

    def sweep(self) -> bool:
        """Close connections that have been idle for long; return whether it is used."""
        end = self._loop.time() - KEEP
        while self._idle and self._idle[0].idle_since <= end:
            self._close(self._idle.pop(0))
        return bool(self._opening or self._open or self._is_distrusted())

    def close(self) -> None:
        """Close all connections, also those that carry a request."""
        for connection in self._open:
            connection.abort()

    def _close(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.abort()

    def _distrust(self) -> None:
        """Distrust the upstream for some time, as it has sent too many bytes."""
        self._distrusted = monotonic() + DISTRUST

    def _is_distrusted(self) -> bool:
        return self._distrusted > 0 and self._distrusted > monotonic()

    async def _connect(self) -> Connection:
        """Open a connection, first to addresses of the family that comes first."""
        addresses = await self._addresses()
        family = addresses[0][0]
        first = [address for address in addresses if address[0] == family]
        others = [address for address in addresses if address[0] != family]
        # The next connection begins with another address.
        addresses[:] = (*first[1:], first[0], *others)
        pairs = zip_longest(first, others)
        order = [address for pair in pairs for address in pair if address]
        connection = await (self._race(order) if order[1:] else self._attempt(order[0]))
        if self.tls and self.is_behind_proxy:
            await self._secure(connection, self.tls)
        return connection

    async def _race(self, addresses: list[Address]) -> Connection:
        """Try an address after the other, without waiting for slow ones (RFC 8305)."""
        connections: list[Connection] = []

        async def attempt(address: Address) -> None:
            connections.append(await self._attempt(address))

        attempts = [partial(attempt, address) for address in addresses]
        try:
            _, _, errors = await staggered_race(attempts, DELAY)
        except asyncio.CancelledError:
            for connection in connections:
                connection.abort()
            raise
        if not connections:
            raise next(error for error in errors if error)
        return connections[0]

    async def _addresses(self) -> list[Address]:
        """Look a name up; all connections of the next seconds share the addresses."""
        if self._lookup is None:
            flags = 0 if ":" in self.peer[0] else socket.AI_ADDRCONFIG
            kind = socket.SOCK_STREAM
            looking = self._loop.getaddrinfo(*self.peer, type=kind, flags=flags)
            self._lookup = asyncio.create_task(looking, context=Context())
            self._lookup.add_done_callback(self._forget_later)
        return await asyncio.shield(self._lookup)

    def _forget_later(self, lookup: asyncio.Task[list[Address]]) -> None:
        is_failed = lookup.cancelled() or lookup.exception()
        delay = 0.0 if is_failed else RESOLVED
        self._loop.call_later(delay, setattr, self, "_lookup", None)

    async def _attempt(self, address: Address) -> Connection:
        """Connect to an address, by TLS unless a proxy is there.

        The event loop makes the socket: uvloop doesn't forget one that it was given if
        TLS fails, and refuses the next with the same number.
        """
        family, _, protocol, _, (host, port, *scope) = address
        _, connection = await self._loop.create_connection(
            partial(Connection, self._distrust),
            f"{host}%{scope[1]}" if any(scope[1:]) else host,
            port,
            family=family,
            proto=protocol,
            flags=socket.AI_NUMERICHOST,
        )
        if self.tls and not self.is_behind_proxy:
            await self._secure(connection, self.tls)
        return connection

    async def _secure(self, connection: Connection, tls: ssl.SSLContext) -> None:
        """Begin TLS, by a tunnel if there is a proxy, which mustn't see requests."""
        try:
            if self.is_behind_proxy:
                await self._ask_for_tunnel(connection)
            await connection.secure(tls, self.host)
        except BaseException:
            connection.abort()
            raise

    async def _ask_for_tunnel(self, connection: Connection) -> None:
        """Ask a proxy for a connection; nothing is sent to the upstream yet."""
        to = f"{self.authority.removesuffix(f':{self.port}')}:{self.port}"
        head = f"CONNECT {to} HTTP/1.1\r\nHost: {to}{self._proxy_lines}\r\n\r\n"
        await connection.send(Outgoing(head.encode(), is_head=True, limit=0))
        if connection.status != 200:
            fault = f"its proxy answered with the status {connection.status}"
            raise NotSentError(fault, Failure.PROXY)
        if connection.transport.is_closing():
            raise NotSentError("its proxy closed or misused the tunnel", Failure.PROXY)
        connection.requests = 0

    def _unreachable(self, error: Exception) -> NotSentError:
        """Return the reason for which there is no connection, without the URL."""
        fault, kind = type(error).__name__, Failure.CONNECTION_FAILED
        match error:
            case ssl.SSLCertVerificationError():
                fault = f"its certificate isn't accepted: {error.verify_message}"
                return NotSentError(fault, Failure.CERTIFICATE)
            case ssl.SSLError():
                return NotSentError(f"TLS failed: {error.reason}", Failure.TLS)
            case socket.gaierror() | UnicodeError():
                fault, kind = "its name can't be looked up", Failure.DNS
            case OSError() if error.errno:
                fault = os.strerror(error.errno)
                if error.errno == errno.ECONNREFUSED:
                    kind = Failure.CONNECTION_REFUSED
            case _:
                pass
        if self.is_behind_proxy:
            return NotSentError(f"its proxy: {fault}", Failure.PROXY)
        return NotSentError(fault, kind)


class Connections(AbstractAsyncContextManager["Connections"]):
    """The connections of a process to all origins, closed at the end of the context."""

    def __init__(self, *, trusts_env: bool = False) -> None:
        self._trusts_env = trusts_env
        self._origins: dict[tuple[str, ssl.SSLContext | None], Origin] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    async def __aexit__(self, *_: object) -> None:
        """Close all."""
        if self._sweeping:
            self._sweeping.cancel()
        for origin in self._origins.values():
            origin.close()
        # Transports end in the next turn of the loop.
        await asyncio.sleep(0)

    def find(self, url: str, tls: ssl.SSLContext | None = None) -> tuple[Origin, str]:
        """Return the origin of a URL and the rest of it; `tls` replaces the default."""
        at = url.find("/", len("https://"))
        root, target = (url[:at], url[at:]) if at > 0 else (url, "/")
        origin = self._origins.get((root, tls))
        if origin is None:
            root, target = split_url(url)
            origin = self._origins.get((root, tls))
        if origin is None:
            origin = Origin(root, tls, self._trusts_env)
            self._origins[root, tls] = origin
            self._sweep_later()
        return origin, target

    def _sweep_later(self) -> None:
        if self._sweeping is None and self._origins:
            loop = asyncio.get_running_loop()
            # The timer belongs to no request.
            self._sweeping = loop.call_later(KEEP, self._sweep, context=Context())

    def _sweep(self) -> None:
        """Forget unused origins."""
        origins = [*self._origins.items()]
        self._origins = {key: origin for key, origin in origins if origin.sweep()}
        self._sweeping = None
        self._sweep_later()


def split_url(url: str) -> tuple[str, str]:
    """Return the origin of a URL, and the rest of the URL as requests have it."""
    split = URL.match(url)
    if split is None:
        raise ValueError("a URL of a request must begin with http or https")
    root, path, query = split.groups(default="")
    return root, f"{path or '/'}{query}"


def authority(parts: SplitResult) -> str:
    """Return the host of a URL as requests have it, with a port that isn't the default.

    The zone of an address has a meaning only on this machine.
    """
    host = _host(parts).partition("%")[0]
    name = f"[{host}]" if ":" in host else host
    is_default = parts.port in (None, PORTS[parts.scheme])
    return name if is_default else f"{name}:{parts.port}"


def _host(parts: SplitResult) -> str:
    return unquote(parts.hostname or "").rstrip(".")


def _proxy(scheme: str, host: str) -> tuple[tuple[str, int], str] | None:
    """Return the address of the environment's proxy for a host, and its credential."""
    url = getproxies().get(scheme)
    if not url or proxy_bypass(host):
        return None
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        LOG.warning("the proxy for %s isn't used: it must have an http:// URL", scheme)
        return None
    lines = ""
    if parts.username:
        credential = basic(unquote(parts.username), unquote(parts.password or ""))
        lines = f"\r\nProxy-Authorization: {credential}"
    return (parts.hostname, parts.port or PORTS["http"]), lines
