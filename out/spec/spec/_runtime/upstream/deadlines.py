"""The deadline of a call, and the failures of calls as the log has them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, ContextVar, Token
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any, Self, TypeVar

from ..errors import CallError
from ..faults import FAULTS
from ..observing.calls import note_departure, note_gone

FAILURES = frozenset({502, 504})
LOG = logging.getLogger(__name__)
HOSTS: ContextVar[dict[str, str] | None] = ContextVar("hosts", default=None)
"""The hosts that a request of a client has called, the last one at the end."""

T = TypeVar("T")
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
CALLER: ContextVar[Receive | None] = ContextVar("caller", default=None)
"""ASGI's `receive` of the request; an adapter sets it once it has read the body."""
LEFT = "the client has left; some steps may be done"
READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})
# Checking all calls in intervals is cheaper than a timer for each call.
ROUND = 0.1
# Noticing that a client disconnects needs a task, which is expensive for a short call.
# So each round starts tasks for a limited number of calls, the oldest first.
FEW = 10
SHARE = 20


def note_host(host: str, phase: str = "") -> None:
    """Remember that the current request calls a host, and how far a call has come."""
    hosts = HOSTS.get()
    if hosts is None:
        HOSTS.set({host: phase})
    else:
        hosts.pop(host, None)
        hosts[host] = phase


@contextmanager
def own_hosts() -> Iterator[None]:
    """Remember the hosts that are called within the context, also in its tasks."""
    token = HOSTS.set({})
    try:
        yield
    finally:
        HOSTS.reset(token)


def log_failure(
    error: CallError, hosts: Iterable[str] | None = None, reason: str = ""
) -> None:
    """Log the failure of a call, by default of the hosts that were called."""
    if error.status in FAILURES:
        phases = HOSTS.get() or {}
        named = ", ".join(map(_named, phases.items()) if hosts is None else hosts)
        why = f"{error.detail} ({reason})" if reason else error.detail
        FAULTS.warn(f"a call of {named} failed: {error.status}, {why}")


def _named(host: tuple[str, str]) -> str:
    name, phase = host
    return f"{name} ({phase})" if phase else name


def log_status(host: str, status: int) -> None:
    """Log a response of a host that says that its own upstream failed."""
    if status in FAILURES:
        FAULTS.warn(f"{host} answered with the status {status}")


@dataclass(eq=False, slots=True)
class Wait:
    """The time limit of a call, and the connection of its client.

    As a context manager it raises TimeoutError at the deadline `end`. `answered` is the
    status of the upstream's response. `gone` means that the client has disconnected,
    `is_over` that the call was cancelled here, and `is_repeated` that its request was
    sent once more.
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
    is_repeated: bool = False
    before: Token["Wait | None"] | None = None

    def __enter__(self) -> Self:
        self.before = WAIT.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.before is not None:
            WAIT.reset(self.before)
        self.waits.pop(self, None)
        if self.gone:
            note_gone()
        if self.gone and self.method not in READ_ONLY:
            outcome = self.answered or "no answer"
            LOG.warning("the caller of a %s had gone: %s", self.method, outcome)
        if self.is_over:
            others = self.task.uncancel() - self.cancellations
            if kind is asyncio.CancelledError and others <= 0:
                raise TimeoutError

    async def watch(self, receive: Receive) -> None:
        """Wait until the client disconnects; then cancel the call if read-only."""
        while (await receive())["type"] != "http.disconnect":
            pass
        if self in self.waits:
            self.gone = True
            if self.method in READ_ONLY:
                self.give_up()

    def give_up(self) -> None:
        """Cancel the call's task, as asyncio's Timeout does at its deadline."""
        self.waits.pop(self)
        self.is_over = True
        self.task.cancel()


WAIT: ContextVar[Wait | None] = ContextVar("wait", default=None)
"""The wait of the current call."""
IS_OVER: ContextVar[Callable[[], bool] | None] = ContextVar("is_over", default=None)
"""Whether the time of a call is over, which has another limit than a wait."""


def is_late() -> bool:
    """Return whether the time of the current call is over."""
    wait, is_over = WAIT.get(), IS_OVER.get()
    return bool((wait and wait.is_over and not wait.gone) or (is_over and is_over()))


@contextmanager
def limited(is_over: Callable[[], bool]) -> Iterator[None]:
    """Let requests within the context know whether the time of their call is over."""
    outer = IS_OVER.get()
    token = IS_OVER.set(lambda: is_over() or bool(outer and outer()))
    try:
        yield
    finally:
        IS_OVER.reset(token)


class Callers:
    """The calls in flight, with a deadline of `seconds` after each one's start."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._waits: dict[Wait, None] = {}
        self._looking: asyncio.Task[None] | None = None

    def wait(self, method: str) -> Wait:
        """Register the current task's call; the result cancels it at its deadline."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can wait for a call")
        end = self._loop.time() + self._seconds
        wait = Wait(self._waits, method, end, CALLER.get(), task, task.cancelling())
        self._waits[wait] = None
        if self._looking is None:
            # The task outlasts this call, so it has a context of its own.
            self._looking = asyncio.create_task(self._look(), context=Context())
        return wait

    async def _look(self) -> None:
        """Check deadlines and disconnections, oldest call first, until none is left."""
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


async def until_left(work: asyncio.Future[T]) -> T:
    """Wait for work without effects; raises CallError if the client leaves before."""
    receive = CALLER.get()
    if receive is None:
        return await work
    leaving = asyncio.create_task(_leaving(receive))
    try:
        await asyncio.wait((work, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            note_departure()
            raise CallError(503, "Service Unavailable", LEFT)
        return work.result()
    finally:
        leaving.cancel()
        work.cancel()


async def _leaving(receive: Receive) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
