"""Calls upstream APIs: sends requests, repeats them and reports failures."""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from aiohttp import hdrs

from ._callers import READ_ONLY, Callers
from ._json import json_bytes
from ._repetitions import REPEATED, Budget
from ._settings import Limits

JsonObject = dict[str, Any]
Pairs = Iterable[tuple[str, Any]]
Headers = tuple[tuple[str, str], ...]
Request = tuple[str, str, Headers, bytes | None]
"""Method, URL, headers and body, as they are sent."""

FORM = "application/x-www-form-urlencoded"
PATH_VARIABLE_LIMIT = 8 * 1024
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
REDIRECTS = frozenset({300, 301, 302, 303, 305, 306, 307, 308})
# A path variable of these characters needs neither encoding nor further checks.
PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,255}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PRIVATE = (b"Cache-Control", b"private")
HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")


class Reply(NamedTuple):
    """A response of the upstream: `headers` as received, `body` decompressed."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    structured: bytes | None = None
    """The output as a JSON object, if the spec declares its shape."""

    @property
    def ok(self) -> bool:
        """Return whether the status is below 400."""
        return self.status < 400

    def header(self, name: bytes) -> str | None:
        """Return the first header with this lower-case name, or None."""
        for key, value in self.headers:
            if key.lower() == name:
                return value.decode("latin-1")
        return None


class Content(NamedTuple):
    """A request body that isn't JSON: its bytes and their media type."""

    data: bytes
    media_type: str


class CallError(Exception):
    """A call without a response from the upstream: a status, its title and a detail."""

    def __init__(
        self, status: int, title: str, detail: str, retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.retry_after = retry_after


class InvalidInputError(CallError):
    """Invalid input from the client; no request was sent."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(400, "Bad Request", f"{name} {fault}")


class NotSentError(Exception):
    """A connection that could not be opened; the upstream has received nothing."""


class NoAnswerError(Exception):
    """A request without a usable response; the upstream may have received it."""


class ConnectionLostError(NoAnswerError):
    """A connection that ended before a response began."""


Transport = Callable[[str, str, Headers, bytes | None], Awaitable[Reply]]
"""A function that sends a request and returns the upstream's response.

Its arguments are method, URL, headers and body. It raises NotSentError, NoAnswerError,
or CallError if too many calls are in flight. A call that raised NotSentError or
ConnectionLostError may be repeated.
"""


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
        parts = [f"{_quoted(name)}={_quoted(value)}" for name, value in _present(pairs)]
        if self._query_credential:
            name, value = self._query_credential
            parts.append(f"{_quoted(name)}={_quoted(value)}")
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


def segment(name: str, value: object) -> str:
    """Percent-encode a path variable as a single segment.

    Raises InvalidInputError for a value that a URL parser could read as several
    segments.
    """
    text = text_of(value)
    if PLAIN_SEGMENT.fullmatch(text):
        return text
    decoded = unquote(text)
    if not text or len(text) > PATH_VARIABLE_LIMIT:
        raise InvalidInputError(name, "must have from 1 to 8192 characters")
    if CONTROL.search(text) or CONTROL.search(decoded):
        raise InvalidInputError(name, "must not contain control characters")
    for piece in re.split(r"[/\\]", decoded):
        if piece.partition(";")[0] in (".", ".."):
            raise InvalidInputError(name, "must not contain a relative path segment")
    return _quoted(text, name)


def header_value(name: str, value: object) -> str:
    """Return the text of a header; raises InvalidInputError unless it is ASCII."""
    text = text_of(value)
    if not HEADER_VALUE.fullmatch(text):
        raise InvalidInputError(name, "must be visible ASCII text")
    return text


def media_type(headers: Headers) -> str | None:
    """Return the media type of a request body, without parameters, or None."""
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    return kinds[-1].partition(";")[0].strip().lower() if kinds else None


def form_text(body: bytes | None) -> str:
    """Return the text of a form; raises InvalidInputError unless it is UTF-8."""
    try:
        return (body or b"").decode()
    except UnicodeDecodeError:
        fault = "must be a form in UTF-8"
        raise InvalidInputError("the request body", fault) from None


def text_of(value: object) -> str:
    """Return a value as text for a URL or header: strings unchanged, others as JSON."""
    return value if isinstance(value, str) else json_bytes(value).decode()


def _body_bytes(body: object) -> bytes:
    return body.data if isinstance(body, Content) else json_bytes(body)


def basic(username: str, password: str) -> str:
    """Return the `Authorization` header of a user with a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def path_text(*parts: str) -> str:
    """Join texts and percent-encode them as a path segment, except colons."""
    return quote("".join(parts), safe=":")


def joined(*parts: object) -> str:
    """Join values as text."""
    return "".join(map(text_of, parts))


def joined_if_present(*parts: object) -> str | None:
    """Join values as text, or return None if one of them is None."""
    return None if None in parts else joined(*parts)


def without_absent(members: JsonObject, *optional: str) -> JsonObject:
    """Return the members without the optional ones that are None."""
    return {k: v for k, v in members.items() if v is not None or k not in optional}


def _present(pairs: Pairs) -> Iterable[tuple[str, Any]]:
    for name, value in pairs:
        if isinstance(value, list):
            yield from ((name, item) for item in value)
        elif value is not None:
            yield name, value


def _quoted(value: object, name: str = "a query parameter") -> str:
    try:
        return quote(text_of(value), safe="")
    except UnicodeEncodeError:
        raise InvalidInputError(name, "must be valid Unicode text") from None


def _failure(status: int, method: str, fault: str) -> CallError:
    title = "Gateway Timeout" if status == 504 else "Bad Gateway"
    detail = f"the upstream API {fault}"
    if method not in READ_ONLY:
        detail += "; it may have accepted the request"
    return CallError(status, title, detail)
