"""Requests and responses that pass between a client and an upstream unread."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote, unquote, unquote_plus

from ..errors import (
    CallError,
    ConnectionLostError,
    InvalidInputError,
    NoAnswerError,
    NotSentError,
)
from ..observing.calls import UpstreamRequest, begin_request
from ..settings import BaseSettings
from ..transport import Headers, Reply, Transport, TransportMiddleware
from .client import REPEATABLE, Upstream, late
from .connecting import LONG
from .connection import CARRIER, Connection
from .deadlines import Receive
from .origins import Origin
from .pool import (
    ANSWER_LIMIT,
    ClientPool,
    Pool,
    note_failure,
    open_pool,
    with_added,
)
from .requests import UNSAFE, Pairs, Request, query_text, target_text

WHOLE_LIMIT = 4 * 1024 * 1024
"""The most bytes of a body that has to be complete before it is sent."""
BODY = "the request body"
EMPTY: Mapping[str, Any] = {"body": b""}

# Characters that a path or query of RFC 3986 has, and those that browsers leave in one.
PATH = "/%!$&'()*+,;=:@~"
# A semicolon separates pairs for some servers, who would find a hidden name behind it.
QUERY = f'{PATH.replace(";", "")}?[]{{}}|\\^`"<>'


class Patience:
    """The time limit of a request, which begins anew whenever bytes have moved.

    As a context manager it raises TimeoutError at the limit, or after `end`.
    """

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._is_ended = False
        self._timeout = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._timeout.__aexit__(kind, error, traceback)

    @property
    def is_over(self) -> bool:
        """Return whether the time has passed, unless the request was ended before."""
        return self._timeout.expired() and not self._is_ended

    def limit(self, seconds: float) -> None:
        """Set the seconds that may pass without progress."""
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Let the time begin anew."""
        if self._seconds is not None:
            self._end_at(self._loop.time() + self._seconds)

    def pause(self) -> None:
        """Let no time pass until the next `renew`: the client has to act."""
        self._end_at(None)

    def end(self) -> None:
        """End the request now."""
        self._is_ended = True
        self._end_at(self._loop.time())

    def _end_at(self, time: float | None) -> None:
        # Pieces may arrive while the request is being ended.
        with contextlib.suppress(RuntimeError):
            self._timeout.reschedule(time)


