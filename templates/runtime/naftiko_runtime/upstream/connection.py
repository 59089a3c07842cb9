"""A connection to an upstream, which carries one response to each request."""

import asyncio
import re
import select
import sys
import zlib
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import partial
from time import monotonic
from typing import Any

import aiohttp
from aiohttp import hdrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage

from ..errors import Failure, NaftikoError, NoAnswerError, Phase
from ..observing.calls import OBSERVERS, REQUEST, UpstreamRequest
from ..transport import Reply

MEBIBYTE = 1024 * 1024
ANSWER_LIMIT = 16 * MEBIBYTE
MEMBERS = 1000
# A decoder copies the input after the end of a gzip member, so it gets small pieces.
PIECE = 64 * 1024

DISTRUST = 60.0
"""Seconds without connection reuse after an upstream has sent too many bytes."""
UNKNOWN: Any = object()
HEADS = 100
"""The maximum number of 1xx responses and empty lines before a response."""
FRAMING = 64 * 1024
"""The maximum number of framing bytes in a chunked body, plus 1 for each 8 of content.

Parsing a chunk takes time, even if it has little content.
"""
LONG = 64 * 1024
"""The bytes of a body from which an upstream may respond before all are sent."""
# aiohttp's parser also accepts a line feed alone as the end of a line.
EMPTY_LINE = re.compile(rb"\n\r?\n")
CARRIER: ContextVar["Handler | None"] = ContextVar("carrier")
"""The connection of the task's current request, None until there is one."""
Suspects = dict[ConnectionKey | None, float]
"""Upstreams that sent too many bytes, and the time until which they are distrusted."""


async def read_response(
    response: aiohttp.ClientResponse, limit: int = ANSWER_LIMIT
) -> Reply:
    """Read a whole response, up to the limit in bytes, and decompress it."""
    # The Content-Length of a response to HEAD is about a body that isn't sent.
    announced = 0 if response.method == hdrs.METH_HEAD else response.content_length
    if announced is not None and announced > limit:
        raise _too_large(limit)
    if response.content.is_eof():
        body = response.content.read_nowait()  # the body arrived with the head
    elif announced is not None:
        body = await response.read()
    else:
        body = await _counted(response, limit)
    if body and hdrs.CONTENT_ENCODING in response.headers:
        codings = response.headers.getall(hdrs.CONTENT_ENCODING)
        body = _decompressed(body, ",".join(codings).strip().lower(), limit)
    return Reply(response.status, response.raw_headers, body)


def _too_large(limit: int) -> NoAnswerError:
    fault = f"answered with more than {limit // MEBIBYTE} MiB"
    return NoAnswerError(fault, kind=Failure.RESPONSE_TOO_LARGE)


