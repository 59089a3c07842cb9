"""The way to the upstream API: one pool, one deadline a call, bounded answers."""

import asyncio
import base64
import math
import re
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, NoReturn
from urllib.parse import quote, unquote

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ._callers import READ_ONLY, ROUND, Callers
from ._json import json_bytes
from ._settings import Limits

JsonObject = dict[str, Any]
Pairs = Iterable[tuple[str, Any]]
Headers = tuple[tuple[str, str], ...]
Request = tuple[str, str, Headers, bytes | None]
"""Method, URL, headers and body, as they go over the wire."""

FORM = "application/x-www-form-urlencoded"
RETRY_AFTER = 1
REFUSALS_A_SECOND = 250
ANSWER_LIMIT = 16 * 1024 * 1024
MEMBERS = 1000
# A decoder copies what follows a member.
PIECE = 64 * 1024
TOO_LARGE = "answered with more than 16 MiB"
PATH_VARIABLE_LIMIT = 8 * 1024
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
REDIRECTS = frozenset({300, 301, 302, 303, 305, 306, 307, 308})
# A path variable of these characters means itself: nothing is left to check.
PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,255}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")


class Reply(NamedTuple):
    """What the upstream answered; `headers` as they came, `body` decoded."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    structured: bytes | None = None
    """The output as a JSON object, where the document declares its shape."""

    @property
    def ok(self) -> bool:
        """Say whether the status means success."""
        return self.status < 400

    def header(self, name: bytes) -> str | None:
        """Return the first header of that lower-case name, or None."""
        for key, value in self.headers:
            if key.lower() == name:
                return value.decode("latin-1")
        return None


class Content(NamedTuple):
    """A request body that isn't JSON: its bytes and their media type."""

    data: bytes
    media_type: str


class CallError(Exception):
    """A call that has no answer from the upstream: a status, its title and a detail."""

    def __init__(
        self, status: int, title: str, detail: str, retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.retry_after = retry_after


class InvalidInputError(CallError):
    """The caller's input is wrong; nothing was sent."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(400, "Bad Request", f"{name} {fault}")


class NotSentError(Exception):
    """The connection could not be established, so the upstream saw nothing."""


class NoAnswerError(Exception):
    """The request may have been read, but no usable answer came back."""


Transport = Callable[[str, str, Headers, bytes | None], Awaitable[Reply]]
"""Performs one exchange: method, URL, headers and body in, the answer out.

Raises NotSentError, NoAnswerError, or CallError if too many are in flight.
"""


class Upstream:
    """One consumed API: where it is, what requests carry, how long they may take."""

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
        """Send a request and return its answer, whatever its status.

        `path` is percent-encoded. In `query` and `headers`, None is left out and a list
        is repeated. A `body` of bytes is sent as it is, `Content` with its media type,
        any other value as JSON.
        Raises CallError where no answer can be handed on.
        """
        url = self._base_uri + path + self._query(query)
        content = None if body is None else _body_bytes(body)
        request = (method, url, self._fields(headers, body), content)
        try:
            async with asyncio.Timeout(None) as deadline:
                with self._callers.wait(method, deadline) as wait:
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
        return reply

    async def _exchanged(self, request: Request, end: float) -> Reply:
        """Exchange once, and once more where that is allowed and may help."""
        repeatable = request[0] in REPEATABLE
        try:
            reply = await self._transport(*request)
        except NotSentError:
            if not repeatable:
                raise
            return await self._transport(*request)
        pause = self._pause(reply, end) if repeatable else None
        if pause is None:
            return reply
        await asyncio.sleep(pause)
        return await self._transport(*request)

    def _pause(self, reply: Reply, end: float) -> int | None:
        """Return the seconds after which to ask again; None if that can't help."""
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


@asynccontextmanager
async def open_transport(
    limits: Limits, instead: Transport | None = None
) -> AsyncIterator[Transport]:
    """Open the connection pool of a process, closed at exit, or use another way."""
    if instead is not None:
        yield instead
        return
    connector = aiohttp.TCPConnector(limit=limits.max_concurrency)
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        trust_env=limits.trust_env,
        max_field_size=32 * 1024,
    ) as session:
        yield Pool(session, limits)


class Room:
    """Place for so many calls at a time."""

    def __init__(self, limits: Limits) -> None:
        self._patience = min(RETRY_AFTER, limits.timeout / 2)
        self._next_refusal = 0.0
        self._free = limits.max_concurrency

    async def enter(self) -> None:
        """Take a place; raises CallError if there is none."""
        if not self._free:
            await self._refuse()
        self._free -= 1

    def leave(self) -> None:
        """Give a place back."""
        self._free += 1

    async def _refuse(self) -> NoReturn:
        """Refuse at once while that is rare, else in the time that callers are told.

        Those who come again at once would leave no time for those who are served.
        """
        now = asyncio.get_running_loop().time()
        turn = min(max(self._next_refusal, now), now + self._patience)
        self._next_refusal = turn + 1 / REFUSALS_A_SECOND
        if turn > now + ROUND:
            # Together they cost less.
            await asyncio.sleep(math.ceil(turn / ROUND) * ROUND - now)
        detail = "too many calls are in flight"
        raise CallError(503, "Service Unavailable", detail, retry_after=RETRY_AFTER)


