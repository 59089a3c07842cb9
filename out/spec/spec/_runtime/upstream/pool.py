"""The connection pool, and the client over it."""

import asyncio
import math
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar

from ..errors import CallError, Failure, NoAnswerError, NotSentError, Phase
from ..observing.calls import UpstreamRequest, begin_request, note_refusal
from ..secret_files import follow
from ..settings import BaseSettings, Environment, Limits, secrets_of
from ..transport import Credential, Headers, Reply, Transport, TransportMiddleware
from .client import Mask, Upstream
from .connecting import Connections
from .connection import phase
from .deadlines import ROUND, is_late

C = TypeVar("C")
S = TypeVar("S", bound=BaseSettings)

ANSWER_LIMIT = 16 * 1024 * 1024
RETRY_AFTER = 1
REFUSALS_A_SECOND = 250


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

    The transport for client certificates passes `tls`.
    """

    def __init__(
        self, connections: Connections, limits: Limits, answer_limit: int = ANSWER_LIMIT
    ) -> None:
        self._connections = connections
        self._answer_limit = answer_limit
        self._room = ConcurrencyLimit(limits)

    async def __call__(
        self,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
        tls: ssl.SSLContext | None = None,
    ) -> Reply:
        """Send one request and return its response."""
        if not self._room.enter():
            await self._room.refuse()
        request = None
        try:
            origin, target = self._connections.find(url, tls)
            request = begin_request(method, origin.host, origin.port)
            if request and request.headers:
                headers = with_added(headers, request.headers)
            length = None if body is None else len(body)
            return await self._connections.exchange(
                origin,
                origin.head(method, target, headers, length),
                body,
                limit=self._answer_limit,
                is_head=method == "HEAD",
                recorded=request,
            )
        except (asyncio.CancelledError, NotSentError, NoAnswerError) as error:
            note_failure(error, request)
            raise
        finally:
            self._room.leave()
            if request:
                request.end()


def with_added(headers: Headers, added: Headers) -> Headers:
    """Return headers with others, unless the spec or the client has set those."""
    names = {name.lower() for name, _ in headers}
    return (*headers, *(field for field in added if field[0] not in names))


def note_failure(
    error: NotSentError | NoAnswerError | asyncio.CancelledError,
    request: UpstreamRequest | None,
) -> None:
    """Note the kind of a failure for observers."""
    if request is None:
        return
    if not isinstance(error, asyncio.CancelledError):
        request.failure = error.kind
    else:
        request.failure = TIMEOUTS[phase()] if is_late() else Failure.CANCELLED


TIMEOUTS = {
    Phase.UNKNOWN: Failure.TIMEOUT,
    Phase.CONNECTING: Failure.TIMEOUT_CONNECTING,
    Phase.SENDING: Failure.TIMEOUT_SENDING,
    Phase.AWAITING: Failure.TIMEOUT_AWAITING,
    Phase.READING: Failure.TIMEOUT_READING,
}


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
    async with Connections(trusts_env=limits.trust_env) as connections:
        pool = kind(connections, limits, answer_limit)
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
