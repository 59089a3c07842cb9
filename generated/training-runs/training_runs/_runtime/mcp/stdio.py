"""MCP on standard input and output."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

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


async def speak(offer: Offer[Any]) -> None:
    """Serve MCP on standard input and output until the input ends."""
    lines, output = _lines(), Output(_claim_output())
    async with offer.open(), asyncio.TaskGroup() as tasks:
        session = Session(offer, output, tasks)
        async for line in lines:
            await session.take(line)
        session.end()


async def _lines() -> AsyncIterator[str]:
    # A file of its own, because the process could not close `sys.stdin` at its end
    # while a thread waits for a line.
    descriptor = os.dup(sys.stdin.fileno())
    with os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape") as lines:
        while line := await asyncio.to_thread(lines.readline):
            yield line


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
        self._calls: dict[str, asyncio.Task[None]] = {}

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

    def end(self) -> None:
        """End the calls in flight, whose answers nobody awaits."""
        for call in self._calls.values():
            call.cancel()

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
            identity = str(request.id)
            call = self._tasks.create_task(self._answer(request))
            self._calls[identity] = call
            call.add_done_callback(lambda _: self._forget(identity, call))
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

    def _forget(self, identity: str, call: "asyncio.Task[None]") -> None:
        if self._calls.get(identity) is call:
            del self._calls[identity]

    def _notice(self, notification: Notification) -> None:
        """Cancel the call that a notification names, or begin without a handshake."""
        if notification.method == INITIALIZED:
            self._is_initialized = True
        elif notification.method == CANCELLED:
            identity = notification.params.get("requestId")
            if call := self._calls.get(str(identity)):
                call.cancel()

    async def _write(self, message: bytes) -> None:
        await asyncio.to_thread(self._output.write, message)


def _no_handshake(request: Request) -> ProtocolError:
    revision = request.params.get("protocolVersion")
    echo = {"requested": revision} if isinstance(revision, str) else {}
    data = {"supported": [MODERN], **echo}
    return ProtocolError(UNSUPPORTED_PROTOCOL_VERSION, NO_HANDSHAKE, request.id, data)
