"""Calls of an upstream: each has a deadline, and repeats no credential."""

import asyncio
import base64
import json
import logging
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from ..errors import (
    CallError,
    ConnectionLostError,
    NaftikoError,
    NoAnswerError,
    NotSentError,
)
from ..observing.calls import HOSTS, note_departure
from ..settings import Limits
from ..transport import Reply, Transport, TransportMiddleware, wrap
from .connection import phase
from .deadlines import READ_ONLY, Callers, Wait, log_failure, log_status, note_host
from .exchanges import close_exchange, open_exchange
from .requests import (
    Pairs,
    Request,
    RequestHeaders,
    body_bytes,
    query_text,
    target_text,
)

SHARE = 0.1
CEILING = 100.0
FLOOR = 10.0
FLOOR_A_SECOND = 1.0

SHORTEST = 6
"""The characters from which a text is searched for; shorter ones are often words."""
MASK = b"***"
# Characters that programs leave unencoded in the parts of a URL.
PLAIN = ("", "/", ":", "/:", "!$&'()*+,;=:@/", "!$&'()*+,;=:@/?")
LOG = logging.getLogger(__name__)

REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
BUSY = frozenset({429, 503})
"""Statuses after which a repetition may help."""
REDIRECTS = frozenset({300, 301, 302, 303, 305, 306, 307, 308})
PRIVATE = (b"Cache-Control", b"private")


