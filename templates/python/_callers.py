"""Callers that go away: what nobody waits for any more is not asked of the upstream."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any, Self

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

CALLER: ContextVar[Receive | None] = ContextVar("caller", default=None)
"""ASGI's `receive` of the request, set by an adapter that has read its body."""

DEADLINE: ContextVar[asyncio.Timeout | None] = ContextVar("deadline", default=None)
"""When the call that is being performed is given up."""

READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})
# To watch a caller takes a task, and most calls are over before it is worth one.
PATIENCE = 0.1
LOG = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Wait:
    """A caller's wait for a call; `answered` is the status, once there is one."""

    waits: dict["Wait", Receive]
    method: str
    deadline: asyncio.Timeout
    answered: int | None = None
    gone: bool = False
    before: Token[asyncio.Timeout | None] | None = None

    def __enter__(self) -> Self:
        self.before = DEADLINE.set(self.deadline)
        return self

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            DEADLINE.reset(self.before)
        self.waits.pop(self, None)
        if self.gone and self.method not in READ_ONLY:
            outcome = self.answered or "no answer"
            LOG.warning("the caller of a %s had gone: %s", self.method, outcome)

    async def watch(self, receive: Receive) -> None:
        """Give the call up when its caller goes, unless it may change state."""
        while (await receive())["type"] != "http.disconnect":
            pass
        if self in self.waits:
            self.gone = True
            if self.method in READ_ONLY:
                self.deadline.reschedule(0)


class Callers:
    """Those who wait for calls that are under way."""

    def __init__(self) -> None:
        self._waits: dict[Wait, Receive] = {}
        self._looking: asyncio.Task[None] | None = None

    def wait(self, method: str, deadline: asyncio.Timeout) -> Wait:
        """Note who waits for a call that is given up at its deadline."""
        wait = Wait(self._waits, method, deadline)
        receive = CALLER.get()
        if receive is not None:
            self._waits[wait] = receive
            if self._looking is None:
                self._looking = asyncio.create_task(self._look())
        return wait

    async def _look(self) -> None:
        """Watch who has waited for a round, until nobody waits."""
        watches: dict[Wait, asyncio.Task[None]] = {}
        while self._waits:
            seen = self._waits.keys() - watches.keys()
            await asyncio.sleep(PATIENCE)
            for wait in seen & self._waits.keys():
                watches[wait] = asyncio.create_task(wait.watch(self._waits[wait]))
            for wait in watches.keys() - self._waits.keys():
                watches.pop(wait).cancel()
        self._looking = None
