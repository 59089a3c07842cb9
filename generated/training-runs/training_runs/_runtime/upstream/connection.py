"""A connection to an upstream, which carries one response to each request."""

import asyncio
import errno
import os
import select
import sys
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from functools import partial
from time import monotonic
from typing import Any

from httptools import HttpParserError, HttpResponseParser

from ..errors import (
    ConnectionLostError,
    Failure,
    NaftikoError,
    NoAnswerError,
    NotSentError,
    Phase,
)
from ..observing.calls import UpstreamRequest
from ..transport import RawHeaders
from .codings import too_large
from .origins import Origin

BROKEN = "broke the connection"
CLOSED = "the connection was closed before the request"
DISTRUST = 60.0
"""Seconds without connection reuse after an upstream has sent too many bytes."""
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
EMPTY_LINE = b"\r\n\r\n"
CARRIER: ContextVar["Connection | None"] = ContextVar("carrier")
"""The connection of the task's current request, None until there is one."""
UNKNOWN: Any = object()


def phase() -> Phase:
    """Return how far the task's current request has come."""
    connection = CARRIER.get(UNKNOWN)
    if isinstance(connection, Connection):
        return connection.phase
    return Phase.CONNECTING if connection is None else Phase.UNKNOWN


class Connection(asyncio.Protocol):
    """A connection, which reads one response to each request.

    A byte without a request, or after the end of a response, ends the connection.
    Otherwise such bytes would be read as the response to the next request.
    """

    transport: asyncio.Transport

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._loop = asyncio.get_running_loop()
        self._is_readable: Callable[[], object] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._recorded: UpstreamRequest | None = None
        self._is_reading = self._keeps = self._is_uploading = False
        self.is_lost = False
        """Whether it ended before a response to its last request began."""
        self.requests = 0
        self.idle_since = 0.0

    def connection_made(self, transport: Any) -> None:
        """Take the transport."""
        self.transport = transport

    def send(
        self,
        request: bytes,
        limit: int | None = None,
        *,
        is_head: bool = False,
        uploads: bool = False,
        recorded: UpstreamRequest | None = None,
    ) -> asyncio.Future[None]:
        """Write a request; the future is done with its response, or with its failure.

        That is NotSentError if the connection has ended since it was opened.
        The body has at most `limit` bytes. Without a limit, the future is done with the
        head, and `pieces` yields the body. With `uploads`, `upload` writes the rest.
        """
        self.status = 0
        self.headers: RawHeaders = ()
        self.coding = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._parser = HttpResponseParser(self)
        self._line_end = b""
        self._heads = self._seen = self._size = self._content = self._framing = 0
        self._left: int | None = -1
        self._limit = limit
        self._pieces: list[bytes] = []
        self._error: BaseException | None = None
        self._is_head, self._is_uploading = is_head, uploads
        self._is_reading, self._is_unsent, self._keeps = True, False, False
        self._answer = self._loop.create_future()
        self._recorded = recorded
        self.requests += 1
        if self.transport.is_closing():
            self._fail(NotSentError(CLOSED, Failure.CONNECTION_CLOSED))
            return self._answer
        if recorded:
            recorded.times_sent += 1
        self._write(request)
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
                if self._drained is not None:
                    await self._drained
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
            held, self._pieces = b"".join(self._pieces), []
            if self._size > HELD and not self.transport.is_closing():
                self.transport.resume_reading()
            self._size = 0
            if held:
                yield held
        if self._error is not None:
            raise self._error

    def body(self) -> bytes:
        """Return the whole body, as it was sent."""
        pieces = self._pieces
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    @property
    def phase(self) -> Phase:
        """Return how far the current request has come."""
        if self.status:
            return Phase.READING
        is_sent = not (self._is_unsent or self._has_unsent())
        return Phase.AWAITING if is_sent else Phase.SENDING

    def may_be_kept(self) -> bool:
        """Return whether another request may follow the current one."""
        if self._is_reading or not self._keeps or self.origin.is_distrusted():
            return False
        return not (self.transport.is_closing() or self._has_unsent())

    def is_connected(self) -> bool:
        """Return whether this connection may be used for another request.

        It may not if bytes have arrived without a request, or if the upstream has
        closed it.
        """
        if self.transport.is_closing() or self.origin.is_distrusted():
            return False
        if self._is_readable is None:
            self._is_readable = _readiness(self.transport)
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
        self._drained = self._drained or self._loop.create_future()

    def resume_writing(self) -> None:
        """Let an upload continue."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

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
        return self._is_uploading or self.transport.get_write_buffer_size() > 0

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
        before = self._line_end
        end = (before + data).find(EMPTY_LINE)
        if end < 0:
            piece, rest = data, b""
            self._line_end = (before + data)[-3:]
        else:
            end += 4 - len(before)
            piece, rest = data[:end], data[end:]
            self._line_end = b""
            self._heads += 1
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
                    self.coding += b"," * bool(self.coding) + value.strip().lower()
                case 17 if name.lower() == b"transfer-encoding":
                    if self._left is None or value.lower() != b"chunked":
                        raise ValueError("a transfer coding besides chunks")
                    self._left, self._fields = None, []  # those of the trailer
        if self._seen > FIELD and _is_long(fields):
            raise ValueError("a long head")
        if self._is_head or self.status in (204, 304):
            self._left = 0
        self._has_ended = False
        if self._limit is None:
            self._wake()
        elif self._left is not None and self._left > self._limit:
            self._fail(too_large(self._limit))
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
            self._fail(too_large(self._limit))

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
        if self.status or isinstance(error, HttpParserError | ValueError):
            fault = "the answer was cut off or malformed"
            kind = Failure.MALFORMED_RESPONSE
        elif number:
            is_reset = number in (errno.ECONNRESET, errno.EPIPE)
            kind = Failure.CONNECTION_RESET if is_reset else Failure.CONNECTION_BROKEN
            fault = os.strerror(number)
        else:
            fault, kind = "it was closed", Failure.CONNECTION_CLOSED
        self.is_lost = not self._seen
        breach = ConnectionLostError if self.is_lost else NoAnswerError
        return breach(BROKEN, f"{fault} {self.phase}", kind)

    def _distrust(self) -> None:
        """End the connection, and distrust the upstream for some time."""
        if not self.transport.is_closing():
            self.origin.distrusted = monotonic() + DISTRUST
            self.abort()


def _is_long(fields: RawHeaders) -> bool:
    return any(len(name) + len(value) > FIELD for name, value in fields)


def _readiness(transport: asyncio.BaseTransport) -> Callable[[], object]:
    """Return a function that checks for unread bytes or the end of the connection."""
    descriptor = transport.get_extra_info("socket").fileno()
    if sys.platform == "win32":
        return lambda: select.select([descriptor], [], [], 0)[0]
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return partial(poll.poll, 0)
