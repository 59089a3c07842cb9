"""Callers and their patience: what nobody waits for any more is given up."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any, Self

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

CALLER: ContextVar[Receive | None] = ContextVar("caller", default=None)
"""ASGI's `receive` of the request, set by an adapter that has read its body."""

READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})
# To look at all calls now and then costs them nothing; a timer for each would.
ROUND = 0.1
# To watch a caller takes a task, which is more than most calls are worth. Under load
# all take long, so only some are watched in a round: those that have waited longest.
FEW = 10
SHARE = 20
LOG = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Wait:
    """A caller's wait for a call, until its end or until it is given up.

    Raises TimeoutError at its end. `answered` is the status, once there is one.
    """

    waits: dict["Wait", None]
    method: str
    end: float
    receive: Receive | None
    task: asyncio.Task[Any]
    cancellations: int
    answered: int | None = None
    gone: bool = False
    is_over: bool = False
    before: Token["Wait | None"] | None = None

    def __enter__(self) -> Self:
        self.before = WAIT.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.before is not None:
            WAIT.reset(self.before)
        self.waits.pop(self, None)
        if self.gone and self.method not in READ_ONLY:
            outcome = self.answered or "no answer"
            LOG.warning("the caller of a %s had gone: %s", self.method, outcome)
        if self.is_over:
            others = self.task.uncancel() - self.cancellations
            if kind is asyncio.CancelledError and others <= 0:
                raise TimeoutError

    async def watch(self, receive: Receive) -> None:
        """Give the call up when its caller goes, unless it may change state."""
        while (await receive())["type"] != "http.disconnect":
            pass
        if self in self.waits:
            self.gone = True
            if self.method in READ_ONLY:
                self.give_up()

    def give_up(self) -> None:
        """End the wait, as asyncio's Timeout would at its time."""
        self.waits.pop(self)
        self.is_over = True
        self.task.cancel()


WAIT: ContextVar[Wait | None] = ContextVar("wait", default=None)
"""The wait for the call that is being performed."""


class Callers:
    """Those who wait for calls that are under way, each for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._waits: dict[Wait, None] = {}
        self._looking: asyncio.Task[None] | None = None

    def wait(self, method: str) -> Wait:
        """Note who waits for a call, which is given up when its time is over."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can wait for a call")
        end = self._loop.time() + self._seconds
        wait = Wait(self._waits, method, end, CALLER.get(), task, task.cancelling())
        self._waits[wait] = None
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        return wait

    async def _look(self) -> None:
        """Look after those who wait, the longest first, until nobody does."""
        watches: dict[Wait, asyncio.Task[None]] = {}
        while self._waits:
            seen = set(self._waits)
            first = next(iter(self._waits))
            await asyncio.sleep(min(ROUND, first.end - self._loop.time()))
            self._end_late()
            for wait in watches.keys() - self._waits.keys():
                watches.pop(wait).cancel()
            unwatched = (w for w in self._waits if w in seen and w not in watches)
            for wait in islice(unwatched, max(FEW, len(self._waits) // SHARE)):
                if wait.receive:
                    watches[wait] = asyncio.create_task(wait.watch(wait.receive))
        self._looking = None

    def _end_late(self) -> None:
        now = self._loop.time()
        for wait in list(takewhile(lambda wait: wait.end <= now, self._waits)):
            wait.give_up()
