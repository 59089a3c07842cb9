"""Connections of clients: messages with limits, and refusals."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, NoReturn, cast
from urllib.parse import unquote

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from ..errors import NaftikoError
from ..http.messages import (
    BUSY,
    CHECKED,
    HEAD_BYTES,
    HEADERS,
    LONG_HEAD,
    LONG_TARGET,
    MALFORMED,
    SAFE,
    SLOW,
    STOPPING,
    STREAMED,
    TARGET,
    TARGET_BYTES,
    RawHeaders,
    Refusal,
    Responder,
    head_without_upgrade,
    is_header_value,
    path_of,
    refusal_of,
    send_messages,
    send_response,
    size_of,
)
from ..observing.calls import ID_HEADER, ID_KEY, REQUEST_ID, note_refusal, request_id
from .capacity import SMALL_BYTES, Capacity, unread_bytes

# Only larger responses are sent in two parts, because that takes more time.
LARGE_BYTES = 128 * 1024
USUAL = frozenset(
    b"allow cache-control content-disposition content-length content-type etag "
    b"last-modified link location retry-after www-authenticate".split()
)
"""Names of headers that are valid, and that don't change how a response ends."""

END = b"\r\n"
LAST = b"connection: close\r\n\r\n"
"""The end of the head of a connection's last response."""


def lines_of(headers: RawHeaders) -> bytes:
    """Return headers as they are sent."""
    return b"".join([b"%s: %s\r\n" % field for field in headers])


SAFE_LINES = lines_of(SAFE)


class Output:
    """The transport of a connection, for responses.

    It writes the head of a response together with the first part of the body, which
    needs one system call instead of two. `end` closes the connection.
    """

    __slots__ = ("_head", "_holds", "_transport", "end", "is_closing", "response_bytes")

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None]) -> None:
        self.end = end
        self.is_closing = transport.is_closing
        self.response_bytes = 0
        """The size of the large body that is being written."""
        self._transport = transport
        self._head = b""
        self._holds = False

    def hold(self) -> None:
        """Keep the next write, which is a head, until its body or `flush`."""
        self._holds = True

    def flush(self) -> None:
        """Write the kept head, if no body follows."""
        self.write(b"")

    def write(self, data: bytes) -> None:
        """Write a part of a response, after the kept head if there is one."""
        if self._holds:
            self._head = data
            self._holds = False
        elif self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        else:
            self._transport.write(data)

    def write_whole(self, head: bytes, body: bytes) -> None:
        """Write a whole response."""
        self._transport.writelines((head, body))

    def close(self) -> None:
        """Close the connection after the response."""
        self.flush()
        self.end()


