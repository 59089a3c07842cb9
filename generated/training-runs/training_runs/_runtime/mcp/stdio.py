"""MCP on standard input and output."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from ..observing.stop import Stop
from .messages import (
    INITIALIZE,
    INVALID_REQUEST,
    LEGACY,
    MODERN,
    PROTOCOL_VERSION_META_KEY,
    UNSUPPORTED_PROTOCOL_VERSION,
    ClientResponse,
    Notification,
    ProtocolError,
    Request,
    check_envelope,
    check_revision,
    has_envelope,
    read_message,
)
from .methods import Methods, invalid_params, negotiated_revision
from .offers import Offer

CANCELLED = "notifications/cancelled"
INITIALIZED = "notifications/initialized"
PING = "ping"
OTHER_ERA = (
    "this connection serves the handshake protocol era;"
    f" requests carrying the {MODERN} envelope are not accepted on it"
)
NO_HANDSHAKE = (
    f"connection is serving the {MODERN} protocol;"
    " the initialize handshake is not accepted"
)


async def speak(offer: Offer[Any], stop: Stop | None = None) -> None:
    """Serve MCP on standard input and output until the input ends.

    Calls in flight are answered then; `stop` may ask for the end before.
    """
    stop, output = stop or Stop(), Output(_claim_output())
    async with offer.open(), asyncio.TaskGroup() as tasks:
        session = Session(offer, output, tasks)
        await stop.until_asked(session.read(_lines()))
        await session.end(stop)


async def _lines() -> AsyncIterator[str]:
    # A file of its own, because the process could not close `sys.stdin` at its end
    # while a thread waits for a line. Nor could it close this one, if it is cancelled.
    descriptor = os.dup(sys.stdin.fileno())
    lines = os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape")
    while line := await asyncio.to_thread(lines.readline):
        yield line
    lines.close()


def _claim_output() -> BinaryIO:
    """Return standard output; from now on, other prints go to standard error."""
    own = sys.stdout.fileno()
    wire = os.fdopen(os.dup(own), "wb")
    with suppress(OSError):  # standard error may be closed
        os.dup2(2, own)
    return wire


class Output:
    """Whole messages on a file, which several threads may write."""

    def __init__(self, wire: BinaryIO) -> None:
        self._wire = wire
        self._lock = Lock()

    def write(self, message: bytes) -> None:
        """Write a message with its line end."""
        with self._lock:
            try:
                self._wire.write(b"%b\n" % message)
                self._wire.flush()
            except BrokenPipeError:
                # The client has left; the input ends as well. Python writes the rest
                # of the buffer again when it closes the file.
                with Path(os.devnull).open("wb") as nowhere:
                    os.dup2(nowhere.fileno(), self._wire.fileno())


class Session:
    """The messages of a client, whose first request chooses the era of the session."""

    def __init__(
        self, offer: Offer[Any], output: Output, tasks: asyncio.TaskGroup
    ) -> None:
        self._methods, self._output, self._tasks = Methods(offer), output, tasks
        self._revision = ""
        self._is_initialized = False
        self._calls: dict[asyncio.Task[None], Request] = {}

    async def read(self, lines: AsyncIterator[str]) -> None:
        """Answer the messages of all lines."""
        async for line in lines:
            await self.take(line)

    async def take(self, line: str) -> None:
        """Answer a message, in a task of its own if that may take time."""
        if line.isspace():
            return
        try:
            message = read_message(line.encode(errors="surrogateescape"))
            match message:
                case Request():
                    self._check(message)
                    await self._begin(message)
                case Notification():
                    self._notice(message)
                case ClientResponse():
                    pass
        except ProtocolError as error:
            await self._write(error.as_json())

    async def end(self, stop: Stop) -> None:
        """Let the calls in flight finish, and cut off those that take too long."""
        if self._calls:
            await stop.let_finish(self._calls)
        for call, request in self._calls.items():
            call.cancel()
            stop.note_cut(self._methods.operation(request, self._revision))

    def _check(self, request: Request) -> None:
        """Raise ProtocolError for a request that isn't one of the session's era."""
        is_handshake, is_modern = request.method == INITIALIZE, has_envelope(request)
        if not self._revision:
            self._revision = MODERN if is_modern and not is_handshake else LEGACY[-1]
        if self._revision == MODERN:
            if is_handshake:
                raise _no_handshake(request)
            check_envelope(request)
            meta = request.params["_meta"]
            check_revision(meta[PROTOCOL_VERSION_META_KEY], request.id)
        elif is_modern and not is_handshake:
            raise ProtocolError(INVALID_REQUEST, OTHER_ERA, request.id)
        elif not (
            self._is_initialized
            or request.method in (INITIALIZE, PING)
            or not self._methods.has(request.method, self._revision)
        ):
            raise invalid_params("the first request must be initialize", request.id)

    async def _begin(self, request: Request) -> None:
        if request.method in self._methods.lasting:
            call = self._tasks.create_task(self._answer(request))
            self._calls[call] = request
            call.add_done_callback(self._calls.pop)
        else:
            await self._answer(request)

    async def _answer(self, request: Request) -> None:
        try:
            response = await self._methods.answer(request, self._revision)
            if request.method == INITIALIZE:
                self._revision = negotiated_revision(request)
                self._is_initialized = True
        except ProtocolError as error:
            response = error.as_json()
        await self._write(response)

    def _notice(self, notification: Notification) -> None:
        """Cancel the call that a notification names, or begin without a handshake."""
        if notification.method == INITIALIZED:
            self._is_initialized = True
        elif notification.method == CANCELLED:
            # The number 1 and the text "1" are the ids of two calls.
            identity = notification.params.get("requestId")
            for call, request in self._calls.items():
                if (type(identity), identity) == (type(request.id), request.id):
                    call.cancel()

    async def _write(self, message: bytes) -> None:
        await asyncio.to_thread(self._output.write, message)


def _no_handshake(request: Request) -> ProtocolError:
    revision = request.params.get("protocolVersion")
    echo = {"requested": revision} if isinstance(revision, str) else {}
    data = {"supported": [MODERN], **echo}
    return ProtocolError(UNSUPPORTED_PROTOCOL_VERSION, NO_HANDSHAKE, request.id, data)