class Upload:
    """The body of a client's request, of which one piece at a time is received.

    `length` is its size in bytes, if the client has told it. `is_gone` means that the
    client has disconnected.
    """

    def __init__(
        self, receive: Receive, length: int | None, patience: Patience
    ) -> None:
        self.length = length
        self.has_content = False
        self.is_started = False
        self.is_gone = False
        self.received = asyncio.Event()
        """Set once the whole body has been received."""
        self._receive = receive
        self._patience = patience
        self._message: Mapping[str, Any] = EMPTY

    async def open(self) -> None:
        """Receive the first piece, to know whether there is a body."""
        await self._next()
        self.has_content = bool(self._message.get("body")) or self._has_more
        if not self.has_content:
            self.received.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the pieces; raises InvalidInputError if the client disconnects."""
        self.is_started = True
        while True:
            if piece := self._message.get("body"):
                self._message = {**self._message, "body": b""}
                yield piece
                self._patience.renew()
            if not self._has_more:
                self.received.set()
                return
            await self._next()

    async def whole(self) -> bytes:
        """Return the whole body; raises CallError if it is too long or incomplete."""
        body = bytearray()
        async for piece in self.pieces():
            body += piece
            if len(body) > WHOLE_LIMIT:
                raise CallError(413, "Content Too Large", "a body may have 4 MiB")
        return bytes(body)

    @property
    def _has_more(self) -> bool:
        return bool(self._message.get("more_body", False))

    async def _next(self) -> None:
        self._message = await self._receive()
        if self._message["type"] == "http.disconnect":
            self.is_gone = True
            raise InvalidInputError(BODY, "is incomplete")


class Passage(bytes):
    """The body of a request that is passed on, and the way back of its response.

    Its bytes are empty, unless the body had to be complete. Transports and middleware
    pass it on like other bodies, and the pool sends the pieces of `upload`. The pool
    adds the response to `stack`, which closes it.
    """

    def __new__(cls, *_: object, content: bytes = b"") -> Self:
        """Make the bytes."""
        return super().__new__(cls, content)

    def __init__(
        self,
        upload: Upload | None,
        patience: Patience,
        stack: AsyncExitStack,
        *,
        content: bytes = b"",
    ) -> None:
        del content
        self.upload = upload if upload and upload.has_content else None
        self.patience = patience
        self.stack = stack

    async def whole(self) -> "Passage":
        """Return the passage of the complete body, whose bytes signers can read."""
        content = await self.upload.whole() if self.upload else b""
        return Passage(None, self.patience, self.stack, content=content)


class Forwarded(NamedTuple):
    """A request to pass on.

    `path` is the path below the base URI, and `query` the query without its question
    mark, both as the client has encoded them. A path is empty or starts with a slash.
    """

    method: str
    path: str
    query: str
    headers: Pairs
    body: Passage


async def forward(
    upstream: Upstream,
    request: Forwarded,
    *,
    query: Pairs = (),
    headers: Pairs = (),
    without: Collection[str] = (),
    whole: bool = False,
) -> Reply:
    """Pass a request on and return the response, whose body may be a `Download`.

    `query` and `headers` override those of the client, and `without` names further
    parameters of the query that aren't passed on. With `whole`, the body is received
    before it is sent, as signers need it. Raises CallError if there is no response.
    """
    hidden = {*without, *(name for name, _ in query)}
    target = target_text(_path(request.path), _query(request.query, hidden, query))
    fields = upstream.headers.extended(_headers(request.headers, headers), None)
    request.body.patience.limit(upstream.timeout)
    body = await request.body.whole() if whole else request.body
    sent = request.method, upstream.base_uri + target, fields, body
    try:
        reply = await _exchanged(upstream, sent, has_upload=body.upload is not None)
        request.body.patience.renew()
        return upstream.checked(reply, request.method)
    except (NotSentError, NoAnswerError, CallError) as error:
        raise upstream.report(error, request.method) from None
    except asyncio.CancelledError:
        if request.body.patience.is_over:
            upstream.report_late(late(request.method))
        raise


async def _exchanged(
    upstream: Upstream, request: Request, *, has_upload: bool
) -> Reply:
    """Send a request, and repeat it once if that is allowed and may help."""
    upstream.budget.add_call()
    try:
        return await upstream.transport(*request)
    except (NotSentError, ConnectionLostError):
        is_repeatable = request[0] in REPEATABLE and not has_upload
        if not is_repeatable or not upstream.budget.take():
            raise
    return await upstream.transport(*request)


def _path(path: str) -> str:
    """Return a path; raises InvalidInputError for one that could leave the base URI."""
    decoded = unquote(unquote(path))
    if UNSAFE.search(decoded):
        raise InvalidInputError("path", "must not contain CR, LF or NUL")
    for piece in re.split(r"[/\\]", decoded):
        if piece.partition(";")[0] in (".", ".."):
            raise InvalidInputError("path", "must not contain a relative path segment")
    return quote(path, safe=PATH)


def _query(query: str, hidden: Collection[str], own: Pairs) -> str:
    """Return the query of a client without the hidden parameters, and with own ones."""
    pairs = [
        pair
        for pair in query.split("&")
        if unquote_plus(pair.partition("=")[0]) not in hidden
    ]
    kept = quote("&".join(pairs), safe=QUERY)
    added = query_text(own)
    if not kept:
        return added
    return f"?{kept}&{added[1:]}" if added else f"?{kept}"


def _headers(given: Pairs, own: Pairs) -> Pairs:
    """Return the headers of a client and the own ones, which override them."""
    # A response in another coding could be read by no client that hasn't asked for it.
    names = {name.lower() for name, _ in own}
    kept = [(name, value) for name, value in given if name.lower() not in names]
    asked = {name.lower() for name, _ in (*kept, *own)}
    plain = "accept-encoding" not in asked
    coding = [("Accept-Encoding", "identity")] if plain else []
    return (*coding, *kept, *own)


class Download(bytes):
    """The body of a response, read in pieces; as `bytes` it is empty."""

    def __new__(cls, *_: object) -> Self:
        """Make the empty bytes."""
        return super().__new__(cls)

    def __init__(self, connection: Connection, request: UpstreamRequest | None) -> None:
        self._connection = connection
        self._request = request
        self.host = connection.origin.authority

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the pieces; raises NoAnswerError if the upstream breaks off."""
        try:
            async for piece in self._connection.pieces():
                yield piece
        except (asyncio.CancelledError, NoAnswerError) as error:
            note_failure(error, self._request)
            raise