class Exchange(Responder, RequestResponseCycle):
    """uvicorn's cycle of a request and its response, with fewer writes.

    `transport` is an Output. A usual response that comes as a whole is written at once;
    any other goes through uvicorn's `send` in the two messages of ASGI.
    """

    scope: Any
    transport: Any
    tasks: set[Any]
    """The tasks of the server, one of which runs this exchange."""

    async def run_asgi(self, app: Any) -> None:
        """Call an application, after the client has read the earlier responses."""
        REQUEST_ID.set(self.scope[ID_KEY])
        try:
            await super().run_asgi(partial(self._call, app))
        finally:
            self.tasks.discard(asyncio.current_task())

    async def _call(self, app: Any, *_: object) -> None:
        try:
            if self.flow.write_paused:
                await self.flow.drain()
                if self.transport.is_closing():
                    app = service_unavailable
            await app(self.scope, self.receive, self)
        except asyncio.CancelledError:
            # The process stops; uvicorn would log a fault for each request.
            if self.response_started:
                self.disconnected = True
                self.transport.close()
            else:
                await send_response(self, *STOPPING.message())

    def __call__(self, message: Any) -> Coroutine[Any, Any, None]:
        """Send a part of the response."""
        return self.send(message)

    async def respond(
        self, status: int, headers: RawHeaders, body: bytes, safety: RawHeaders
    ) -> None:
        """Send a whole response."""
        is_default = (
            self._is_ready
            and safety is SAFE
            and len(body) <= LARGE_BYTES
            and status in STATUS_LINE
            and _are_default(headers, len(body))
        )
        if is_default:
            self._write(STATUS_LINE[status], headers, body)
        else:
            await send_messages(self.send, status, headers, body, safety)

    @property
    def _is_ready(self) -> bool:
        """Return whether a whole response, with its body, can be written now."""
        is_lost = self.disconnected or self.response_started
        is_head = self.scope["method"] == "HEAD"
        return not (is_lost or is_head or self.flow.write_paused)

    def _write(self, status_line: bytes, headers: RawHeaders, body: bytes) -> None:
        """Write a response, and end the exchange as uvicorn does."""
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        lines = lines_of([*self.default_headers, *headers])
        end = END if self.keep_alive else LAST
        head = b"".join((status_line, lines, SAFE_LINES, end))
        self.transport.write_whole(head, body)
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def send(self, message: Any) -> Coroutine[Any, Any, None]:
        """Send a part of the response."""
        if not self.response_started:
            return self._send_head(message)
        if len(message.get("body", b"")) > LARGE_BYTES:
            return self._send_large(message)
        return super().send(message)

    async def _send_head(self, message: Any) -> None:
        self.transport.hold()
        await super().send(message)
        if not self.expected_content_length or self.scope["method"] == "HEAD":
            self.transport.flush()

    async def _send_large(self, message: Any) -> None:
        """Send a large body in two parts: wait for the first, then write the end.

        The transport keeps a whole buffer until the kernel has taken its last byte.
        When this returns, only a small copy of the end may still be kept.
        """
        body = memoryview(message["body"])
        self.transport.response_bytes = len(body)
        start: Any = {**message, "body": body[:-SMALL_BYTES], "more_body": True}
        await super().send(start)
        await self.flow.drain()
        self.transport.response_bytes = 0
        end: Any = {**message, "body": bytes(body[-SMALL_BYTES:])}
        await super().send(end)


def _are_default(headers: RawHeaders, size: int) -> bool:
    """Return whether headers are valid, and announce a body of this size."""
    fields = dict(headers)
    return (
        len(fields) == len(headers)
        and USUAL.issuperset(fields)
        and fields.get(b"content-length") == b"%d" % size
        and is_header_value(b"".join(fields.values()))
    )


LINGER_SECONDS = 2.0
LOG = logging.getLogger(__name__)

# Requests of a connection that may wait while an earlier one is handled.
WAITING_REQUESTS = 16
# Bytes of a request body that may follow the response. Each received piece counts as
# PIECE_BYTES more.
DISCARDED_BYTES = 1024 * 1024
PIECE_BYTES = 64
# Seconds that a connection may be idle if there are many.
CROWDED_SECONDS = 5


DefaultHeaders = list[tuple[bytes, bytes]]
"""The headers of every response, the last of which is the id of its request."""


class RefusedError(NaftikoError):
    """A refusal, raised in a callback to stop the parser."""


class Configuration(uvicorn.Config):
    """uvicorn's settings, the capacity of the process, and whether its clients go.

    While the server drains, each response ends its connection, and idle connections are
    closed after `timeout_keep_alive` seconds, which are then few.
    """

    capacity: Capacity
    is_draining: bool = False


def log_refusal(refusal: Refusal, headers: DefaultHeaders) -> None:
    """Log a refusal, without values from the client but the id of the request."""
    note_refusal(refusal.status)
    identity = {"request_id": headers[-1][1].decode()}
    LOG.info(
        "a request is refused: %d %s", refusal.status, refusal.detail, extra=identity
    )


def configure(app: ASGIApp, capacity: Capacity, keep_alive: int) -> Configuration:
    """Return uvicorn's settings; `keep_alive` is how long connections may be idle."""
    configuration = Configuration(
        app,
        http=Connection,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=keep_alive,
    )
    configuration.capacity = capacity
    return configuration


