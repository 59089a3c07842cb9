"""Many clients at once: requests over and over, and a count of the answers."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import uvloop

from waiting import PATIENCE

T = TypeVar("T")
Judge = Callable[[bytes], "Outcome"]


class Outcome(Enum):
    """The kind of an answer."""

    SERVED = "It is the upstream's answer."
    REFUSED = "Too many calls are in flight, it says, and when to come again."
    WRONG = "It is something else."


@dataclass(frozen=True)
class Target:
    """A request's URL and bytes, and a function that reads its answers."""

    url: str
    request: bytes
    judge: Judge


@dataclass
class Load:
    """The answers to requests by their outcome, and the requests that got none."""

    answers: Counter[Outcome] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    """Requests without an answer, by the reason."""

    @property
    def served(self) -> int:
        """Return how many answers of the upstream came."""
        return self.answers[Outcome.SERVED]

    @property
    def refused(self) -> int:
        """Return how many requests the server refused."""
        return self.answers[Outcome.REFUSED]

    @property
    def is_served(self) -> bool:
        """Say whether every request got the upstream's answer."""
        return set(self.answers) == {Outcome.SERVED} and not self.broken

    @property
    def is_known(self) -> bool:
        """Say whether every request was served, or refused in good form."""
        return not self.answers[Outcome.WRONG] and not self.broken


class Line(asyncio.Protocol):
    """A connection that is kept alive: one request at a time, and its answer."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[bytes] | None = None
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answer and not self._answer.done() and _is_whole(self._received):
            self._answer.set_result(self._received)
            self._received = b""

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed"))

    async def ask(self, request: bytes) -> bytes:
        """Send a request; raises OSError if the connection ends before the answer."""
        if not self.open or self._transport is None:
            raise ConnectionError("closed before")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport:
            self._transport.close()


async def line(url: str) -> Line:
    """Open a connection to the server of a URL."""
    host, _, port = urlsplit(url).netloc.partition(":")
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(Line, host, int(port))
    return protocol


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a client in a fast loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(asyncio.wait_for(work, PATIENCE))


async def closed_loop(
    target: Target, clients: int, times: int, *, once: bool = False
) -> Load:
    """Let each client ask anew when it has its answer, and again when it is refused.

    A client ends after so many requests. With `once`, it uses no connection again.
    """
    load = Load()

    async def call() -> None:
        lines: list[Line] = []
        remaining = times
        while remaining:
            remaining -= await exchange(target, lines, load) is not Outcome.REFUSED
            if once:
                _close(lines)
        _close(lines)

    await asyncio.gather(*(call() for _ in range(clients)))
    return load


async def exchange(target: Target, idle: list[Line], load: Load) -> Outcome | None:
    """Send a request over an idle connection or a new one, and count its outcome.

    A server may close an idle connection at any time: then a new one is opened.
    """
    idle_line = idle.pop() if idle else None
    try:
        if idle_line and (answer := await _kept_answer(idle_line, target)):
            connection = idle_line
        else:
            connection = await line(target.url)
            answer = await connection.ask(target.request)
    except OSError as error:
        load.broken[repr(error)] += 1
        return None
    outcome = target.judge(answer)
    load.answers[outcome] += 1
    idle.append(connection)
    return outcome


async def _kept_answer(idle_line: Line, target: Target) -> bytes:
    """Return an answer over a connection that is kept alive, or nothing if it ended."""
    try:
        return await idle_line.ask(target.request)
    except OSError:
        return b""


def _close(lines: list[Line]) -> None:
    while lines:
        lines.pop().close()


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    length = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
    return len(body) >= int(length)


def sum_loads(loads: Iterable[Load]) -> Load:
    """Return the sum of several loads."""
    together = Load()
    for load in loads:
        together.answers += load.answers
        together.broken += load.broken
    return together
