"""A client's connection that can be refused, with the bytes held for its client."""

import asyncio
import logging
from typing import Any, NoReturn

import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from ..errors import NaftikoError
from ..http.refusals import BUSY, MALFORMED, SLOW, Refusal
from .capacity import Capacity
from .output import LARGE_BYTES, Output

LINGER_SECONDS = 2.0
LOG = logging.getLogger(__name__)


class RefusedError(NaftikoError):
    """A refusal, raised in a callback to stop the parser."""


class Configuration(uvicorn.Config):
    """uvicorn's settings, and the capacity of the process."""

    capacity: Capacity


class RefusableConnection(HttpToolsProtocol):
    """uvicorn's connection, which refuses requests with a response and then ends.

    It counts the bytes that the process holds for its client.
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
        self.is_refused = False
        self._capacity = config.capacity
        # Bytes since the last complete part: a head or a piece of a body.
        self._incomplete = 0
        self._is_in_head = True
        self._is_counted = False
        self._refusal: Refusal | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._output: Output

    @property
    def is_sending(self) -> bool:
        """Return whether the client has yet to send the rest of a request."""
        if self._is_in_head:
            return self._incomplete > 0
        return self.cycle.more_body

    @property
    def unread(self) -> int:
        """Return the number of response bytes that the client has yet to read."""
        return self.transport.get_write_buffer_size()

    def end_for_room(self) -> None:
        """End the connection because the process holds too many bytes."""
        if self.flow.write_paused:
            self.transport.abort()
        else:
            self._refuse(BUSY)

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
            log_refusal(refusal)
            self.transport.write(refusal.response(self.server_state.default_headers))
            self._linger()

    def _linger(self) -> None:
        """Close for writing, and for a short time discard the bytes that still arrive.

        A client that sends to a closed connection may lose the response.
        """
        if self.transport.is_closing():
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._lingering = self.loop.call_later(LINGER_SECONDS, self.transport.abort)


def log_refusal(refusal: Refusal) -> None:
    """Log a refusal, without values from the client."""
    LOG.info("a request is refused: %d %s", refusal.status, refusal.detail)
