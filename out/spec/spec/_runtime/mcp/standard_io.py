"""Serves MCP on standard input and output, by the SDK once a message needs it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from io import TextIOBase
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any, BinaryIO

from ..values import JsonObject, json_bytes, parse
from .messages import refusal
from .offers import Offer
from .plain_answers import PlainAnswers
from .plain_requests import (
    CALL,
    INITIALIZE,
    INITIALIZED,
    PlainRequest,
    is_identity,
    plain_request,
)
from .revisions import (
    CLIENT_CAPABILITIES_META_KEY,
    LEGACY,
    MODERN,
    PROTOCOL_VERSION_META_KEY,
)

REPLAYED = token_hex()
"""The id of the message that tells the SDK how a session began.

No client knows it: observers aren't told of a request with this id.
"""
CANCELLED = "notifications/cancelled"
WAITING = 8
"""How many lines may wait for the SDK."""
DISCOVERY = {
    PROTOCOL_VERSION_META_KEY: MODERN,
    CLIENT_CAPABILITIES_META_KEY: {},
}


async def speak(offer: Offer[Any]) -> None:
    """Serve MCP on standard input and output until the input ends."""
    lines, output = _lines(), Output(_claimed_output())
    async with offer.opened(), asyncio.TaskGroup() as tasks:
        session = Session(offer, output, tasks)
        async for line in lines:
            await session.take(line)
        await session.end()


async def _lines() -> AsyncIterator[str]:
    # A file of its own, because the process could not close `sys.stdin` at its end
    # while a thread waits for a line.
    descriptor = os.dup(sys.stdin.fileno())
    with os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape") as lines:
        while line := await asyncio.to_thread(lines.readline):
            yield line


def _claimed_output() -> BinaryIO:
    """Return standard output; from now on, other prints go to standard error."""
    own = sys.stdout.fileno()
    wire = os.fdopen(os.dup(own), "wb")
    with suppress(OSError):  # standard error may be closed
        os.dup2(2, own)
    return wire


class Output(TextIOBase):
    """Whole messages, but for the answer to the request that was replayed."""

    def __init__(self, wire: BinaryIO) -> None:
        self._wire = wire
        self._lock = Lock()

    def write(self, line: str) -> int:
        """Write a message with its line end."""
        if REPLAYED not in line or parse(line.encode()).get("id") != REPLAYED:
            with self._lock:
                self._send(line.encode())
        return len(line)

    def _send(self, message: bytes) -> None:
        try:
            self._wire.write(message)
            self._wire.flush()
        except BrokenPipeError:
            # The client has left; the input ends as well. Python writes the rest of the
            # buffer again when it closes the file.
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self._wire.fileno())


class Session:
    """The messages of a client: plain ones are answered, the SDK gets the others.

    From the first of these, the SDK gets all; it is told how the session began.
    """

    def __init__(
        self, offer: Offer[Any], output: Output, tasks: asyncio.TaskGroup
    ) -> None:
        self._offer, self._output, self._tasks = offer, output, tasks
        self._answers = PlainAnswers(offer)
        self._revision = ""
        self._opening: list[JsonObject] = []
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._sdk: asyncio.Queue[str] | None = None

    async def take(self, line: str) -> None:
        """Answer a message, or pass it on."""
        body = line.encode(errors="surrogateescape")
        request = plain_request(body) if self._sdk is None else None
        if request and self._is_in_order(request):
            await self._answer(request)
        elif not line.isspace() and (refused := refusal(body)):
            await self._write(refused.as_json())
        elif line.isspace() or not self._cancels(body):
            if self._sdk is None:
                self._sdk = asyncio.Queue(WAITING)
                self._tasks.create_task(self._serve_by_sdk(self._sdk))
            await self._sdk.put(line)

    async def end(self) -> None:
        """End the calls in flight, whose answers nobody awaits."""
        for call in self._calls.values():
            call.cancel()
        if self._sdk is not None:
            await self._sdk.put("")

    def _is_in_order(self, request: PlainRequest) -> bool:
        """Return whether the SDK isn't needed for a request at this time."""
        revision = self._revision
        if request.method == INITIALIZE:
            return not revision
        if request.method == INITIALIZED:
            return revision in LEGACY
        is_modern = request.revision == MODERN
        expected = ("", MODERN) if is_modern else LEGACY
        revision = MODERN if is_modern else revision
        return self._revision in expected and self._answers.takes(request, revision)

    async def _answer(self, request: PlainRequest) -> None:
        if request.method == INITIALIZE:
            self._revision = request.params["protocolVersion"]
            self._opening = [_replayed(INITIALIZE, request.params)]
        elif request.method == INITIALIZED:
            self._opening.append({"jsonrpc": "2.0", "method": INITIALIZED})
            return
        elif not self._revision:
            self._revision = MODERN
            self._opening = [_replayed("server/discover", {"_meta": DISCOVERY})]
        if request.method == CALL:
            identity = str(request.id)
            self._calls[identity] = call = self._tasks.create_task(self._send(request))
            call.add_done_callback(lambda _: self._forget(identity, call))
        else:
            await self._send(request)

    def _forget(self, identity: str, call: "asyncio.Task[None]") -> None:
        if self._calls.get(identity) is call:
            del self._calls[identity]

    async def _send(self, request: PlainRequest) -> None:
        await self._write(await self._answers.answer(request, self._revision))

    async def _write(self, message: bytes) -> None:
        await asyncio.to_thread(self._output.write, f"{message.decode()}\n")

    def _cancels(self, body: bytes) -> bool:
        """Cancel the call that a message names; return whether nobody else needs it."""
        message = parse(body)
        if message.get("method") != CANCELLED or "id" in message:
            return False
        params = message.get("params")
        identity = params.get("requestId") if isinstance(params, dict) else None
        call = self._calls.get(str(identity)) if is_identity(identity) else None
        if call is not None:
            call.cancel()
        return call is not None

    async def _serve_by_sdk(self, lines: "asyncio.Queue[str]") -> None:
        opening = [f"{json_bytes(message).decode()}\n" for message in self._opening]
        serve = await asyncio.to_thread(_imported)

        async def replayed() -> AsyncIterator[str]:
            for line in opening:
                yield line
            while line := await lines.get():
                yield line

        await serve(self._offer, replayed(), self._output, REPLAYED)


def _replayed(method: str, params: JsonObject) -> JsonObject:
    return {"jsonrpc": "2.0", "id": REPLAYED, "method": method, "params": params}


def _imported() -> Any:
    from .server import serve_lines  # which imports the SDK

    return serve_lines
