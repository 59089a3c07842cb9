"""Requests to upstreams: their parts, their limits, and their failures in the log."""

import asyncio
import base64
import logging
import math
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn, Self, TypeAlias, TypeVar
from urllib.parse import quote, unquote

from ..errors import FAULTS, CallError, InvalidInputError
from ..observing.calls import note_departure, note_gone, note_refusal
from ..settings import Limits
from ..transport import Content, Headers, Reply
from ..values import (
    HEAD_LIMIT,
    Deep,
    deep_pairs,
    head_room,
    header_value,
    json_bytes,
    quote_value,
    text_of,
)

Pairs = Iterable[tuple[str, Any]]
"""Names and values; None is omitted, and each item of a list or value in a `Deep` is
a pair of its own."""
Request: TypeAlias = tuple[str, str, Headers, bytes | None]
"""Method, URL, headers and body, as they are sent."""

# Reserved characters that can stand in a path without another meaning for clients.
RESERVED = "/:@!$'()*,;="
PATH_VARIABLE_LIMIT = 8 * 1024
# A path variable of these characters needs neither encoding nor further checks.
PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,255}")
# They end a line or a text for a parser further on.
UNSAFE = re.compile(r"[\x00\r\n]")
COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")

Pieces = list[list[str]]
"""The texts of each item; an exploded member has a name and a value."""


def header_fields(constant: Headers, pairs: Pairs, body: object) -> Headers:
    """Return constant headers, the type of a body, and headers that override them.

    Raises InvalidInputError for a value that no header can have, and for too many.
    """
    if body is not None:
        media_type = "application/json"
        if isinstance(body, Content):
            media_type = header_value("Content-Type", body.media_type)
        constant = (*constant, ("Content-Type", media_type))
    if not pairs:
        return constant
    fields = [field for field in _texts(pairs) if not _lacks_boundary(field, body)]
    names = {name.lower() for name, _ in fields}
    return (*(field for field in constant if field[0].lower() not in names), *fields)


def _lacks_boundary(field: tuple[str, str], body: object) -> bool:
    """Return whether a header is the type of a multipart body without its boundary."""
    media_type = body.media_type if isinstance(body, Content) else ""
    kind, has_boundary, _ = media_type.partition("; boundary=")
    is_type = field[0].lower() == "content-type"
    return bool(has_boundary) and is_type and field[1].strip().lower() == kind


def _texts(pairs: Pairs) -> Iterator[tuple[str, str]]:
    room = head_room("the headers of the request to the upstream API")
    for name, value in _present(pairs):
        text = header_value(name, value)
        room.take(len(name) + len(text))
        yield name, text


def query_text(pairs: Pairs) -> str:
    """Return the query of a URL with its question mark, or "" without pairs.

    Raises InvalidInputError if it is too long.
    """
    parts = (
        f"{quote_value(name)}={quote_value(value)}" for name, value in _present(pairs)
    )
    text = "&".join(head_room().count(parts))
    return f"?{text}" if text else ""


def target_text(path: str, query: str) -> str:
    """Join a path and a query; raises InvalidInputError if they are too long."""
    target = path + query
    if len(target) > HEAD_LIMIT:
        head_room().take(len(target))  # it refuses
    return target


def body_bytes(body: object) -> bytes | None:
    """Return the bytes of a body: of Content its data, of other values JSON."""
    if body is None:
        return None
    return body.data if isinstance(body, Content) else json_bytes(body)


def _present(pairs: Pairs) -> Iterable[tuple[str, Any]]:
    for name, value in pairs:
        if isinstance(value, list):
            yield from ((name, item) for item in value)
        elif isinstance(value, Deep):
            deep = deep_pairs(name, value.value, head_room())
            yield from ((key, item) for key, item in deep if item is not None)
        elif value is not None:
            yield name, value


def segment(name: str, value: object) -> str:
    """Percent-encode a path variable as a single segment.

    Raises InvalidInputError for a value that a URL parser could read as several
    segments.
    """
    text = text_of(value)
    if PLAIN_SEGMENT.fullmatch(text):
        return text
    check_segment(name, text)
    return quote_value(text, name)