class StreamingPool(Pool):
    """The connections of a process, which also passes bodies on."""

    async def __call__(
        self,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
        tls: ssl.SSLContext | None = None,
    ) -> Reply:
        """Send a request; the response to a passed body is passed on, too."""
        if not isinstance(body, Passage):
            return await super().__call__(method, url, headers, body, tls)
        if body.upload is not None and body.upload.is_started:
            # A new credential could help, but the body can't be sent twice.
            detail = "the credential has expired, and the body is already sent"
            raise CallError(503, "Service Unavailable", detail, retry_after=1)
        if not self._room.enter():
            await self._room.refuse()
        body.stack.callback(self._room.leave)
        origin, target = self._connections.find(url, tls)
        request = begin_request(method, origin.host, origin.port)
        if request:
            body.stack.callback(request.end)
            headers = with_added(headers, request.headers)
        head = origin.head(method, target, headers, _length(body))
        try:
            return await self._passed(origin, head, body, request, method == "HEAD")
        except (asyncio.CancelledError, NotSentError, NoAnswerError) as error:
            note_failure(error, request)
            raise

    async def _passed(
        self,
        origin: Origin,
        head: bytes,
        body: Passage,
        request: UpstreamRequest | None,
        is_head: bool,
    ) -> Reply:
        """Send a request and return its response, whose body is passed on."""
        upload, connections = body.upload, self._connections
        is_new = upload is not None or len(body) > LONG
        connection = await connections.take(origin, is_new=is_new)
        body.stack.callback(connections.release, origin, connection)
        CARRIER.set(connection)
        answer = connection.send(
            head + body, is_head=is_head, uploads=upload is not None, recorded=request
        )
        if upload is not None:
            # Otherwise the end of the context would wait for the rest of the upload.
            sending = connection.upload(upload.pieces(), upload.length)
            body.stack.callback(asyncio.create_task(sending).cancel)
        await answer
        if request:
            request.status = connection.status
        download = Download(connection, request)
        return Reply(connection.status, connection.headers, download)


def _length(body: Passage) -> int | None:
    """Return the length of a passed body, -1 if it isn't known, None without one."""
    if body.upload is None:
        return len(body) or None
    return -1 if body.upload.length is None else body.upload.length


def open_streaming_pool(
    user_agent: str,
    settings: BaseSettings,
    transport: Transport | None,
    middleware: Sequence[TransportMiddleware],
    *,
    answer_limit: int = ANSWER_LIMIT,
) -> AbstractAsyncContextManager[ClientPool]:
    """Open the connection pool, closed at exit, unless a transport replaces it.

    `answer_limit` is the most bytes of a response that isn't passed on.
    """
    instead = transport and _whole_bodies(transport)
    kind = StreamingPool
    return open_pool(
        user_agent, settings, instead, middleware, kind, answer_limit=answer_limit
    )


def _whole_bodies(transport: Transport) -> Transport:
    """Return a transport that receives a body before it passes it to another."""

    async def send(
        method: str, url: str, headers: Headers, body: bytes | None
    ) -> Reply:
        if isinstance(body, Passage):
            body = bytes(await body.whole()) or None
        return await transport(method, url, headers, body)

    return send