class Budget:
    """The repetitions that an upstream's calls may have: a tenth of the last thousand.

    For an upstream that is rarely called, the budget is ten repetitions, and one per
    second is regained.
    """

    def __init__(self) -> None:
        self._left = FLOOR
        self._filled = monotonic()

    def add_call(self) -> None:
        """Count a call, which adds to the budget."""
        if self._left < CEILING:
            self._left += SHARE

    def take(self) -> bool:
        """Count a repetition; return False if the budget is used up."""
        now = monotonic()
        if self._left < FLOOR:
            regained = (now - self._filled) * FLOOR_A_SECOND
            self._left = min(FLOOR, self._left + regained)
        self._filled = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Mask:
    """The texts of credentials, as responses may repeat them.

    They are plain, escaped in JSON, percent-encoded, or a part of a text in base64.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        forms = {
            form for text in texts if len(text) >= SHORTEST for form in _forms(text)
        }
        # A longer form may contain a shorter one.
        self._forms = sorted((form.encode() for form in forms), key=len, reverse=True)

    def applied(self, reply: Reply, url: str) -> Reply:
        """Return a response of a URL without the credentials.

        A header with one is dropped, and in a body that isn't passed on in pieces,
        `***` stands in its place.
        """
        body = reply.body
        head = b"\n".join(part for field in reply.raw_headers for part in field)
        if not (self._is_in(body) or self._is_in(head)):
            return reply
        host = urlsplit(url).netloc
        LOG.warning("a response of %s repeated a credential, which is removed", host)
        headers = tuple(
            field for field in reply.raw_headers if not any(map(self._is_in, field))
        )
        masked = self._masked(body) if self._is_in(body) else body
        return reply._replace(raw_headers=headers, body=masked)

    def _is_in(self, content: bytes) -> bool:
        return any(form in content for form in self._forms)

    def _masked(self, body: bytes) -> bytes:
        for form in self._forms:
            body = body.replace(form, MASK)
        return body


def _forms(text: str) -> Iterator[str]:
    yield text
    escaped = json.dumps(text)[1:-1]
    yield from (escaped, escaped.replace("/", "\\/"))
    for encoded in (quote_plus(text), *(quote(text, safe=plain) for plain in PLAIN)):
        yield from (encoded, _with_small_digits(encoded))
    for offset in range(3):
        piece = _base64_piece(text.encode(), offset)
        yield from (piece, piece.translate(str.maketrans("+/", "-_")))


def _with_small_digits(encoded: str) -> str:
    first, *others = encoded.split("%")
    return "%".join((first, *(part[:2].lower() + part[2:] for part in others)))


def _base64_piece(content: bytes, offset: int) -> str:
    """Return the characters that bytes have in base64 after others.

    `offset` is the number of the others beyond a multiple of three. Characters that
    depend on them, or on the bytes after the end, are left out.
    """
    whole = base64.b64encode(bytes(offset) + content).decode()
    first = (offset * 8 + 5) // 6
    return whole[first : (offset + len(content)) * 8 // 6]


class Upstream:
    """A consumed API: its base URI and the limits on calls.

    `middleware` wraps the transport, which adds the credential; the first is outermost.
    So it gets each request, also when it is repeated, and no credential. If the API
    gets a credential, `mask` removes it from responses that repeat it, and shared
    caches mustn't store any response.
    """

    def __init__(
        self,
        transport: Transport,
        limits: Limits,
        base_uri: str,
        *,
        user_agent: str,
        middleware: Iterable[TransportMiddleware] = (),
        mask: Mask | None = None,
    ) -> None:
        self._mask = mask
        self.transport = wrap(transport, middleware)
        self.timeout = limits.timeout
        self.base_uri = base_uri
        parts = urlsplit(base_uri)
        self.host = parts.netloc
        HOSTS.add(parts.hostname or "")
        self.headers = RequestHeaders(user_agent)
        self.budget = Budget()
        self._loop = asyncio.get_running_loop()
        self._callers = Callers(limits.timeout)

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Pairs = (),
        headers: Pairs = (),
        body: Any = None,
    ) -> Reply:
        """Send a request and return its response, including responses of errors.

        `path` is percent-encoded. In `query` and `headers`, None is omitted, and the
        name is repeated for each item of a list. A `body` of bytes is sent unchanged,
        `Content` with its media type, and any other value as JSON. Raises CallError if
        there is no response to return.
        """
        url = self.base_uri + target_text(path, query_text(query) if query else "")
        fields = self.headers.extended(headers, body)
        request = (method, url, fields, body_bytes(body))
        note_host(self.host)
        exchange = open_exchange(url)
        try:
            with self._callers.wait(method) as wait:
                reply = await self._exchanged(request, wait)
                wait.answered = reply.status
            return close_exchange(exchange, self.checked(reply, method))
        except TimeoutError:
            failed = late(method)
            if wait.gone:
                note_departure()
            raise (failed if wait.gone else self.report_late(failed)) from None
        except (NotSentError, NoAnswerError, CallError) as error:
            raise self.report(error, method) from None
        except asyncio.CancelledError:
            note_host(self.host, phase())
            raise

    def checked(self, reply: Reply, method: str) -> Reply:
        """Return a response that clients may get; raises CallError for another."""
        if reply.status in REDIRECTS:
            raise _failure(502, method, f"answered with a redirect ({reply.status})")
        if not 200 <= reply.status < 600:
            raise _failure(502, method, f"answered with the status {reply.status}")
        log_status(self.host, reply.status)
        if self._mask is None:
            return reply
        if reply.header(b"cache-control") is None:
            reply = reply._replace(raw_headers=(*reply.raw_headers, PRIVATE))
        return self._mask.applied(reply, self.base_uri)

    def report(
        self, error: NotSentError | NoAnswerError | CallError, method: str
    ) -> CallError:
        """Log a failed call, and return its failure as clients get it."""
        failed = error if isinstance(error, CallError) else failure(method, error)
        log_failure(failed, (self.host,), reason_of(error))
        return failed

    def report_late(self, failed: CallError) -> CallError:
        """Log a call without a response in time, and return its failure."""
        log_failure(failed, (self.host,), phase())
        return failed

    async def _exchanged(self, request: Request, wait: Wait) -> Reply:
        """Send a request, and repeat it once if that is allowed and may help."""
        self.budget.add_call()
        try:
            reply = await self.transport(*request)
        except (NotSentError, ConnectionLostError):
            if not self._may_repeat(request, wait):
                raise
        else:
            if reply.status not in BUSY:
                return reply
            pause = self._pause(reply, wait.end)
            if pause is None or not self._may_repeat(request, wait):
                return reply
            await asyncio.sleep(pause)
        wait.is_repeated = True
        return await self.transport(*request)

    def _may_repeat(self, request: Request, wait: Wait) -> bool:
        is_repeatable = request[0] in REPEATABLE and not wait.is_repeated
        return is_repeatable and self.budget.take()

    def _pause(self, reply: Reply, end: float) -> int | None:
        """Return the seconds to wait before repeating, or None if that can't help."""
        seconds = reply.retry_after
        if seconds is None or self._loop.time() + seconds >= end:
            return None
        return seconds


def reason_of(error: NaftikoError) -> str:
    """Return the reason of a failure for the log, nothing if the error has none."""
    if isinstance(error, NotSentError):
        return str(error)
    return error.reason if isinstance(error, NoAnswerError) else ""


def late(method: str) -> CallError:
    """Return the failure of a call without a response in time."""
    return _failure(504, method, "did not answer in time")


def failure(method: str, error: NotSentError | NoAnswerError) -> CallError:
    """Return the failure of a call whose transport raised an error."""
    if isinstance(error, NotSentError):
        return CallError(502, "Bad Gateway", "the upstream API could not be reached")
    return _failure(502, method, str(error))


def _failure(status: int, method: str, fault: str) -> CallError:
    title = "Gateway Timeout" if status == 504 else "Bad Gateway"
    detail = f"the upstream API {fault}"
    if method not in READ_ONLY:
        detail += "; it may have accepted the request"
    return CallError(status, title, detail)
