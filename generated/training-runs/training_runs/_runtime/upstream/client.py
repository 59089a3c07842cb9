"""Sends requests to an upstream API, repeats them and reports failures."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any

from aiohttp import hdrs

from ..errors import CallError, ConnectionLostError, NoAnswerError, NotSentError
from ..json import json_bytes
from ..reply import Content, Reply
from ..settings import Limits
from ..transport import Headers, Transport
from ..values import header_value
from .deadlines import READ_ONLY, Callers
from .retries import REPEATED, Budget
from .urls import quoted

Pairs = Iterable[tuple[str, Any]]
Request = tuple[str, str, Headers, bytes | None]
"""Method, URL, headers and body, as they are sent."""
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
REDIRECTS = frozenset({300, 301, 302, 303, 305, 306, 307, 308})
PRIVATE = (b"Cache-Control", b"private")


class Upstream:
    """A consumed API: its base URI, its credential and the limits on calls."""

    is_private = False

    def __init__(
        self,
        transport: Transport,
        limits: Limits,
        base_uri: str,
        *,
        user_agent: str,
        credential: tuple[str, str] | None = None,
        query_credential: tuple[str, str] | None = None,
    ) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._callers = Callers(limits.timeout)
        self._budget = Budget()
        self._base_uri = base_uri
        self._headers: Headers = (
            (hdrs.ACCEPT, "*/*"),
            (hdrs.ACCEPT_ENCODING, "gzip"),
            (hdrs.USER_AGENT, user_agent),
        )
        self._headers_of_body: Headers = (
            *self._headers,
            (hdrs.CONTENT_TYPE, "application/json"),
        )
        self._credential = (credential,) if credential else ()
        self._query_credential = query_credential

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
        url = self._base_uri + path + self._query(query)
        content = None if body is None else _body_bytes(body)
        request = (method, url, self._fields(headers, body), content)
        try:
            with self._callers.wait(method) as wait:
                reply = await self._exchanged(request, wait.end)
                wait.answered = reply.status
        except TimeoutError:
            raise _failure(504, method, "did not answer in time") from None
        except NotSentError:
            raise CallError(
                502, "Bad Gateway", "the upstream API could not be reached"
            ) from None
        except NoAnswerError as error:
            raise _failure(502, method, str(error)) from None
        if reply.status in REDIRECTS:
            raise _failure(502, method, f"answered with a redirect ({reply.status})")
        if not 200 <= reply.status < 600:
            raise _failure(502, method, f"answered with the status {reply.status}")
        if self.is_private and reply.header(b"cache-control") is None:
            return reply._replace(headers=(*reply.headers, PRIVATE))
        return reply

    async def _exchanged(self, request: Request, end: float) -> Reply:
        """Send a request, and repeat it once if that is allowed and may help."""
        if REPEATED.get():
            REPEATED.set(False)
        self._budget.add_call()
        try:
            reply = await self._transport(*request)
        except (NotSentError, ConnectionLostError):
            if not self._may_repeat(request):
                raise
        else:
            pause = self._pause(reply, end)
            if pause is None or not self._may_repeat(request):
                return reply
            await asyncio.sleep(pause)
        REPEATED.set(True)
        return await self._transport(*request)

    def _may_repeat(self, request: Request) -> bool:
        is_repeatable = request[0] in REPEATABLE and not REPEATED.get()
        return is_repeatable and self._budget.take()

    def _pause(self, reply: Reply, end: float) -> int | None:
        """Return the seconds to wait before repeating, or None if that can't help."""
        if reply.status not in (429, 503):
            return None
        given = (reply.header(b"retry-after") or "").strip()
        seconds = int(given) if re.fullmatch(r"[0-9]{1,9}", given) else None
        if seconds is None or self._loop.time() + seconds >= end:
            return None
        return seconds

    def _query(self, pairs: Pairs) -> str:
        parts = [f"{quoted(name)}={quoted(value)}" for name, value in _present(pairs)]
        if self._query_credential:
            name, value = self._query_credential
            parts.append(f"{quoted(name)}={quoted(value)}")
        return f"?{'&'.join(parts)}" if parts else ""

    def _fields(self, pairs: Pairs, body: Any) -> Headers:
        fixed = self._headers if body is None else self._headers_of_body
        if isinstance(body, Content):
            media_type = header_value(hdrs.CONTENT_TYPE, body.media_type)
            fixed = (*self._headers, (hdrs.CONTENT_TYPE, media_type))
        given = [(name, header_value(name, value)) for name, value in _present(pairs)]
        if given:
            names = {name.lower() for name, _ in given}
            fixed = tuple(field for field in fixed if field[0].lower() not in names)
        return (*fixed, *given, *self._credential)


class PrivateUpstream(Upstream):
    """An API that gets a credential; shared caches mustn't store its responses."""

    is_private = True


def _body_bytes(body: object) -> bytes:
    return body.data if isinstance(body, Content) else json_bytes(body)


def _present(pairs: Pairs) -> Iterable[tuple[str, Any]]:
    for name, value in pairs:
        if isinstance(value, list):
            yield from ((name, item) for item in value)
        elif value is not None:
            yield name, value


def _failure(status: int, method: str, fault: str) -> CallError:
    title = "Gateway Timeout" if status == 504 else "Bad Gateway"
    detail = f"the upstream API {fault}"
    if method not in READ_ONLY:
        detail += "; it may have accepted the request"
    return CallError(status, title, detail)
