"""Sends requests to an upstream API, repeats them and reports failures."""

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from ..errors import CallError, ConnectionLostError, NoAnswerError, NotSentError
from ..reply import Reply
from ..settings import Limits
from ..transport import Transport, TransportMiddleware, wrap
from .deadlines import READ_ONLY, Callers, Wait
from .failures import log_failure, log_status, note_host
from .masking import Mask
from .request import Pairs, Request, RequestHeaders, body_bytes, query_text, target_text
from .retries import Budget

REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
REDIRECTS = frozenset({300, 301, 302, 303, 305, 306, 307, 308})
PRIVATE = (b"Cache-Control", b"private")


class Upstream:
    """A consumed API: its base URI and the limits on calls.

    `middleware` wraps the transport, which adds the credential; the first is outermost.
    So it gets each request, also when it is repeated, and no credential.
    """

    is_private = False

    def __init__(
        self,
        transport: Transport,
        limits: Limits,
        base_uri: str,
        *,
        user_agent: str,
        middleware: Iterable[TransportMiddleware] = (),
    ) -> None:
        self.transport = wrap(transport, middleware)
        self.timeout = limits.timeout
        self.base_uri = base_uri
        self.host = urlsplit(base_uri).netloc
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
        try:
            with self._callers.wait(method) as wait:
                reply = await self._exchanged(request, wait)
                wait.answered = reply.status
            return self.checked(reply, method)
        except TimeoutError:
            failed = late(method)
            raise (failed if wait.gone else self.report(failed, method)) from None
        except (NotSentError, NoAnswerError, CallError) as error:
            raise self.report(error, method) from None

    def checked(self, reply: Reply, method: str) -> Reply:
        """Return a response that clients may get; raises CallError for another."""
        if reply.status in REDIRECTS:
            raise _failure(502, method, f"answered with a redirect ({reply.status})")
        if not 200 <= reply.status < 600:
            raise _failure(502, method, f"answered with the status {reply.status}")
        log_status(self.host, reply.status)
        if self.is_private and reply.header(b"cache-control") is None:
            return reply._replace(raw_headers=(*reply.raw_headers, PRIVATE))
        return reply

    def report(
        self, error: NotSentError | NoAnswerError | CallError, method: str
    ) -> CallError:
        """Log a failed call, and return its failure as clients get it."""
        failed = error if isinstance(error, CallError) else failure(method, error)
        reason = str(error) if isinstance(error, NotSentError) else ""
        log_failure(failed, (self.host,), reason)
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
        if reply.status not in (429, 503):
            return None
        seconds = reply.retry_after
        if seconds is None or self._loop.time() + seconds >= end:
            return None
        return seconds


class PrivateUpstream(Upstream):
    """An API that gets a credential; shared caches mustn't store its responses.

    `mask` removes credentials from responses that repeat them.
    """

    is_private = True

    def __init__(
        self,
        transport: Transport,
        limits: Limits,
        base_uri: str,
        mask: Mask,
        *,
        user_agent: str,
        middleware: Iterable[TransportMiddleware] = (),
    ) -> None:
        super().__init__(
            transport, limits, base_uri, user_agent=user_agent, middleware=middleware
        )
        self._mask = mask

    def checked(self, reply: Reply, method: str) -> Reply:
        """Return a response that clients may get; raises CallError for another."""
        return self._mask.applied(super().checked(reply, method), self.base_uri)


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
