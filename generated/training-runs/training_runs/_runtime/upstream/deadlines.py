"""The limits of calls, the exchanges within them, and their failures in the log."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn, Self, TypeVar

from ..errors import FAULTS, CallError
from ..observing.calls import note_departure, note_gone, note_refusal
from ..settings import Limits
from ..transport import Reply

FAILURES = (502, 504)
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
RETRY_AFTER = 1
REFUSALS_A_SECOND = 250


def note_host(host: str, phase: str = "") -> None:
    """Remember that the current request calls a host, and how far a call has come."""
    if (hosts := HOSTS.get()) is None:
        HOSTS.set(hosts := {})
    hosts.pop(host, None)
    hosts[host] = phase


@contextmanager
def _set_within(variable: ContextVar[T | None], value: T) -> Iterator[T]:
    token = variable.set(value)
    try:
        yield value
    finally:
        variable.reset(token)


def own_hosts() -> AbstractContextManager[dict[str, str]]:
    """Remember the hosts that are called within the context, also in its tasks."""
    return _set_within(HOSTS, {})


def log_failure(error: CallError, host: str = "", reason: str = "") -> None:
    """Log the failure of a call, by default of the hosts that were called."""
    if error.status in FAILURES:
        phases = (HOSTS.get() or {}).items()
        places = (f"{name} ({phase})" if phase else name for name, phase in phases)
        names = host or ", ".join(places)
        why = f"{error.detail} ({reason})" if reason else error.detail
        FAULTS.warn(f"a call of {names} failed: {error.status}, {why}")


def log_status(host: str, status: int) -> None:
    """Log a response of a host that says that its own upstream failed."""
    if status in FAILURES:
        FAULTS.warn(f"{host} answered with the status {status}")


@dataclass(eq=False, slots=True)
class Exchange:
    """A call of an upstream: its time limit, its client, and its response.

    As a context manager it raises TimeoutError at the deadline `end`. `gone` means that
    the client has disconnected, `is_over` that the call was cancelled here, and
    `is_repeated` that its request was sent again.
    """

    method: str
    url: str
    end: float
    pending: dict["Exchange", None]
    task: asyncio.Task[Any]
    cancellations: int
    receive: Receive | None
    gone: bool = False
    is_over: bool = False
    is_repeated: bool = False
    reply: Reply | None = None
    token: Any = None

    def __enter__(self) -> Self:
        self.token = EXCHANGE.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        EXCHANGE.reset(self.token)
        self.pending.pop(self, None)
        if self.gone:
            note_gone()
            if self.method not in READ_ONLY:
                outcome = self.reply.status if self.reply else "no answer"
                LOG.warning("the caller of a %s had gone: %s", self.method, outcome)
        if self.is_over:
            others = self.task.uncancel() - self.cancellations
            if kind is asyncio.CancelledError and others <= 0:
                raise TimeoutError

    async def watch(self, receive: Receive) -> None:
        """Wait until the client disconnects; then cancel the call if read-only."""
        await _departure(receive)
        if self in self.pending:
            self.gone = True
            if self.method in READ_ONLY:
                self.give_up()

    def give_up(self) -> None:
        """Cancel the call's task, as asyncio's Timeout does at its deadline."""
        self.pending.pop(self)
        self.is_over = True
        self.task.cancel()


EXCHANGE: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The exchange of the current call."""
EXCHANGES: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)
"""The exchanges of a call whose caller reads on from one, as they begin."""
IS_OVER: ContextVar[Callable[[], bool] | None] = ContextVar("is_over", default=None)
"""Whether the time of a call is over, which has another limit than an exchange."""


def is_late() -> bool:
    """Return whether the time of the current call is over."""
    call, is_over = EXCHANGE.get(), IS_OVER.get()
    return bool((call and call.is_over and not call.gone) or (is_over and is_over()))


def watched_exchanges() -> AbstractContextManager[list[Exchange]]:
    """Collect the exchanges within the context, also those of its tasks."""
    return _set_within(EXCHANGES, [])


def time_limit(is_over: Callable[[], bool]) -> AbstractContextManager[object]:
    """Let requests within the context know whether the time of their call is over."""
    outer = IS_OVER.get()
    return _set_within(IS_OVER, lambda: is_over() or bool(outer and outer()))


class ConcurrencyLimit:
    """The number of calls that may begin; a call lowers it until it has ended."""

    def __init__(self, limits: Limits) -> None:
        self.free = limits.max_concurrency
        self._patience = min(RETRY_AFTER, limits.timeout / 2)
        self._next_refusal = 0.0

    async def refuse(self) -> NoReturn:
        """Raise CallError; if many calls are refused, raise it with a delay.

        Clients that retry at once would otherwise slow down the calls in flight.
        """
        note_refusal(503)
        now = asyncio.get_running_loop().time()
        turn = min(max(self._next_refusal, now), now + self._patience)
        self._next_refusal = turn + 1 / REFUSALS_A_SECOND
        if turn > now + ROUND:
            # Rounding lets refusals share a wake-up of the event loop.
            await asyncio.sleep(math.ceil(turn / ROUND) * ROUND - now)
        detail = "too many calls are in flight"
        raise CallError(503, "Service Unavailable", detail, retry_after=RETRY_AFTER)


class Callers:
    """The calls in flight, with a deadline of `seconds` after each one's start."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._calls: dict[Exchange, None] = {}
        self._looking: asyncio.Task[None] | None = None

    def begin(self, method: str, url: str) -> Exchange:
        """Register the current task's call; the result cancels it at its deadline."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can wait for a call")
        end, cancellations = self._loop.time() + self._seconds, task.cancelling()
        receive, exchanges = CALLER.get(), EXCHANGES.get()
        call = Exchange(method, url, end, self._calls, task, cancellations, receive)
        self._calls[call] = None
        if exchanges is not None:
            exchanges.append(call)
        if self._looking is None:
            # The task outlasts this call, so it has a context of its own.
            self._looking = asyncio.create_task(self._look(), context=Context())
        return call

    async def _look(self) -> None:
        """Check deadlines and disconnections, oldest call first, until none is left."""
        watches: dict[Exchange, asyncio.Task[None]] = {}
        while self._calls:
            earlier = set(self._calls)
            first = next(iter(self._calls))
            await asyncio.sleep(min(ROUND, first.end - self._loop.time()))
            now = self._loop.time()
            for call in [call for call in self._calls if call.end <= now]:
                call.give_up()
            for call in watches.keys() - self._calls.keys():
                watches.pop(call).cancel()
            new = (c for c in self._calls if c in earlier and c not in watches)
            for call in islice(new, max(FEW, len(self._calls) // SHARE)):
                if call.receive:
                    watches[call] = asyncio.create_task(call.watch(call.receive))
        self._looking = None


async def until_left(work: asyncio.Future[T]) -> T:
    """Wait for work without effects; raises CallError if the client leaves before."""
    receive = CALLER.get()
    if receive is None:
        return await work
    leaving = asyncio.create_task(_departure(receive))
    try:
        await asyncio.wait((work, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            note_departure()
            raise CallError(503, "Service Unavailable", LEFT)
        return work.result()
    finally:
        leaving.cancel()
        work.cancel()


async def _departure(receive: Receive) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
