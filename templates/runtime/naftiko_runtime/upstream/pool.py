"""The connection pool, and the client over it."""

import asyncio
import errno
import math
import os
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ..errors import (
    CallError,
    ConnectionLostError,
    Failure,
    NoAnswerError,
    NotSentError,
    Phase,
)
from ..observing.calls import UpstreamRequest, begin_request, note_refusal
from ..secret_files import follow
from ..settings import BaseSettings, Environment, Limits, secrets_of
from ..transport import Credential, Headers, Reply, Transport, TransportMiddleware
from .client import Mask, Upstream
from .connection import (
    ANSWER_LIMIT,
    CARRIER,
    Connector,
    DroppedError,
    phase,
    read_response,
)
from .deadlines import ROUND, is_late

C = TypeVar("C")
S = TypeVar("S", bound=BaseSettings)

RETRY_AFTER = 1
BROKEN = "broke the connection"
REFUSALS_A_SECOND = 250

# aiohttp gives their requests a media type, even without a body. Leaving it out takes
# time.
WITH_MEDIA_TYPE = frozenset({"PATCH", "POST", "PUT"})
NO_MEDIA_TYPE = (hdrs.CONTENT_TYPE,)


class ConcurrencyLimit:
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
        note_refusal(503)
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
        skipped = NO_MEDIA_TYPE if is_untyped else None
        options = {"ssl": tls, "middlewares": middlewares, "skip_auto_headers": skipped}
        target = URL(url, encoded=True)
        request = begin_request(method, target.host or "", target.port or 0)
        if request and request.headers:
            headers = with_added(headers, request.headers)
        CARRIER.set(None)
        try:
            async with self._request(
                method, target, headers, body, **options
            ) as response:
                if request:
                    request.status = response.status
                return await read_response(response, self._answer_limit)
        except (aiohttp.ClientError, OSError) as error:
            raise noted(failure_of(error), request) from None
        except (asyncio.CancelledError, NoAnswerError) as error:
            noted(error, request)
            raise
        finally:
            self._room.leave()
            if request:
                request.end()

    def _request(
        self, method: str, target: URL, headers: Headers, data: Any, **options: Any
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._session.request(
            method, target, headers=headers, data=data, allow_redirects=False, **options
        )


def with_added(headers: Headers, added: Headers) -> Headers:
    """Return headers with others, unless the spec or the client has set those."""
    names = {name.lower() for name, _ in headers}
    return (*headers, *(field for field in added if field[0] not in names))


Failed = NotSentError | NoAnswerError
E = TypeVar("E", bound=Failed | asyncio.CancelledError)


def noted(failure: E, request: UpstreamRequest | None) -> E:
    """Return the failure of a request, and note its kind for observers."""
    if request:
        request.failure = _kind(failure)
    return failure


def _kind(error: Failed | asyncio.CancelledError) -> Failure:
    if isinstance(error, Failed):
        return error.kind
    return TIMEOUTS[phase()] if is_late() else Failure.CANCELLED


TIMEOUTS = {
    Phase.UNKNOWN: Failure.TIMEOUT,
    Phase.CONNECTING: Failure.TIMEOUT_CONNECTING,
    Phase.SENDING: Failure.TIMEOUT_SENDING,
    Phase.AWAITING: Failure.TIMEOUT_AWAITING,
    Phase.READING: Failure.TIMEOUT_READING,
}


def failure_of(error: aiohttp.ClientError | OSError) -> Failed:
    """Return the exception of a failed request.

    The messages of aiohttp contain the URL, whose query may contain a credential.
    """
    match error:
        case aiohttp.ConnectionTimeoutError():
            return NotSentError("no connection in time", Failure.TIMEOUT_CONNECTING)
        case aiohttp.ClientConnectorError():
            return NotSentError(*_reason(error))
        case aiohttp.ClientHttpProxyError():
            fault = f"its proxy answered with the status {error.status}"
            return NotSentError(fault, Failure.PROXY)
        case DroppedError():
            return ConnectionLostError(BROKEN, *_breach(error.__cause__))
        case _:
            return NoAnswerError(BROKEN, *_breach(error))


def _breach(error: BaseException | None) -> tuple[str, Failure]:
    """Return how and when a connection broke, without values of the upstream."""
    while error is not None and not getattr(error, "errno", None):
        is_closed = isinstance(error, aiohttp.ServerDisconnectedError | EOFError)
        if is_closed or error.__cause__ is None:
            break
        error = error.__cause__
    number = getattr(error, "errno", None)
    match error:
        case _ if number:
            fault, kind = os.strerror(number), _broken_by(number)
        case aiohttp.ServerDisconnectedError():
            fault, kind = "it was closed", Failure.CONNECTION_CLOSED
        case _:
            fault = "the answer was cut off or malformed"
            kind = Failure.MALFORMED_RESPONSE
    return f"{fault} {phase()}".strip(), kind


def _broken_by(number: int) -> Failure:
    is_reset = number in (errno.ECONNRESET, errno.EPIPE)
    return Failure.CONNECTION_RESET if is_reset else Failure.CONNECTION_BROKEN


def _reason(error: aiohttp.ClientConnectorError) -> tuple[str, Failure]:
    """Return the reason for which there is no connection, without the URL."""
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"its proxy: {_system_fault(error.os_error)}", Failure.PROXY
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its name can't be looked up", Failure.DNS
        case aiohttp.ClientConnectorCertificateError():
            fault = _certificate_fault(error.certificate_error)
            return fault, Failure.CERTIFICATE
        case aiohttp.ClientSSLError():
            fault = f"TLS failed: {getattr(error.os_error, 'reason', None)}"
            return fault, Failure.TLS
        case _:
            is_refused = error.os_error.errno == errno.ECONNREFUSED
            kind = (
                Failure.CONNECTION_REFUSED if is_refused else Failure.CONNECTION_FAILED
            )
            return _system_fault(error.os_error), kind


def _system_fault(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else type(error).__name__


def _certificate_fault(error: Exception) -> str:
    fault = getattr(error, "verify_message", type(error).__name__)
    return f"its certificate isn't accepted: {fault}"


def exchange_unless(unset: Iterable[str], exchange: Transport) -> Transport:
    """Return the transport, or one that refuses all requests if variables are unset."""
    names = sorted(unset)
    if not names:
        return exchange
    detail = f"this operation is off: {_said(names)} not set"

    async def refuse(_: str, __: str, ___: Headers, ____: bytes | None) -> Reply:
        raise CallError(503, "Service Unavailable", detail)

    return refuse


def _said(names: list[str]) -> str:
    *others, last = names
    if not others:
        return f"the environment variable {last} is"
    return f"the environment variables {', '.join(others)} and {last} are"


@dataclass(frozen=True, slots=True)
class ClientPool:
    """Builds the upstreams of a client; middleware wraps the requests to each."""

    user_agent: str
    settings: BaseSettings
    transport: Transport
    middleware: Sequence[TransportMiddleware]
    mask: Mask

    def with_settings(self, settings: BaseSettings) -> "ClientPool":
        """Return a pool of the same connections with other credentials."""
        return replace(self, settings=settings, mask=Mask(secrets_of(settings)))

    def upstream(self, base_uri: str) -> Upstream:
        """Build an upstream that gets no credential."""
        return self._upstream(self.transport, base_uri)

    def private_upstream(
        self,
        base_uri: str,
        credential: Credential | None = None,
        *,
        needs: Iterable[str] = (),
    ) -> Upstream:
        """Build an upstream that gets a credential.

        Without `credential`, requests contain it already, or the transport adds it. If
        a variable of `needs` is missing, all requests are refused.
        """
        way = credential.over(self.transport) if credential else self.transport
        unset = self.settings.unset.intersection(needs)
        return self._upstream(exchange_unless(unset, way), base_uri, self.mask)

    def _upstream(
        self, transport: Transport, base_uri: str, mask: Mask | None = None
    ) -> Upstream:
        return Upstream(
            transport,
            self.settings.limits,
            base_uri,
            user_agent=self.user_agent,
            middleware=self.middleware,
            mask=mask,
        )


@asynccontextmanager
async def open_pool(
    user_agent: str,
    settings: BaseSettings,
    transport: Transport | None,
    middleware: Sequence[TransportMiddleware],
    kind: type[Pool] = Pool,
    *,
    answer_limit: int = ANSWER_LIMIT,
) -> AsyncIterator[ClientPool]:
    """Open the connection pool, closed at exit, unless a transport replaces it.

    `kind` is the class of the pool, and `answer_limit` the most bytes of a response.
    """
    limits, mask = settings.limits, Mask(secrets_of(settings))
    if transport is not None:
        yield ClientPool(user_agent, settings, transport, middleware, mask)
        return
    async with aiohttp.ClientSession(
        connector=Connector(limits.max_concurrency),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        trust_env=limits.trust_env,
        max_field_size=32 * 1024,
        read_bufsize=ANSWER_LIMIT,
    ) as session:
        pool = kind(session, limits, answer_limit)
        yield ClientPool(user_agent, settings, pool, middleware, mask)


Opening = Callable[..., AbstractAsyncContextManager[ClientPool]]


def open_client(
    prepare: Callable[[S], Callable[[ClientPool], C]],
    user_agent: str,
    settings: S,
    transport: Transport | None,
    middleware: Sequence[TransportMiddleware],
    opening: Opening = open_pool,
    **options: Any,
) -> AbstractAsyncContextManager[C]:
    """Open the connection pool that all operations share, and a client over it.

    `prepare` makes the signers, and returns a function that makes the client. It is
    called now, so that unusable credentials raise SettingsError now, and whenever the
    file of a secret has changed.
    """
    build = prepare(settings)

    @asynccontextmanager
    async def opened() -> AsyncIterator[C]:
        async with opening(
            user_agent, settings, transport, middleware, **options
        ) as pool:
            client = build(pool)
            files = settings.secret_files
            if files is None:
                yield client
                return

            def renew(env: Environment) -> C:
                renewed = type(settings).of_values(files, env)
                return prepare(renewed)(pool.with_settings(renewed))

            yield following(client, follow(files, renew))

    return opened()


def following(client: C, changed: Callable[[], C | None]) -> C:
    """Return a client that gets the attributes of another one when secrets change.

    Operations read an attribute, an upstream or the settings, when they begin. Only
    clients whose secrets are in files look for changes then.
    """
    kind = type(client)
    names = frozenset(vars(client))

    def attribute(self: object, name: str) -> Any:
        if name in names and (renewed := changed()) is not None:
            object.__getattribute__(self, "__dict__").update(vars(renewed))
        return object.__getattribute__(self, name)

    follower = type(kind.__name__, (kind,), {"__getattribute__": attribute})
    copy: C = object.__new__(follower)
    vars(copy).update(vars(client))
    return copy
