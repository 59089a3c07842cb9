"""A connection of a client: how much it may send, hold and leave undone."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any, NoReturn, cast
from urllib.parse import unquote

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from ._capacity import Capacity
from ._heads import (
    HEAD_BYTES,
    HEADERS,
    TARGET,
    TARGET_BYTES,
    head_without_upgrade,
    path_of,
    refusal_of,
    size_of,
)
from ._refusals import (
    BUSY,
    LONG_HEAD,
    LONG_TARGET,
    MALFORMED,
    SLOW,
    STOPPING,
    Refusal,
)

# So many requests of a connection wait while an earlier one is handled.
WAITING_REQUESTS = 16
LINGER_SECONDS = 2.0
LOG = logging.getLogger(__name__)
# Requests with larger bodies are counted, and responses of which more waits.
SMALL_BYTES = 16 * 1024
# Larger responses are sent in two pieces, which costs time.
LARGE_BYTES = 128 * 1024

# So many bytes of a body may come after the response, and each piece counts as more.
DISCARDED_BYTES = 1024 * 1024
PIECE_BYTES = 64


class Configuration(uvicorn.Config):
    """uvicorn's settings for one application, and what the process may hold."""

    def __init__(self, app: ASGIApp, capacity: Capacity, grace: float) -> None:
        super().__init__(
            app,
            http=Connection,
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=max(1, round(grace)),
        )
        self.capacity = capacity


class _RefusedError(Exception):
    """The parser has to stop: the request is refused."""


