"""Requests and responses that pass between a client and an upstream unread."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, suppress
from typing import NamedTuple, Self
from urllib.parse import quote, unquote, unquote_plus

from ..errors import CallError, InvalidInputError, RequestError
from ..observing.calls import UpstreamRequest
from ..transport import Reply
from .client import PassedBody, Upstream
from .connection import LONG, Connection, Origin, Outgoing, note_failure
from .requests import Pairs, Receive, check_path, query_text, target_text

WHOLE_LIMIT = 4 * 1024 * 1024
"""The most bytes of a body that has to be complete before it is sent."""

# Characters that a path or query of RFC 3986 has, and those that browsers leave in one.
PATH = "/%!$&'()*+,;=:@~"
# A semicolon separates pairs for some servers, who would find a hidden name behind it.
QUERY = f'{PATH.replace(";", "")}?[]{{}}|\\^`"<>'


class Patience(AsyncExitStack):
    """The time limit of a request, which begins anew whenever bytes have moved.

    As a context manager it raises TimeoutError at the limit, or after `end`, and calls
    back all that ends with the request.
    """

    seconds: float | None = None
    """The seconds that may pass without progress."""
    _timeout: asyncio.Timeout
    _is_ended = False

    async def __aenter__(self) -> Self:
        self._timeout = await self.enter_async_context(asyncio.timeout(None))
        return self

    @property
    def is_over(self) -> bool:
        """Return whether the time has passed, unless the request was ended before."""
        return self._timeout.expired() and not self._is_ended

    def renew(self) -> None:
        """Let the time begin anew."""
        if self.seconds is not None:
            self._end_after(self.seconds)

    def pause(self) -> None:
        """Let no time pass until the next `renew`: the client has to act."""
        self._end_after(None)

    def end(self) -> None:
        """End the request now."""
        self._is_ended = True
        self._end_after(0)

    def _end_after(self, seconds: float | None) -> None:
        now = asyncio.get_running_loop().time()
        # Pieces may arrive while the request is being ended.
        with suppress(RuntimeError):
            self._timeout.reschedule(None if seconds is None else now + seconds)


class Upload:
    """The body of a client's request, of which one piece at a time is received.

    `length` is its size in bytes, if the client has told it. `is_gone` means that the
    client has disconnected.
    """

    def __init__(
        self, receive: Receive, length: int | None, patience: Patience
    ) -> None:
        self.length = length
        self.patience = patience
        self.is_started = self.is_gone = False
        self.received = asyncio.Event()
        """Set once the whole body has been received."""
        self._receive = receive
        self._piece = b""
        self._has_more = True

    async def open(self) -> None:
        """Receive the first piece, to know whether there is a body."""
        await self._next()
        if not self.is_left():
            self.received.set()

    def is_left(self) -> bool:
        """Return whether there is a body, of which nothing has been read."""
        return not self.is_started and (bool(self._piece) or self._has_more)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the pieces; raises InvalidInputError if the client disconnects."""
        self.is_started = True
        while True:
            if self._piece:
                yield self._piece
                self.patience.renew()
            if not self._has_more:
                break
            await self._next()
        self.received.set()

    async def read(self) -> bytes:
        """Return the whole body; raises CallError if it is too long or incomplete."""
        body = bytearray()
        async for piece in self.pieces():
            body += piece
            if len(body) > WHOLE_LIMIT:
                raise CallError(413, "Content Too Large", "a body may have 4 MiB")
        return bytes(body)

    async def _next(self) -> None:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.is_gone = True
            raise InvalidInputError("the request body", "is incomplete")
        self._piece = message.get("body", b"")
        self._has_more = message.get("more_body", False)


