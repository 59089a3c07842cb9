"""The connection pool of a process."""

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ..errors import (
    ConnectionLostError,
    NaftikoError,
    NoAnswerError,
    NotSentError,
)
from ..reply import Reply
from ..settings import Limits
from ..transport import Headers, Transport
from .concurrency import ConcurrencyLimit
from .connection import Connector, DroppedError
from .decoding import ANSWER_LIMIT, read_response

# aiohttp gives their requests a media type, even without a body. Leaving it out takes
# time.
WITH_MEDIA_TYPE = frozenset({"PATCH", "POST", "PUT"})
NO_MEDIA_TYPE = (hdrs.CONTENT_TYPE,)


class Pool:
    """The connections of a process to all upstreams.

    Transports for client certificates and HTTP Digest pass `tls` and `middlewares`.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        limits: Limits,
        answer_limit: int = ANSWER_LIMIT,
    ) -> None:
        self._session = session
        self._answer_limit = answer_limit
        self._room = ConcurrencyLimit(limits)

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
        is_untyped = body is None and method in WITH_MEDIA_TYPE
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=body,
                skip_auto_headers=NO_MEDIA_TYPE if is_untyped else None,
                allow_redirects=False,
                ssl=tls,
                middlewares=middlewares,
            ) as response:
                return await read_response(response, self._answer_limit)
        except (aiohttp.ClientError, OSError) as error:
            raise failure_of(error) from None
        finally:
            self._room.leave()


@asynccontextmanager
async def open_transport(
    limits: Limits,
    instead: Transport | None = None,
    kind: type[Pool] = Pool,
    answer_limit: int = ANSWER_LIMIT,
) -> AsyncIterator[Transport]:
    """Open the connection pool, closed at exit; or yield the transport `instead`.

    `kind` is the class of the pool, and `answer_limit` the most bytes of a response.
    """
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
        yield kind(session, limits, answer_limit)


def failure_of(error: aiohttp.ClientError | OSError) -> NaftikoError:
    """Return the exception of a failed request.

    The messages of aiohttp contain the URL, whose query may contain a credential.
    """
    match error:
        case aiohttp.ConnectionTimeoutError():
            return NotSentError("no connection in time")
        case aiohttp.ClientConnectorError():
            return NotSentError(_reason(error))
        case DroppedError():
            return ConnectionLostError("broke the connection")
        case _:
            return NoAnswerError("broke the connection")


def _reason(error: aiohttp.ClientConnectorError) -> str:
    """Return the reason for which there is no connection, without the URL."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its name can't be looked up"
        case aiohttp.ClientConnectorCertificateError():
            return _certificate_fault(error.certificate_error)
        case aiohttp.ClientSSLError():
            return f"TLS failed: {getattr(error.os_error, 'reason', None)}"
        case _:
            number = error.os_error.errno
            return os.strerror(number) if number else type(error.os_error).__name__


def _certificate_fault(error: Exception) -> str:
    fault = getattr(error, "verify_message", type(error).__name__)
    return f"its certificate isn't accepted: {fault}"