async def _counted(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Read a body whose length isn't known, up to the limit."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _decompressed(body: bytes, coding: str, limit: int) -> bytes:
    if coding == "identity":
        return body
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise _malformed("answered in a content coding that was not asked for")
    try:
        return _inflated(body, limit)
    except zlib.error:
        raise _malformed("answered with damaged compressed data") from None


def _malformed(fault: str) -> NoAnswerError:
    return NoAnswerError(fault, kind=Failure.MALFORMED_RESPONSE)


def _inflated(body: bytes, limit: int) -> bytes:
    """Decompress deflate, or gzip of one or more members; raises zlib.error."""
    plain, at = bytearray(), 0
    for _ in range(MEMBERS):
        decoder = zlib.decompressobj(47)
        while at < len(body) and not decoder.eof:
            piece = body[at : at + PIECE]
            plain += decoder.decompress(piece, limit + 1 - len(plain))
            if len(plain) > limit:
                raise _too_large(limit)
            at += len(piece) - len(decoder.unused_data)
        if decoder.eof and at == len(body):
            return bytes(plain)
    raise zlib.error("cut short, or in too many members")


def phase() -> Phase:
    """Return how far the task's current request has come."""
    handler = CARRIER.get(UNKNOWN)
    if isinstance(handler, Handler):
        return handler.phase
    return Phase.CONNECTING if handler is None else Phase.UNKNOWN


class DroppedError(NaftikoError, aiohttp.ClientError):
    """A connection that ended before a response began."""


class Handler(ResponseHandler):
    """The protocol of a connection, which reads one response to each request.

    A byte without a request, or after the end of a response, ends the connection.
    Otherwise such bytes would be read as the response to the next request.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, suspects: Suspects) -> None:
        super().__init__(loop)
        self.origin: ConnectionKey | None = None
        self.requests = 0
        self.recorded: UpstreamRequest | None = None
        self._is_begun = False
        self._suspects = suspects
        self._is_readable: Callable[[], object] | None = None
        self._is_head = False
        self._is_written = False
        self._line_end = b""
        self._heads = 0
        self._body: aiohttp.StreamReader | None = None
        self._bytes_left = 0
        self._is_chunked = False
        self._chunk_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; observers are told of the bytes that it writes."""
        noting: Any = _NotingTransport(transport, self) if OBSERVERS else transport
        super().connection_made(noting)

    @property
    def phase(self) -> Phase:
        """Return how far the current request has come."""
        if self._body is not None:
            return Phase.READING
        return Phase.AWAITING if self._is_written else Phase.SENDING

    def note_written(self, size: int) -> None:
        """Note bytes of the current request, of which the first may be one."""
        if self.recorded is not None:
            self.recorded.times_sent += not self._is_begun
            self.recorded.bytes_sent += size
            self._is_begun = True

    def is_connected(self) -> bool:
        """Return whether this connection may be used for another request.

        It may not if bytes have arrived without a request, or if the upstream has
        closed it.
        """
        transport = self.transport
        if transport is None or transport.is_closing():
            return False
        if self._suspects and self._is_suspect():
            return False
        if self._is_readable is None:
            self._is_readable = _readiness(transport)
        return not self._is_readable()

    def set_response_params(
        self, *, skip_payload: bool = False, **options: Any
    ) -> None:
        """Prepare for a response; aiohttp calls this before it writes a request."""
        super().set_response_params(skip_payload=skip_payload, **options)
        self.requests += 1
        CARRIER.set(self)
        if OBSERVERS:
            self.recorded, self._is_begun = REQUEST.get(), False
        self._is_head = skip_payload
        self._is_written = False
        self._heads = 0
        self._body = None
        if self._suspects and self._is_suspect():
            self.force_close()

    def start_timeout(self) -> None:
        """Record that aiohttp has written the whole request."""
        self._is_written = True
        super().start_timeout()

    def data_received(self, data: bytes) -> None:
        """Read a piece of the response, or end the connection.

        On a reused connection, no response may begin before the request is written.
        """
        body = self._body
        if self.recorded is not None:
            self.recorded.bytes_received += len(data)
        if not data:  # aiohttp continues with bytes that it has kept
            super().data_received(data)
        elif body is None and (self._is_written or self.requests <= 1):
            if not (self._line_end or self._is_head) and _is_whole(data):
                super().data_received(data)
                self._bytes_left = 0
            else:
                self._read(data)
        elif body is not None and not body.is_eof():
            self._read_body(data, body)
        else:
            self._end()

    def feed_data(
        self, data: tuple[RawResponseMessage, aiohttp.StreamReader], size: int = 0
    ) -> None:
        """Receive the head of a response from the parser."""
        super().feed_data(data, size)
        message, body = data
        if message.code >= 200 or message.code == 101:
            length = message.headers.get(hdrs.CONTENT_LENGTH)
            self._body = body
            self._is_chunked = message.chunked
            self._chunk_bytes = 0
            self._bytes_left = sys.maxsize if length is None else int(length)

    def pause_reading(self) -> None:
        """Don't reuse this connection: the bytes that aiohttp keeps aren't checked."""
        self.force_close()
        super().pause_reading()

    def set_exception(
        self, exc: BaseException, exc_cause: BaseException | None = None
    ) -> None:
        """Report a lost connection as an error that makes aiohttp repeat no request."""
        if isinstance(exc, aiohttp.ClientOSError | aiohttp.ServerDisconnectedError):
            super().set_exception(DroppedError(), exc)
        else:
            super().set_exception(exc, exc_cause or exc)

    def _read(self, data: bytes) -> None:
        while data and self._body is None and self.exception() is None:
            # Parsing a head takes time, so their number is limited.
            if self._heads == HEADS:
                self._end()
                return
            data = self._read_head(data)
        if data and self._body is not None:
            self._read_body(data, self._body)

    def _read_head(self, data: bytes) -> bytes:
        """Read up to the end of a head; return the bytes after it.

        The parser gets the head alone: it drops a head if the bytes after it are
        malformed.
        """
        before = self._line_end
        empty_line = EMPTY_LINE.search(before + data)
        end = empty_line.end() - len(before) if empty_line else len(data)
        self._line_end = b"" if empty_line else (before + data)[-2:]
        self._heads += empty_line is not None
        super().data_received(data[:end])
        return data[end:]

    def _read_body(self, data: bytes, body: aiohttp.StreamReader) -> None:
        if body.is_eof():
            extra = data
        elif self._is_chunked:
            if self._is_mostly_framing(body):
                body.set_exception(aiohttp.ClientPayloadError("tiny chunks"))
                self._end()
                return
            extra = self._read_chunks(data, body)
        else:
            extra = self._read_counted(data)
        if self.exception() is not None and not body.is_eof():
            # aiohttp reports the error only to readers that wait for a head.
            body.set_exception(aiohttp.ClientPayloadError("malformed"))
        elif extra:
            self._end()

    def _read_counted(self, data: bytes) -> bytes:
        """Read the rest of Content-Length; return the bytes beyond it."""
        left = self._bytes_left
        self._bytes_left = max(left - len(data), 0)
        if len(data) <= left:
            super().data_received(data)
            return b""
        super().data_received(data[:left])
        return data[left:]

    def _is_mostly_framing(self, body: aiohttp.StreamReader) -> bool:
        """Return whether the chunks read so far are too many for their content.

        aiohttp has parsed all of them when more bytes arrive.
        """
        framing = self._chunk_bytes - body.total_bytes
        return framing > FRAMING + body.total_bytes // 8

    def _read_chunks(self, data: bytes, body: aiohttp.StreamReader) -> bytes:
        """Read chunks; return the last byte if the body has ended before it.

        A line feed may be the end of the body, so the parser gets it alone.
        """
        self._chunk_bytes += len(data)
        last = data[-1:]
        if last != b"\n" or len(data) == 1:
            super().data_received(data)
            return last if body.is_eof() and last != b"\n" else b""
        super().data_received(data[:-1])
        if body.is_eof():
            return last
        super().data_received(last)
        return b""

    def _end(self) -> None:
        """End the connection, and distrust the upstream for some time."""
        self.force_close()
        if self.origin is not None:
            self._suspects[self.origin] = monotonic() + DISTRUST
        if self.transport is not None:
            self.transport.abort()

    def _is_suspect(self) -> bool:
        """Return whether the upstream is distrusted now."""
        return self._suspects.get(self.origin, 0.0) > monotonic()


class _NotingTransport:
    """A transport that tells its handler of the bytes that it has written."""

    def __init__(self, transport: Any, handler: Handler) -> None:
        self._transport = transport
        self._handler = handler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._transport.write(data)
        self._handler.note_written(len(data))

    def writelines(self, chunks: Iterable[bytes]) -> None:
        self.write(b"".join(chunks))


class Connector(aiohttp.TCPConnector):
    """The connections to all upstreams; one with unread bytes is never reused.

    `limit` is the maximum number of connections.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)
        self._suspects: Suspects = {}
        # aiohttp's annotation permits its own handler class alone.
        make: Callable[..., ResponseHandler] = Handler
        self._factory = partial(make, self._loop, self._suspects)

    async def connect(
        self, req: aiohttp.ClientRequest, *args: Any, **options: Any
    ) -> Connection:
        """Return a connection; a long body is sent over one that is new.

        A response to a part of it is no response to an earlier request then.
        """
        connection = await super().connect(req, *args, **options)
        while _has_long_body(req) and _is_reused(connection):
            connection.close()
            connection = await super().connect(req, *args, **options)
        return connection

    async def _create_connection(
        self, req: aiohttp.ClientRequest, *args: Any, **options: Any
    ) -> ResponseHandler:
        """Connect, and record the upstream in the handler.

        The CONNECT for a proxy isn't a sending of the request.
        """
        token = REQUEST.set(None)
        try:
            handler = await super()._create_connection(req, *args, **options)
        finally:
            REQUEST.reset(token)
            CARRIER.set(None)
        if not isinstance(handler, Handler):
            raise TypeError("aiohttp makes connections in another way")
        handler.origin = req.connection_key
        return handler


def _has_long_body(request: aiohttp.ClientRequest) -> bool:
    """Return whether a body is long, or may be so."""
    length = request.headers.get(hdrs.CONTENT_LENGTH)
    if length is None:
        return hdrs.TRANSFER_ENCODING in request.headers
    return int(length) > LONG


def _is_reused(connection: Connection) -> bool:
    handler = connection.protocol
    return isinstance(handler, Handler) and handler.requests > 0


def _is_whole(data: bytes) -> bool:
    """Return whether bytes are a whole common response, which needs no more checks."""
    end = data.find(b"\n\r\n") + 1
    length = len(data) - end - 2
    return (
        data.startswith(b"HTTP/1.1 200 ")
        and length > 0
        and data.find(b"\n\n", 0, end) < 0
        and data.find(b"\nContent-Length: %d\r\n" % length, 0, end) > 0
    )


def _readiness(transport: asyncio.BaseTransport) -> Callable[[], object]:
    """Return a function that checks for unread bytes or the end of the connection."""
    descriptor = transport.get_extra_info("socket").fileno()
    if sys.platform == "win32":
        return lambda: select.select([descriptor], [], [], 0)[0]
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return partial(poll.poll, 0)