class Pool:
    """The connections of a process; `tls` and `middlewares` authenticate by them."""

    def __init__(self, session: aiohttp.ClientSession, limits: Limits) -> None:
        self._session = session
        self._room = Room(limits)

    async def __call__(
        self,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
        tls: ssl.SSLContext | bool = True,
        middlewares: tuple[aiohttp.ClientMiddlewareType, ...] | None = None,
    ) -> Reply:
        """Perform one exchange."""
        await self._room.enter()
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
                ssl=tls,
                middlewares=middlewares,
            ) as response:
                return await _read(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise NotSentError from None
        except (aiohttp.ClientError, OSError):
            # Their texts hold the URL with its query, which may hold a credential.
            raise NoAnswerError("broke the connection") from None
        finally:
            self._room.leave()


async def _read(response: aiohttp.ClientResponse) -> Reply:
    """Read an answer whole, up to the limit, and undo its compression."""
    # What answers a HEAD says how long a body is that doesn't come.
    announced = 0 if response.method == hdrs.METH_HEAD else response.content_length
    if announced is None:
        body = await _counted(response)
    elif announced <= ANSWER_LIMIT:
        body = await response.read()
    else:
        raise NoAnswerError(TOO_LARGE)
    if body and hdrs.CONTENT_ENCODING in response.headers:
        codings = response.headers.getall(hdrs.CONTENT_ENCODING)
        body = _decompressed(body, ",".join(codings).strip().lower())
    return Reply(response.status, response.raw_headers, body)


async def _counted(response: aiohttp.ClientResponse) -> bytes:
    """Read a body that doesn't say how long it is."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise NoAnswerError(TOO_LARGE)
    return bytes(body)


def _decompressed(body: bytes, coding: str) -> bytes:
    if coding == "identity":
        return body
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise NoAnswerError("answered in a content coding that was not asked for")
    try:
        return _inflated(body)
    except zlib.error:
        raise NoAnswerError("answered with damaged compressed data") from None


def _inflated(body: bytes) -> bytes:
    """Undo gzip, which may have several members, or deflate; raises zlib.error."""
    plain, at = bytearray(), 0
    for _ in range(MEMBERS):
        decoder = zlib.decompressobj(47)
        while at < len(body) and not decoder.eof:
            piece = body[at : at + PIECE]
            plain += decoder.decompress(piece, ANSWER_LIMIT + 1 - len(plain))
            if len(plain) > ANSWER_LIMIT:
                raise NoAnswerError(TOO_LARGE)
            at += len(piece) - len(decoder.unused_data)
        if decoder.eof and at == len(body):
            return bytes(plain)
    raise zlib.error("cut short, or in too many members")


def segment(name: str, value: object) -> str:
    """Percent-encode a path variable so that it stays one segment.

    Raises InvalidInputError for a value that a parser could take for more than that.
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
    """Return the text of a header field; raises InvalidInputError unless ASCII."""
    text = text_of(value)
    if not HEADER_VALUE.fullmatch(text):
        raise InvalidInputError(name, "must be visible ASCII text")
    return text


def media_type(headers: Headers) -> str | None:
    """Return what a request says of its body, without parameters; None is nothing."""
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    return kinds[-1].partition(";")[0].strip().lower() if kinds else None


def form_text(body: bytes | None) -> str:
    """Return the text of a form; raises InvalidInputError."""
    try:
        return (body or b"").decode()
    except UnicodeDecodeError:
        fault = "must be a form in UTF-8"
        raise InvalidInputError("the request body", fault) from None


def text_of(value: object) -> str:
    """Return a value as it stands in a URL or a header: text as it is, or JSON."""
    return value if isinstance(value, str) else json_bytes(value).decode()


def _body_bytes(body: object) -> bytes:
    return body.data if isinstance(body, Content) else json_bytes(body)


def basic(username: str, password: str) -> str:
    """Return the value of `Authorization` for a user and a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def path_text(*parts: str) -> str:
    """Percent-encode what stands in a segment of a path; colons are allowed there."""
    return quote("".join(parts), safe=":")


def joined(*parts: object) -> str:
    """Join the texts of values."""
    return "".join(map(text_of, parts))


def joined_if_present(*parts: object) -> str | None:
    """Join the texts of values; absent if one of them is."""
    return None if None in parts else joined(*parts)


def without_absent(members: JsonObject, *optional: str) -> JsonObject:
    """Leave out the optional members that are None."""
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
