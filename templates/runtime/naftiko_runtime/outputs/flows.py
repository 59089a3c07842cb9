"""Flows of routes and tools: calls, lookups and mocks that make one answer."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import nullcontext, suppress
from enum import Enum
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from ..errors import CallError, NaftikoError
from ..observing.calls import OBSERVERS, Step, note_departure, observed_step
from ..settings import BaseSettings
from ..transport import Reply
from ..upstream.requests import (
    CALLER,
    LEFT,
    Receive,
    log_failure,
    own_hosts,
    time_limit,
)
from ..values import JsonObject, Room, json_bytes, text_of
from .mismatches import UnusableAnswerError
from .shapes import (
    MOST,
    Alone,
    Read,
    TooManyValuesError,
    check_size,
    json_document,
    pick,
    value_room,
)

JSON = ((b"content-type", b"application/json"),)
LATE = "the upstream APIs did not answer in time; some steps may be done"

P = ParamSpec("P")
T = TypeVar("T")

LOG = logging.getLogger(__name__)


class Wildcard(Enum):
    """The wildcard of a path: every item of an array."""

    EACH = "*"


EACH = Wildcard.EACH


def pick_needed(value: Any, *steps: str | int) -> Any:
    """Return the value at a path; raises CallError if there is none."""
    part = pick(value, *steps)
    if part is None:
        raise UnusableAnswerError("that lacks a value for the next one")
    return part


def pick_each(value: Any, *steps: str | int | Wildcard) -> Any:
    """Return the value at a path in which `EACH` stands for every item of an array.

    Raises TooManyValuesError if there are too many items.
    """
    return _pick(value, steps, value_room())


def _pick(value: Any, steps: tuple[str | int | Wildcard, ...], room: Room) -> Any:
    if EACH not in steps:
        return pick(value, *(step for step in steps if not isinstance(step, Wildcard)))
    at = steps.index(EACH)
    array = as_array(_pick(value, steps[:at], room))
    if not isinstance(array, list):
        return None
    room.take(len(array))
    return [_pick(item, steps[at + 1 :], room) for item in array]


def with_declared(value: Any, members: Callable[[Any], JsonObject]) -> Any:
    """Return the object of the declared members of an answer.

    The elements of an array have them beside their own. Raises CallError if an array
    was declared, and the answer has another value.
    """
    try:
        if isinstance(value, list):
            return [
                {**item, **members(item)} if isinstance(item, dict) else item
                for item in value
            ]
        return None if value is None else members(value)
    except TypeError:
        raise UnusableAnswerError("that lacks a declared array") from None


def as_array(value: Any) -> Any:
    """Return an array; in XML, one of a single element looks like the element."""
    return value.as_array() if isinstance(value, Alone) else value


def compose(value: Any) -> Reply:
    """Return the reply whose body is a value as JSON."""
    return Reply(200, JSON, json_bytes(value))


def mock(
    values: Callable[P, JsonObject],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, Reply]]:
    """Return a coroutine that replies with the values as JSON.

    Its first argument, the API client, isn't used: no upstream is called.
    """

    @functools.wraps(values)
    async def perform(_: Any, /, *args: P.args, **kwargs: P.kwargs) -> Reply:
        return compose(values(*args, **kwargs))

    return perform


class FlowClient:
    """ASGI's `receive` of a request, which remembers that the client has left."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._last: Mapping[str, Any] | None = None

    async def __call__(self) -> Mapping[str, Any]:
        """Return the next message; the message that the client has left, repeatedly."""
        if self._last is None:
            message = await self._receive()
            if message["type"] != "http.disconnect":
                return message
            self._last = message
        return self._last

    async def has_left(self) -> bool:
        """Return whether the client has left, without waiting for that."""
        while self._last is None:
            receiving = asyncio.ensure_future(self())
            await asyncio.wait((receiving,), timeout=0)
            if not receiving.done():
                receiving.cancel()
                break
        return self._last is not None


async def unless_gone(call: Coroutine[Any, Any, Reply]) -> Reply:
    """Make a call of a flow; raises CallError if the client has left before."""
    client = CALLER.get()
    if isinstance(client, FlowClient) and await client.has_left():
        call.close()
        note_departure()
        LOG.warning("the caller of a flow had gone: its next step was not begun")
        raise CallError(503, "Service Unavailable", LEFT)
    return await call


def as_step(
    call: Coroutine[Any, Any, T], name: str, namespace: str = "", kind: str = "call"
) -> Coroutine[Any, Any, T]:
    """Make a call that observers see as a step; `namespace` is that of its API."""
    return _observe(call, Step(kind, name, namespace)) if OBSERVERS else call


