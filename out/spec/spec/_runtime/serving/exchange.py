"""Exchanges of a connection: a request, and the writes of its response."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    RequestResponseCycle,
)

from ..http.messages import SAFE, STOPPING, RawHeaders, Refusal, send_response
from ..observing.calls import ID_KEY, REQUEST_ID
from ..responses import Responder, is_header_value, send_messages
from .capacity import SMALL_BYTES

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
        """Call an application, after the client has read the earlier responses.

        A failure ends as uvicorn ends it; uvicorn handles a response that is missing or
        incomplete.
        """
        REQUEST_ID.set(self.scope[ID_KEY])
        try:
            if self.flow.write_paused:
                await self.flow.drain()
                if self.transport.is_closing():
                    app = service_unavailable
            await app(self.scope, self.receive, self)
        except asyncio.CancelledError:
            # The process stops; uvicorn would log a traceback for each request.
            with contextlib.suppress(RuntimeError):  # the response has already begun
                await _send_refusal(self, STOPPING)
        except Exception:
            self.logger.exception("Exception in ASGI application\n")
            if self.response_started:
                self.transport.close()
            else:
                await self.send_500_response()
        else:
            if not self.response_complete:
                await super().run_asgi(_end)
        finally:
            self.on_response = _do_nothing
            self.tasks.discard(asyncio.current_task())

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


async def _end(*_: object) -> None:
    """Be an application that has returned."""


def _do_nothing() -> None:
    """Replace a reference to the connection, which refers to its exchange."""


async def _send_refusal(send: Any, refusal: Refusal) -> None:
    headers = list(refusal.all_headers)
    await send_response(send, refusal.status, headers, refusal.body, [])


def _are_default(headers: RawHeaders, size: int) -> bool:
    """Return whether headers are valid, and announce a body of this size."""
    fields = dict(headers)
    return (
        len(fields) == len(headers)
        and USUAL.issuperset(fields)
        and fields.get(b"content-length") == b"%d" % size
        and is_header_value(b"".join(fields.values()))
    )
