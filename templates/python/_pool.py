"""The connection pool of a process, which sends requests and reads responses."""

import asyncio
import math
import ssl
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ._callers import ROUND
from ._settings import Limits
from ._upstream import (
    CallError,
    ConnectionLostError,
    Headers,
    NoAnswerError,
    NotSentError,
    Reply,
    Transport,
)
from ._upstream_connection import Connector, DroppedError

RETRY_AFTER = 1
REFUSALS_A_SECOND = 250
ANSWER_LIMIT = 16 * 1024 * 1024
MEMBERS = 1000
# A decoder copies the input after the end of a gzip member, so it gets small pieces.
PIECE = 64 * 1024
TOO_LARGE = "answered with more than 16 MiB"


@asynccontextmanager
async def open_transport(
    limits: Limits, instead: Transport | None = None
) -> AsyncIterator[Transport]:
    """Open the connection pool, closed at exit; or yield the transport `instead`."""
    if instead is not None:
        yield instead
        return
    connector = Connector(limits.max_concurrency)
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        trust_env=limits.trust_env,
        max_field_size=32 * 1024,
        read_bufsize=ANSWER_LIMIT,
    ) as session:
        yield Pool(session, limits)


class Room:
    """The limit on concurrent calls."""

    def __init__(self, limits: Limits) -> None:
        self._patience = min(RETRY_AFTER, limits.timeout / 2)
        self._next_refusal = 0.0
        self._free = limits.max_concurrency

    def enter(self) -> bool:
        """Count a call that starts; return False if the limit is reached."""
        if not self._free:
            return False
        self._free -= 1
        return True

    def leave(self) -> None:
        """Count a call that has ended."""
        self._free += 1

    async def refuse(self) -> NoReturn:
        """Raise CallError; if many calls are refused, raise it with a delay.

        Clients that retry at once would otherwise slow down the calls in flight.
        """
        now = asyncio.get_running_loop().time()
        turn = min(max(self._next_refusal, now), now + self._patience)
        self._next_refusal = turn + 1 / REFUSALS_A_SECOND
        if turn > now + ROUND:
            # Rounding lets refusals share a wake-up of the event loop.
            await asyncio.sleep(math.ceil(turn / ROUND) * ROUND - now)
        detail = "too many calls are in flight"
        raise CallError(503, "Service Unavailable", detail, retry_after=RETRY_AFTER)


class Pool:
    """The connections of a process to all upstreams.

    Transports for client certificates and HTTP Digest pass `tls` and `middlewares`.
    """

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
        """Send one request and return its response."""
        if not self._room.enter():
            await self._room.refuse()
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
        except DroppedError:
            raise ConnectionLostError("broke the connection") from None
        except (aiohttp.ClientError, OSError):
            # The messages contain the URL, whose query may contain a credential.
            raise NoAnswerError("broke the connection") from None
        finally:
            self._room.leave()


async def _read(response: aiohttp.ClientResponse) -> Reply:
    """Read a whole response, up to the limit, and decompress it."""
    # The Content-Length of a response to HEAD is about a body that isn't sent.
    announced = 0 if response.method == hdrs.METH_HEAD else response.content_length
    if announced is not None and announced > ANSWER_LIMIT:
        raise NoAnswerError(TOO_LARGE)
    if response.content.is_eof():
        body = response.content.read_nowait()  # the body arrived with the head
    elif announced is not None:
        body = await response.read()
    else:
        body = await _counted(response)
    if body and hdrs.CONTENT_ENCODING in response.headers:
        codings = response.headers.getall(hdrs.CONTENT_ENCODING)
        body = _decompressed(body, ",".join(codings).strip().lower())
    return Reply(response.status, response.raw_headers, body)


async def _counted(response: aiohttp.ClientResponse) -> bytes:
    """Read a body whose length isn't known, up to the limit."""
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
    """Decompress deflate, or gzip of one or more members; raises zlib.error."""
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