class Output:
    """The transport of a connection, as responses use it.

    A head waits for the first piece of its body: to send both at once costs the system
    half as much.
    """

    __slots__ = ("_head", "_holds", "_transport", "is_closing", "response_bytes")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.is_closing = transport.is_closing
        self.response_bytes = 0
        """Bytes of the large body that is being written."""
        self._transport = transport
        self._head = b""
        self._holds = False

    def hold(self) -> None:
        """Keep the head that is written next."""
        self._holds = True

    def flush(self) -> None:
        """Write the head that was kept, as no body follows."""
        self.write(b"")

    def write(self, data: bytes) -> None:
        """Write a part of a response."""
        if self._holds:
            self._head = data
            self._holds = False
        elif self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection after the response."""
        self.flush()
        self._transport.close()


class Exchange(RequestResponseCycle):
    """uvicorn's exchange of a request and a response, which is sent in few pieces.

    `transport` is an Output.
    """

    transport: Any

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
        """Send a large body, and return when nothing but a copy of its end is left.

        The transport keeps the whole of what it gets until the system has taken it all.
        """
        body = memoryview(message["body"])
        self.transport.response_bytes = len(body)
        start: Any = {**message, "body": body[:-SMALL_BYTES], "more_body": True}
        await super().send(start)
        await self.flow.drain()
        self.transport.response_bytes = 0
        end: Any = {**message, "body": bytes(body[-SMALL_BYTES:])}
        await super().send(end)


class Connection(HttpToolsProtocol):
    """uvicorn's connection, with limits.

    httptools keeps the pieces of a header until it is complete. So bytes are counted
    where they come in, from the end of whatever was last complete.
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
        self._application = self.app
        self.app = self._answer
        # Bytes that have come since something was complete: a head, a piece of a body.
        self._incomplete = 0
        self._is_in_head = True
        self._is_counted = False
        self._refusal: Refusal | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._output: Output

    @property
    def is_sending(self) -> bool:
        """Say whether the client has yet to send the rest of a request."""
        if self._is_in_head:
            return self._incomplete > 0
        return self.cycle.more_body

    @property
    def unread(self) -> int:
        """Return how many bytes of responses the process holds for the client."""
        return self.transport.get_write_buffer_size()

    def end_for_room(self) -> None:
        """End the connection, because the process holds too many bytes."""
        if self.flow.write_paused:
            self.transport.abort()
        else:
            self._refuse(BUSY)

    def end_for_slowness(self) -> None:
        """End the connection, because its client is too slow."""
        if self._is_in_head:
            self.transport.abort()
        else:
            self._refuse(SLOW)

    # The event loop calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self.transport.set_write_buffer_limits(high=SMALL_BYTES, low=0)
        self._output = Output(self.transport)
        if not self._capacity.admit(self):
            self.is_refused = True
            _log(BUSY)
            self.transport.write(BUSY.response(self.server_state.default_headers))
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._capacity.forget(self)
        if self._lingering:
            self._lingering.cancel()
        super().connection_lost(exc)
        # Else only the garbage collector could free this object.
        self.app = self._application

    def pause_writing(self) -> None:
        super().pause_writing()
        # The transport keeps the whole of a response until its last byte is taken.
        size = max(self.unread, self._output.response_bytes, LARGE_BYTES)
        self._capacity.hold_response(self, size)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._capacity.release_response(self)

    def data_received(self, data: bytes) -> None:
        if self.is_refused:
            return
        self._incomplete += len(data)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.logger.warning("a request was refused as malformed")
            self.send_400_response("")
        if self._incomplete and not self.is_refused:
            self._check_incomplete()

    # The parser calls these.

    def on_headers_complete(self) -> None:
        parser = self.parser
        method, version = parser.get_method(), parser.get_http_version()
        if parser.should_upgrade():
            if method != b"CONNECT":
                return  # the head is read once more
            self._stop(TARGET)
        self._check_head(version)
        self._is_in_head = False
        self._incomplete = 0
        self._set_target(method, version)
        self._begin(keeps_alive=version != "1.0" and parser.should_keep_alive())
        # Trailers come the same way, and are no headers.
        self.headers = []

    def on_chunk_header(self) -> None:
        self._incomplete = 0

    def on_body(self, body: bytes) -> None:
        self._incomplete = 0
        super().on_body(body)
        if self.is_refused:
            return
        if self.cycle.response_complete:
            self._discard(len(body))
        else:
            self.received += len(body)
            if self.received > SMALL_BYTES:
                self._hold(self.received)

    def on_message_complete(self) -> None:
        self._incomplete = 0
        if self._is_in_head:
            return
        super().on_message_complete()
        self._is_in_head = True
        if self.cycle.response_complete:
            self.received = 0

    # uvicorn calls these.

    def send_400_response(self, _: str) -> None:
        self._refuse(self._refusal or MALFORMED)

    def on_response_complete(self) -> None:
        if not self.pipeline:
            self.received = 0
            if self._is_counted:
                self._release()
            if self._refusal:
                self._send(self._refusal)
        super().on_response_complete()

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        """Call the application once the client has read the earlier responses."""
        application = self._application
        if self.flow.write_paused:
            await self.flow.drain()
            if self.transport.is_closing():
                application = service_unavailable
        try:
            await application(scope, receive, send)
        except asyncio.CancelledError:
            # The process stops, and uvicorn would log a traceback for each request.
            with contextlib.suppress(RuntimeError):  # the response has begun
                await _send_refusal(send, STOPPING)

    def _discard(self, size: int) -> None:
        """Read on in the body of a request that is answered, up to a limit.

        Each piece takes time, however small it is.
        """
        self.received += size + PIECE_BYTES
        if self.received > DISCARDED_BYTES:
            raise _RefusedError  # the client has its response: nothing more is sent

    def _check_head(self, version: str) -> None:
        """Refuse a complete head that breaks a rule or is too long."""
        if refusal := refusal_of(version, self.url, self.headers):
            self._stop(refusal)
        # Bytes that follow the head may have come with it.
        is_suspect = self._incomplete > HEAD_BYTES
        if is_suspect and size_of(self.url, self.headers) > HEAD_BYTES:
            self._stop(LONG_HEAD)
        if len(self.pipeline) >= WAITING_REQUESTS:
            self._stop(BUSY)
        if not self.url.startswith(b"/"):
            self.url = path_of(self.url, self.headers) or self._stop(TARGET)

    def _set_target(self, method: bytes, version: str) -> None:
        """Complete what the application is told of the request."""
        raw_path, _, query = self.url.partition(b"#")[0].partition(b"?")
        path = raw_path.decode("ascii")
        self.scope["method"] = method.decode("ascii")
        self.scope["http_version"] = version
        self.scope["path"] = unquote(path) if "%" in path else path
        self.scope["raw_path"] = raw_path
        self.scope["query_string"] = query

    def _begin(self, *, keeps_alive: bool) -> None:
        """Have the request handled, after those that came before it."""
        waits = not self._is_idle()
        output: Any = self._output
        self.cycle = Exchange(
            scope=self.scope,
            transport=output,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keeps_alive,
            on_response=self.on_response_complete,
        )
        if waits:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Read a head once more without its Upgrade, then the bytes after it.

        The parser takes these bytes for another protocol, even those of a body.
        """
        self._incomplete = 0
        line = self.parser.get_method(), self.url, self.parser.get_http_version()
        # The one before may have come to the end of all that it reads.
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(head_without_upgrade(*line, self.headers) + rest)

    def _check_incomplete(self) -> None:
        """Refuse a request whose head, trailers or chunk's head are too long."""
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
        """Leave the parser, which replaces the exception by one of its own."""
        self._refusal = refusal
        raise _RefusedError

    def _refuse(self, refusal: Refusal) -> None:
        """Refuse the request that is being sent, after those before it are answered."""
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
        """Say whether no response is under way."""
        # uvicorn's type leaves out that there is none before the first request.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _send(self, refusal: Refusal) -> None:
        """Write a refusal, unless the client doesn't read."""
        self._refusal = None
        self._release()
        if self.flow.write_paused:
            self.transport.abort()
        if not self.transport.is_closing():
            _log(refusal)
            self.transport.write(refusal.response(self.server_state.default_headers))
            self._linger()

    def _linger(self) -> None:
        """Close, but take in for a while what the client still sends.

        A client that sends to a closed connection may lose the response.
        """
        if self.transport.is_closing():
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._lingering = self.loop.call_later(LINGER_SECONDS, self.transport.abort)


def _log(refusal: Refusal) -> None:
    LOG.info("a request is refused: %d %s", refusal.status, refusal.detail)


async def _send_refusal(send: Any, refusal: Refusal) -> None:
    start = {"type": "http.response.start", "status": refusal.status}
    await send({**start, "headers": list(refusal.all_headers)})
    await send({"type": "http.response.body", "body": refusal.body})
