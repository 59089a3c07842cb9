"""Callers that are many or hurried: requests over and over, and what came of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import uvloop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, TypeVar

    T = TypeVar("T")
    Judge = Callable[[bytes], "Outcome"]

TICK = 0.001
KEPT_ALIVE = 3.0
"""Seconds for which servers leave an idle connection open, and some more."""


class Outcome(Enum):
    """What an answer says."""

    SERVED = "It is the upstream's answer."
    REFUSED = "Too many calls are in flight, it says, and when to come again."
    WRONG = "It is something else."


@dataclass(frozen=True)
class Target:
    """Where a request goes, its bytes, and how its answers are read."""

    url: str
    request: bytes
    judge: Judge


@dataclass
class Load:
    """What came of requests: how many were offered, and every answer's wait."""

    seconds: float
    offered: int = 0
    waits: dict[Outcome, list[float]] = field(
        default_factory=lambda: {outcome: [] for outcome in Outcome}
    )
    broken: Counter[str] = field(default_factory=Counter)
    """Requests that got no answer, by the reason."""

    @property
    def served(self) -> int:
        """Return how many answers of the upstream came."""
        return len(self.waits[Outcome.SERVED])

    @property
    def goodput(self) -> float:
        """Return the answers of the upstream that came in a second."""
        return self.served / self.seconds

    def percentile(self, share: float, outcome: Outcome = Outcome.SERVED) -> float:
        """Return the wait that this share of the answers did not exceed."""
        waits = sorted(self.waits[outcome])
        return waits[min(int(share * len(waits)), len(waits) - 1)] if waits else inf

    def __str__(self) -> str:
        counts = {one.name.lower(): len(waits) for one, waits in self.waits.items()}
        waits = f"p50 {self.percentile(0.5):.3f} p99 {self.percentile(0.99):.3f}"
        rates = f"{self.offered / self.seconds:.0f}/s offered, {self.goodput:.0f}/s"
        return f"{rates} served, {waits} s, {counts}, {dict(self.broken)}"


class Line(asyncio.Protocol):
    """A connection that is kept alive: one request at a time, and its answer."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[bytes] | None = None
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self._used = monotonic()
        self.open = True

    @property
    def usable(self) -> bool:
        """Say whether the server surely waits for a request."""
        return self.open and monotonic() - self._used < KEPT_ALIVE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answer and not self._answer.done() and _is_whole(self._received):
            self._answer.set_result(self._received)
            self._received = b""
            self._used = monotonic()

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
    _, opened = await loop.create_connection(Line, host, int(port))
    return opened


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a client in a fast loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def closed_loop(
    target: Target, callers: int, seconds: float, *, once: bool = False
) -> Load:
    """Let each caller ask again when it has its answer.

    With `once`, a caller's connection is not used again.
    """
    load = Load(seconds)
    end = monotonic() + seconds

    async def call() -> None:
        lines: list[Line] = []
        while monotonic() < end:
            await _exchange(target, lines, load)
            if once:
                _close(lines)
        _close(lines)

    await asyncio.gather(*(call() for _ in range(callers)))
    return load


async def open_loop(target: Target, rate: float, most: int, seconds: float) -> Load:
    """Send so many requests a second, whether they're answered or not.

    `most` is how many may be waiting; what goes beyond is not offered.
    """
    load = Load(seconds)
    idle: list[Line] = []
    waiting: set[asyncio.Task[None]] = set()
    start = monotonic()
    due = 0
    while (elapsed := monotonic() - start) < seconds:
        missing = int(elapsed * rate) - due
        due += missing
        for _ in range(min(missing, most - len(waiting))):
            task = asyncio.create_task(_exchange(target, idle, load))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
        await asyncio.sleep(TICK)
    if waiting:
        await asyncio.wait(waiting, timeout=5)
    for task in waiting:
        task.cancel()
    _close(idle)
    return load


async def _exchange(target: Target, idle: list[Line], load: Load) -> None:
    """Ask over an idle connection or a new one, and say what came of it."""
    load.offered += 1
    start = monotonic()
    try:
        while idle and not idle[-1].usable:
            idle.pop().close()
        used = idle.pop() if idle else await line(target.url)
        answer = await used.ask(target.request)
    except OSError as error:
        load.broken[repr(error)] += 1
        # Who is turned away at the door doesn't knock again at once.
        await asyncio.sleep(TICK)
        return
    load.waits[target.judge(answer)].append(monotonic() - start)
    idle.append(used)


def _close(lines: list[Line]) -> None:
    while lines:
        lines.pop().close()


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    length = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
    return len(body) >= int(length)
