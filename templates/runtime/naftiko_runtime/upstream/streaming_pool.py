"""A connection pool that passes bodies on, in both directions."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

import aiohttp
from yarl import URL

from ..configuration import BaseSettings
from ..errors import CallError
from ..reply import Reply
from ..transport import Headers, Transport, TransportMiddleware
from .client_pool import ClientPool, open_pool
from .decoding import ANSWER_LIMIT
from .passage import Passage
from .pool import NO_MEDIA_TYPE, Pool, failure_of

PIECES = 64 * 1024
"""The bytes of a response that aiohttp holds before it stops reading."""


class Download(bytes):
    """The body of a response, read in pieces; as `bytes` it is empty."""

    def __new__(cls, *_: object) -> Self:
        """Make the empty bytes."""
        return super().__new__(cls)

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._content = response.content

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the pieces; raises NoAnswerError if the upstream breaks off."""
        try:
            async for piece in self._content.iter_any():
                yield piece
        except (aiohttp.ClientError, OSError) as error:
            raise failure_of(error) from None


class StreamingPool(Pool):
    """The connections of a process, which also passes bodies on."""

    async def __call__(
        self,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
        tls: ssl.SSLContext | bool = True,
        middlewares: tuple[aiohttp.ClientMiddlewareType, ...] | None = None,
    ) -> Reply:
        """Send a request; the response to a passed body is passed on, too."""
        if not isinstance(body, Passage):
            return await super().__call__(method, url, headers, body, tls, middlewares)
        if body.upload is not None and body.upload.is_started:
            # A new credential could help, but the body can't be sent twice.
            detail = "the credential has expired, and the body is already sent"
            raise CallError(503, "Service Unavailable", detail, retry_after=1)
        if not self._room.enter():
            await self._room.refuse()
        body.stack.callback(self._room.leave)
        request = self._session.request(
            method,
            URL(url, encoded=True),
            headers=(*headers, *_length(body)),
            data=body.upload.pieces() if body.upload else bytes(body) or None,
            skip_auto_headers=NO_MEDIA_TYPE,
            allow_redirects=False,
            ssl=tls,
            middlewares=middlewares,
            read_bufsize=PIECES,
        )
        try:
            response = await body.stack.enter_async_context(request)
        except (aiohttp.ClientError, OSError) as error:
            raise failure_of(error) from None
        # Otherwise the end of the context would wait for the rest of the upload.
        body.stack.callback(response.close)
        return Reply(response.status, response.raw_headers, Download(response))


def _length(body: Passage) -> Headers:
    """Return the header with the length of an upload, if it is known."""
    if body.upload is None or body.upload.length is None:
        return ()
    return (("Content-Length", str(body.upload.length)),)


@asynccontextmanager
async def open_streaming_pool(
    user_agent: str,
    settings: BaseSettings,
    transport: Transport | None,
    middleware: Sequence[TransportMiddleware],
    *,
    answer_limit: int = ANSWER_LIMIT,
) -> AsyncIterator[ClientPool]:
    """Open the connection pool, closed at exit, unless a transport replaces it.

    `answer_limit` is the most bytes of a response that isn't passed on.
    """
    instead = transport and _whole_bodies(transport)
    async with open_pool(
        user_agent,
        settings,
        instead,
        middleware,
        StreamingPool,
        answer_limit=answer_limit,
    ) as pool:
        yield pool


def _whole_bodies(transport: Transport) -> Transport:
    """Return a transport that receives a body before it passes it to another."""

    async def send(
        method: str, url: str, headers: Headers, body: bytes | None
    ) -> Reply:
        if isinstance(body, Passage):
            body = bytes(await body.whole()) or None
        return await transport(method, url, headers, body)

    return send