def reserved_path(name: str, value: object) -> str:
    """Percent-encode a path variable but for slashes and other reserved characters.

    Slashes at its start are encoded: a path that begins with two names a host. Raises
    InvalidInputError as `segment` does.
    """
    text = text_of(value)
    check_segment(name, text)
    rest = text.lstrip("/")
    slashes = text[: len(text) - len(rest)]
    return quote_value(slashes) + quote_value(rest, name, safe=RESERVED)


def check_segment(name: str, text: str) -> None:
    """Raise InvalidInputError for a text that isn't a single segment of a path."""
    if not text or len(text) > PATH_VARIABLE_LIMIT:
        raise InvalidInputError(name, "must have from 1 to 8192 characters")
    check_path(name, unquote(text))


def check_path(name: str, text: str) -> None:
    """Raise InvalidInputError for a decoded path that could leave the one before it."""
    if UNSAFE.search(text):
        raise InvalidInputError(name, "must not contain CR, LF or NUL")
    for piece in re.split(r"[/\\]", text):
        if piece.partition(";")[0] in (".", ".."):
            raise InvalidInputError(name, "must not contain a relative path segment")


def path_text(*parts: str) -> str:
    """Join texts and percent-encode them as a path segment, except colons."""
    return quote("".join(parts), safe=":")


def cookie_header(*cookies: tuple[str, object]) -> str | None:
    """Return the header of the cookies that have a value, or None without any.

    Raises InvalidInputError for a value that a cookie can't have: nothing is encoded in
    a cookie, so such a value could begin another one.
    """
    present = [(name, text_of(value)) for name, value in cookies if value is not None]
    for name, text in present:
        if not COOKIE_VALUE.fullmatch(text):
            fault = (
                "must be visible ASCII text without quotes, commas, semicolons or \\"
            )
            raise InvalidInputError(name, fault)
    return "; ".join(map("=".join, present)) or None


def simple_text(value: object, *, explode: bool = False) -> str | None:
    """Return items for a header: `a,b`; exploded members are `k=v`."""
    pieces = _pieces(value, explode)
    return _join(pieces, ",", str) if pieces else None


def simple_segment(name: str, value: object, *, explode: bool = False) -> str:
    """Return items as a segment: `a,b`; exploded members are `k=v`."""
    return _segment(name, "", ",", _pieces(value, explode))


def label_segment(name: str, value: object, *, explode: bool = False) -> str:
    """Return items as a segment that starts with a dot: `.a,b`, exploded `.a.b`."""
    return _segment(name, ".", "." if explode else ",", _pieces(value, explode))


def matrix_segment(name: str, value: object, *, explode: bool = False) -> str:
    """Return items as a segment: `;p=a,b`, exploded `;p=a;p=b` or `;k=v`."""
    pieces = _pieces(value, explode)
    if not explode:
        return _segment(name, f";{quote_value(name)}=", ",", pieces)
    if not isinstance(value, dict):
        pieces = [[name, *piece] for piece in pieces]
    return _segment(name, ";", ";", pieces)


def _pieces(value: object, explode: bool) -> Pieces:
    match value:
        case None:
            return []
        case dict():
            present = ((k, item) for k, item in value.items() if item is not None)
            pairs = [[str(name), text_of(item)] for name, item in present]
            return pairs if explode else [[text] for pair in pairs for text in pair]
        case list():
            return [[text_of(item)] for item in value]
        case _:
            return [[text_of(value)]]


def _segment(name: str, start: str, separator: str, pieces: Pieces) -> str:
    """Return encoded items; their separators aren't encoded."""
    if not pieces:
        raise InvalidInputError(name, "must not be empty")
    check_segment(name, start + _join(pieces, separator, str))
    return start + _join(pieces, separator, quote_value)


def _join(pieces: Pieces, separator: str, encode: Callable[[str], str]) -> str:
    return separator.join("=".join(map(encode, piece)) for piece in pieces)


def basic(username: str, password: str) -> str:
    """Return the `Authorization` header of a user with a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


# --- calls, and their limits ----------------------------------------------------------

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
        has_more = bool(reason) and reason != error.detail
        why = f"{error.detail} ({reason})" if has_more else error.detail
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