async def _observe(call: Coroutine[Any, Any, T], step: Step) -> T:
    with observed_step(step):
        answer = await call
        if isinstance(answer, Reply):
            step.status = answer.status
        return answer


def lookup(index: Any, key: str, wanted: Any, *fields: str, step: str = "") -> Any:
    """Return fields of the entries whose key is wanted; `step` is the step's name.

    Values are compared as text, and the first of several entries counts. An array of
    wanted values has an array of entries, without those that aren't found; the entry of
    a single value is None if it isn't found.
    """
    return find(
        index,
        lambda row: row.get(key),
        wanted,
        lambda row: {name: row.get(name) for name in fields},
        step=step,
    )


def find(
    index: Any,
    key: Callable[[JsonObject], Any],
    wanted: Any,
    fields: Callable[[JsonObject], JsonObject],
    *,
    step: str = "",
) -> Any:
    """Return fields of the entries whose key is wanted, as `lookup` does.

    Raises TooManyValuesError for too many entries or wanted values, or if the entries
    together are too large.
    """
    with observed_step(Step("lookup", step)) if OBSERVERS else nullcontext():
        keys = [(key(row), row) for row in _rows(index)]
        rows = {
            text_of(value): row for value, row in reversed(keys) if value is not None
        }
        if not isinstance(wanted, list):
            row = None if wanted is None else rows.get(text_of(wanted))
            return None if row is None else fields(row)
        if len(wanted) > MOST:
            raise TooManyValuesError
        texts = [text_of(value) for value in wanted if value is not None]
        entries = {text: fields(rows[text]) for text in texts if text in rows}
        selection = [entries[text] for text in texts if text in entries]
        if len(selection) > len(entries):
            check_size(selection)
        return selection


def _rows(index: Any) -> list[JsonObject]:
    """Return the objects of an array; an object without any is an array of one."""
    entries = [] if isinstance(index, dict | Alone) else index
    if isinstance(index, Alone):
        # In XML, the children of the root may be an array.
        with suppress(TypeError):
            entries = index.as_array()
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise UnusableAnswerError("in which nothing can be looked up")
    if len(entries) > MOST:
        raise TooManyValuesError
    rows = [row for row in entries if isinstance(row, dict)]
    return [index] if isinstance(index, dict) and not rows else rows


class Client(Protocol):
    """A client of upstreams."""

    @property
    def settings(self) -> BaseSettings:
        """Return the settings that the client was opened with."""
        ...


C = TypeVar("C", bound=Client)


class RefusedError(NaftikoError):
    """A response whose status is 400 or above, which ends a flow."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def flow(
    steps: Callable[Concatenate[C, P], Awaitable[Any]],
) -> Callable[Concatenate[C, P], Coroutine[Any, Any, Reply]]:
    """Return a coroutine that replies with the value of the steps.

    A reply is returned unchanged, and another value as JSON. The first refusal of an
    upstream ends the steps, and is the reply. All steps share the time of one call.
    """

    @functools.wraps(steps)
    async def perform(client: C, /, *args: P.args, **kwargs: P.kwargs) -> Reply:
        receive = CALLER.get()
        caller = CALLER.set(FlowClient(receive) if receive else None)
        failure: CallError
        with own_hosts():
            try:
                async with asyncio.timeout(client.settings.limits.timeout) as timeout:
                    with time_limit(timeout.expired):
                        value = await steps(client, *args, **kwargs)
                return value if isinstance(value, Reply) else compose(value)
            except RefusedError as refusal:
                return refusal.reply
            except UnusableAnswerError as unusable:
                failure = unusable
            except TooManyValuesError:
                failure = UnusableAnswerError("with too many values")
            except TimeoutError:
                failure = CallError(504, "Gateway Timeout", LATE)
            finally:
                CALLER.reset(caller)
            log_failure(failure)
            raise failure

    return perform


async def answer(call: Awaitable[Reply], read: Read = json_document) -> Any:
    """Return the value of a call's response; raises RefusedError or CallError.

    An empty response is None. `read` parses the body, or raises ValueError.
    """
    reply = await call
    if not reply.ok:
        raise RefusedError(reply)
    if not reply.body:
        return None
    try:
        return read(reply)
    except ValueError as error:
        raise UnusableAnswerError(str(error)) from None


def unread(_: Reply) -> None:
    """Read nothing: no step needs the response."""


async def together(*answers: Coroutine[Any, Any, Any]) -> list[Any]:
    """Return the answers of calls that run side by side.

    If several fail, the first of them counts, as if they ran one after the other.
    """
    tasks = [asyncio.create_task(answer) for answer in answers]
    try:
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