class Download(bytes):
    """The body of a response, read in pieces; as `bytes` it is empty."""

    host: str
    _connection: Connection
    _request: UpstreamRequest | None

    def __new__(
        cls, connection: Connection, host: str, request: UpstreamRequest | None
    ) -> Self:
        """Make the empty bytes."""
        download = super().__new__(cls)
        download.host = host
        download._connection, download._request = connection, request
        return download

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the pieces; raises NoAnswerError if the upstream breaks off."""
        try:
            async for piece in self._connection.pieces():
                yield piece
        except (asyncio.CancelledError, RequestError) as error:
            note_failure(error, self._request)
            raise


class Passage(PassedBody):
    """The body of a client's request, of which the pool sends the pieces of `upload`.

    The end of `ends`, which has its time limit, closes the response.
    """

    upload: Upload | None
    ends: Patience

    def __new__(cls, upload: Upload, content: bytes = b"") -> Self:
        """Make the bytes, which are those of a complete body."""
        passage = super().__new__(cls, content)
        passage.upload = upload if upload.is_left() else None
        passage.ends = upload.patience
        return passage

    async def complete(self) -> Self:
        """Return the passage of the complete body, whose bytes signers can read."""
        upload = self.upload
        return type(self)(upload, await upload.read()) if upload else self

    @property
    def is_late(self) -> bool:
        """Return whether the time of the request is over."""
        return self.ends.is_over

    @property
    def length(self) -> int | None:
        """Return the length, -1 if it isn't known; raises CallError once it is sent."""
        if self.upload is None:
            return len(self) or None
        if self.upload.is_started:
            # A new credential could help, but the body can't be sent twice.
            detail = "the credential has expired, and the body is already sent"
            raise CallError(503, "Service Unavailable", detail, retry_after=1)
        return -1 if self.upload.length is None else self.upload.length

    async def exchange(self, origin: Origin, request: Outgoing) -> Reply:
        """Send a request and return its response, whose body is passed on."""
        upload = self.upload
        connection = await origin.take(is_new=bool(upload) or len(self) > LONG)
        self.ends.callback(origin.release, connection)
        answer = connection.send(request._replace(limit=None, uploads=bool(upload)))
        if upload is not None:
            # Otherwise the end of the context would wait for the rest of the upload.
            sending = connection.upload(upload.pieces(), upload.length)
            self.ends.callback(asyncio.create_task(sending).cancel)
        await answer
        if request.recorded:
            request.recorded.status = connection.status
        body = Download(connection, origin.authority, request.recorded)
        return Reply(connection.status, connection.headers, body)


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

    def target(self, own: Pairs, without: Collection[str]) -> str:
        """Return the path, and the query with own pairs and without some of the client.

        Their names match in any case, as some servers match them. Raises
        InvalidInputError for a path that could leave the base URI.
        """
        check_path("path", unquote(unquote(self.path)))
        names = {name.lower() for name in (*without, *dict(own))}
        pairs = [
            pair
            for pair in self.query.split("&")
            if unquote_plus(pair.partition("=")[0]).lower() not in names
        ]
        parts = (quote("&".join(pairs), safe=QUERY), query_text(own)[1:])
        query = "&".join(filter(None, parts))
        return target_text(quote(self.path, safe=PATH), f"?{query}" if query else "")

    def fields(self, own: Pairs) -> Pairs:
        """Return the headers of a client and own ones, which override them."""
        names = {name.lower() for name, _ in own}
        others = [pair for pair in self.headers if pair[0].lower() not in names]
        # A client that hasn't asked for a coding could read no response in it.
        is_asked = any(name.lower() == "accept-encoding" for name, _ in (*others, *own))
        coding = [] if is_asked else [("Accept-Encoding", "identity")]
        return (*coding, *others, *own)


async def forward(
    upstream: Upstream,
    request: Forwarded,
    *,
    query: Pairs = (),
    headers: Pairs = (),
    without: Collection[str] = (),
    complete: bool = False,
) -> Reply:
    """Pass a request on and return the response, whose body may be a `Download`.

    `query` and `headers` override those of the client, and `without` names further
    parameters of the query that aren't passed on. With `complete`, the body is received
    before it is sent, as signers need it. Raises CallError if there is no response.
    """
    target, body = request.target(query, without), request.body
    patience = body.ends
    patience.seconds = upstream.timeout
    patience.renew()
    if complete:
        body = await body.complete()
    reply = await upstream.pass_on(
        request.method,
        target,
        request.fields(headers),
        body,
        may_repeat=body.upload is None,
    )
    patience.renew()
    return reply
