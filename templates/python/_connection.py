"""A connection of a client: how much it may send, hold and leave undone."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from functools import partial
from typing import Any, NoReturn, cast

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
        self._refusal: Refusal | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._response_bytes = 0

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
        size = max(self.unread, self._response_bytes, LARGE_BYTES)
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
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            return  # the head is read once more
        self._check_head()
        self._is_in_head = False
        self._incomplete = 0
        super().on_headers_complete()
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
                self._capacity.hold_request(self, self.received)

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
            self._capacity.release_request(self)
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
            await application(scope, receive, partial(self._pass_on, send))
        except asyncio.CancelledError:
            # The process stops, and uvicorn would log a traceback for each request.
            with contextlib.suppress(RuntimeError):  # the response has begun
                await _send_refusal(send, STOPPING)

    def _pass_on(self, send: Any, message: Any) -> Awaitable[None]:
        body = message.get("body", b"")
        large = len(body) > LARGE_BYTES
        return self._send_large(send, message) if large else send(message)

    async def _send_large(self, send: Any, message: Any) -> None:
        """Send a large body, and return when nothing but a copy of its end is left.

        The transport keeps the whole of what it gets until the system has taken it all.
        """
        body = memoryview(message["body"])
        self._response_bytes = len(body)
        await send({**message, "body": body[:-SMALL_BYTES], "more_body": True})
        await self.flow.drain()
        self._response_bytes = 0
        await send({**message, "body": bytes(body[-SMALL_BYTES:])})

    def _discard(self, size: int) -> None:
        """Read on in the body of a request that is answered, up to a limit.

        Each piece takes time, however small it is.
        """
        self.received += size + PIECE_BYTES
        if self.received > DISCARDED_BYTES:
            raise _RefusedError  # the client has its response: nothing more is sent

    def _check_head(self) -> None:
        """Refuse a complete head that breaks a rule or is too long."""
        version = self.parser.get_http_version()
        if refusal := refusal_of(version, self.url, self.headers):
            self._stop(refusal)
        # Bytes that follow the head may have come with it.
        is_suspect = self._incomplete > HEAD_BYTES
        if is_suspect and size_of(self.url, self.headers) > HEAD_BYTES:
            self._stop(LONG_HEAD)
        if len(self.pipeline) >= WAITING_REQUESTS:
            self._stop(BUSY)
        if self.parser.should_upgrade():  # CONNECT
            self._stop(TARGET)
        if not self.url.startswith(b"/"):
            self.url = path_of(self.url, self.headers) or self._stop(TARGET)

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
            self._capacity.hold_request(self, self.received + self._incomplete)

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
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def _send(self, refusal: Refusal) -> None:
        """Write a refusal, unless the client doesn't read."""
        self._refusal = None
        self._capacity.release_request(self)
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