class Connection(HttpToolsProtocol):
    """uvicorn's connection, with limits; a refusal is a response, and ends it.

    It counts the bytes that the process holds for its client. httptools keeps the
    pieces of a header until the header is complete. So bytes are counted as they
    arrive, from the end of the last complete part of a request.
    """

    config: Configuration

    def __init__(
        self,
        config: Configuration,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.url = b""
        self.headers = []
        self.received = 0
        self.is_refused = False
        self._capacity = config.capacity
        # The time of the event loop until which the connection may be idle.
        self._idle_until = 0.0
        # Bytes since the last complete part: a head or a piece of a body.
        self._incomplete = 0
        self._is_in_head = True
        # Whether the first byte of a request has come, and not the end of its head.
        self._has_begun = False
        self._is_counted = False
        # Whether the client lets the connection stay open after its latest request.
        self._keeps_alive = True
        self._refusal: Refusal | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._output: Output

    @property
    def is_sending(self) -> bool:
        """Return whether the client has yet to send the rest of a request."""
        if self._is_in_head:
            return self._has_begun or self._incomplete > 0
        return self.cycle.more_body

    @property
    def unread(self) -> int:
        """Return the number of response bytes that the client has yet to read."""
        return self.transport.get_write_buffer_size()

    def drain(self) -> None:
        """End the connection after its last response, or when it is idle for long.

        A response whose head is sent has promised that the connection stays open.
        """
        if self._is_idle():
            self._close_if_idle()
        elif not self.cycle.response_started:
            self.cycle.keep_alive = False

    def end_for_room(self) -> None:
        """End the connection because the process holds too many bytes."""
        if self.flow.write_paused:
            self.transport.abort()
        else:
            self._refuse(BUSY)

    def end_for_another(self) -> None:
        """End the connection at once, because another client comes."""
        self.transport.abort()

    def end_for_slowness(self) -> None:
        """End the connection because its client is too slow."""
        if self._is_in_head:
            self.transport.abort()
        else:
            self._refuse(SLOW)

    def pause_writing(self) -> None:
        """Count the response that the client is slow to read."""
        super().pause_writing()
        # The transport keeps a whole buffer until the kernel has taken its last byte.
        size = max(self.unread, self._output.response_bytes, LARGE_BYTES)
        self._capacity.hold_response(self, size)

    def resume_writing(self) -> None:
        """Stop counting the response: the system has taken it."""
        super().resume_writing()
        self._capacity.release_response(self)

    def send_400_response(self, _: str) -> None:
        """Refuse the request that the parser or a check found wrong."""
        self._refuse(self._refusal or MALFORMED)

    # The event loop calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection, or refuse it if the process has too many."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.transport.set_write_buffer_limits(high=SMALL_BYTES, low=0)
        self._output = Output(self.transport, self._close)
        if not self._capacity.admit(self):
            self.is_refused = True
            headers = self._default_headers({})
            log_refusal(BUSY, headers)
            self.transport.write(BUSY.response(headers))
            self.transport.close()
        elif self.config.is_draining:
            self._close_if_idle()

    def connection_lost(self, exc: Exception | None) -> None:
        """Release all that the connection holds."""
        self._capacity.forget(self)
        self._unset_keepalive_if_required()
        if self._lingering:
            self._lingering.cancel()
        super().connection_lost(exc)
        # Break reference cycles, so that this object is freed without the collector.
        self._output.end = self.transport.abort

    def data_received(self, data: bytes) -> None:
        """Parse bytes from the client; refuse a malformed or too long message."""
        if self.is_refused:
            return
        self._incomplete += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            # The parser keeps the exception of a callback as the context of its own.
            if not isinstance(error.__context__, RefusedError):
                self.logger.warning("a request is malformed")
            self.send_400_response("")
        if self._incomplete and not self.is_refused:
            self._check_incomplete()

    # The parser calls these.

    def on_message_begin(self) -> None:
        """Note that a request has begun, perhaps in the same bytes as the last one."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._has_begun = True

    def on_headers_complete(self) -> None:
        """Check the head, and start the request."""
        parser = self.parser
        method, version = parser.get_method(), parser.get_http_version()
        if parser.should_upgrade():
            if method != b"CONNECT":
                return  # `_ignore_upgrade` parses the head again
            self._stop(TARGET)
        fields = dict(self.headers)
        self._check_head(version, fields)
        self._is_in_head = False
        self._has_begun = False
        self._incomplete = 0
        self.scope = self._scope_of(method, version)
        self._begin(fields, keeps_alive=version != "1.0" and parser.should_keep_alive())
        # The parser adds trailers to the same list; they aren't headers.
        self.headers = []

    def on_chunk_header(self) -> None:
        """Note that the header of a chunk is complete."""
        self._incomplete = 0

    def on_body(self, body: bytes) -> None:
        """Count a piece of a body, and pass it to the request."""
        self._incomplete = 0
        super().on_body(body)
        if self.is_refused:
            return
        if self.cycle.response_complete:
            # Each piece counts as more than its size, because parsing it takes time.
            self.received += len(body) + PIECE_BYTES
            if self.received > DISCARDED_BYTES:
                raise RefusedError  # the client already has its response
        else:
            self.received += len(body)
            if self.received > SMALL_BYTES:
                # A streamed body is held only until the application takes it.
                is_streamed = STREAMED in self.cycle.scope
                self._hold(len(self.cycle.body) if is_streamed else self.received)

    def on_message_complete(self) -> None:
        """End the request's body."""
        self._incomplete = 0
        if self._is_in_head:
            return
        super().on_message_complete()
        self._is_in_head = True
        if self.cycle.response_complete:
            self.received = 0
            self._close_if_idle()

    # uvicorn calls these.

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        # A callback at the end of the task would take another turn of the loop.
        self.tasks.add(self.loop.create_task(cycle.run_asgi(app)))

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has been idle, unless a request has just come."""
        self.timeout_keep_alive_task = None
        is_used = self.is_sending or self._lingering or self.transport.is_closing()
        if is_used or not self._is_idle():
            return
        if self._idle_until > self.loop.time():
            self._close_later()
        elif not unread_bytes(self.transport.get_extra_info("socket")):
            self.transport.close()

    def on_response_complete(self) -> None:
        """Release the bytes of the request, and start the next one."""
        if not self.pipeline:
            self.received = 0
            if self._is_counted:
                self._release()
            if self._refusal:
                self._send(self._refusal)
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._stay_idle()

    def _close_if_idle(self) -> None:
        """Close the connection later, unless a request comes or has begun to come."""
        if not self.is_sending:
            self._stay_idle()

    def _stay_idle(self) -> None:
        """Note how long the connection may be idle from now on.

        A timer for each response takes time, so an earlier one may end first. It then
        waits for the rest.
        """
        seconds = self.config.timeout_keep_alive
        if self._capacity.is_crowded:
            seconds = min(seconds, CROWDED_SECONDS)
        self._idle_until = self.loop.time() + seconds
        timer = self.timeout_keep_alive_task
        if timer is None or timer.when() > self._idle_until:
            self._unset_keepalive_if_required()
            self._close_later()

    def _close_later(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_at(
            self._idle_until, self.timeout_keep_alive_handler
        )

    def _default_headers(self, fields: Mapping[bytes, bytes]) -> DefaultHeaders:
        """Return the headers of every response to a request with these headers."""
        identity = ID_HEADER, request_id(fields)
        return [*self.server_state.default_headers, identity]

    def _check_head(self, version: str, fields: Mapping[bytes, bytes]) -> None:
        """Refuse a complete head that is invalid or too long."""
        if refusal := refusal_of(version, self.url, self.headers, fields):
            self._stop(refusal)
        # The count may include bytes after the head, so the head itself is measured.
        is_suspect = self._incomplete > HEAD_BYTES
        if is_suspect and size_of(self.url, self.headers) > HEAD_BYTES:
            self._stop(LONG_HEAD)
        if len(self.pipeline) >= WAITING_REQUESTS:
            self._stop(BUSY)
        if not self.url.startswith(b"/"):
            self.url = path_of(self.url, self.headers) or self._stop(TARGET)

    def _scope_of(self, method: bytes, version: str) -> Any:
        """Return the ASGI scope of the request whose head is parsed."""
        raw_path, _, query = self.url.partition(b"?")
        path = raw_path.decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": method.decode("ascii"),
            "root_path": self.root_path,
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": self.headers,
            "state": self.app_state.copy(),
            CHECKED: True,
        }

    def _begin(self, fields: Mapping[bytes, bytes], *, keeps_alive: bool) -> None:
        """Start the handling of a request, or queue it behind the earlier ones."""
        waits = not self._is_idle()
        if waits and not self.cycle.response_started:
            # While the server drains, only the last response ends the connection.
            self.cycle.keep_alive = self._keeps_alive
        self._keeps_alive = keeps_alive
        output: Any = self._output
        scope: Any = self.scope
        headers = self._default_headers(fields)
        scope[ID_KEY] = headers[-1][1].decode()
        self.cycle = Exchange(
            scope=scope,
            transport=output,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keeps_alive and not self.config.is_draining,
            on_response=self.on_response_complete,
        )
        self.cycle.tasks = self.tasks
        if waits:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Parse a head again without its Upgrade header, then the bytes after it.

        After an Upgrade, the parser takes even the request's body for another protocol.
        """
        self._incomplete = 0
        line = self.parser.get_method(), self.url, self.parser.get_http_version()
        # The previous parser may accept no further request. Like uvicorn's, this one
        # ignores bytes after `Connection: close` instead of refusing them.
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(head_without_upgrade(*line, self.headers) + rest)

    def _check_incomplete(self) -> None:
        """Refuse a request whose head, trailers or chunk header are too long."""
        if len(self.url) > TARGET_BYTES:
            self._refuse(LONG_TARGET)
        elif self._incomplete > HEAD_BYTES or len(self.headers) > HEADERS:
            self._refuse(LONG_HEAD)
        else:
            self._hold(self.received + self._incomplete)

    def _hold(self, size: int) -> None:
        self._is_counted = True
        self._capacity.hold_request(self, size)

    def _release(self) -> None:
        self._is_counted = False
        self._capacity.release_request(self)

    def _stop(self, refusal: Refusal) -> NoReturn:
        """Stop the parser, which raises its own error instead of this exception."""
        self._refusal = refusal
        raise RefusedError

    def _refuse(self, refusal: Refusal) -> None:
        """Refuse the request that is being received, after earlier ones are handled."""
        self.is_refused = True
        self._refusal = refusal
        cycle = self.cycle
        if self._is_in_head:
            if self._is_idle():
                self._send(refusal)
        elif self.pipeline:
            self.pipeline.popleft()
        elif cycle.response_complete:
            self._linger()
        elif cycle.response_started:
            self.transport.abort()
        else:
            cycle.disconnected = True
            cycle.message_event.set()
            self._send(refusal)

    def _is_idle(self) -> bool:
        """Return whether no request is being handled."""
        # uvicorn's annotation omits None, which `cycle` is before the first request.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _send(self, refusal: Refusal) -> None:
        """Write a refusal; if the client doesn't read, abort the connection instead."""
        self._refusal = None
        self._release()
        if self.flow.write_paused:
            self.transport.abort()
        if not self.transport.is_closing():
            is_begun = not self._is_in_head
            headers = (
                self.cycle.default_headers
                if is_begun
                else self._default_headers(dict(self.headers))
            )
            log_refusal(refusal, headers)
            self.transport.write(refusal.response(headers))
            self._linger()

    def _close(self) -> None:
        """Close the connection after a response; the rest of a body may follow it."""
        if self.cycle.more_body and not self.is_refused:
            self.is_refused = True
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        """Close for writing, and for a short time discard the bytes that still arrive.

        A client that sends to a closed connection may lose the response.
        """
        if self.transport.is_closing():
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._lingering = self.loop.call_later(LINGER_SECONDS, self.transport.abort)
