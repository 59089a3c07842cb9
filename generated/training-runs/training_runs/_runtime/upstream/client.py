"""Calls of upstreams over one connection pool: each has a deadline and a limit."""

import asyncio
import base64
import json
import logging
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Self, TypeVar
from urllib.parse import quote, quote_plus, urlsplit

from ..errors import FAULTS, CallError, ConnectionLostError, NotSentError, RequestError
from ..observing.calls import (
    HOSTS,
    UPSTREAM,
    UpstreamRequest,
    begin_request,
    note_departure,
)
from ..settings import BaseSettings, Environment, Limits, follow, secrets_of
from ..transport import Credential, Headers, Reply, Transport, TransportMiddleware
from .connection import Connections, Origin, Outgoing, note_failure, phase
from .requests import (
    READ_ONLY,
    Callers,
    ConcurrencyLimit,
    Exchange,
    Pairs,
    Request,
    basic,
    body_bytes,
    header_fields,
    log_failure,
    log_status,
    note_host,
    query_text,
    target_text,
)

C = TypeVar("C")
S = TypeVar("S", bound=BaseSettings)

SHARE = 0.1
CEILING = 100.0
FLOOR = 10.0
SHORTEST = 6
"""The characters from which a text is searched for; shorter ones are often words."""
MASK = b"***"
HIDDEN: set[str] = set()
"""Credentials that no line of a request may have, replaced ones as well."""
# Characters that programs leave unencoded in the parts of a URL.
PLAIN = ("", "/", ":", "/:", "!$&'()*+,;=:@/", "!$&'()*+,;=:@/?")
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
BUSY = frozenset({429, 503})
"""Statuses after which a repetition may help."""
REDIRECTS = frozenset({300, 301, 302, 303, 305, 306, 307, 308})
PRIVATE = (b"Cache-Control", b"private")
ANSWER_LIMIT = 16 * 1024 * 1024


class Budget:
    """The repetitions that an upstream's calls may have: a tenth of the last thousand.

    For an upstream that is rarely called, the budget is ten repetitions, and one per
    second is regained.
    """

    def __init__(self) -> None:
        self._left = FLOOR
        self._time = monotonic()

    def add_call(self) -> None:
        """Count a call, which adds to the budget."""
        if self._left < CEILING:
            self._left += SHARE

    def take(self) -> bool:
        """Count a repetition; return False if the budget is used up."""
        now = monotonic()
        if self._left < FLOOR:
            self._left = min(FLOOR, self._left + now - self._time)
        self._time = now
        has_left = self._left >= 1
        self._left -= has_left
        return has_left


class Mask:
    """The texts of credentials, as responses may repeat them.

    They are plain, escaped in JSON, percent-encoded, or a part of a text in base64.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        texts = tuple(filter(None, texts))
        if UPSTREAM.isEnabledFor(logging.DEBUG):
            HIDDEN.update(form for text in texts for form in _forms(text))
        long = (text for text in texts if len(text) >= SHORTEST)
        forms = {form.encode() for text in long for form in _forms(text)}
        # A longer form may contain a shorter one.
        self._forms = sorted(forms, key=len, reverse=True)

    def hide(self, reply: Reply, url: str) -> Reply:
        """Return a response of a URL without the credentials.

        A header with one is dropped, and in a body that isn't passed on in pieces,
        `***` stands in its place.
        """
        fields, body = reply.raw_headers, reply.body
        head = b"\n".join(part for field in fields for part in field)
        if not (self._is_in(body) or self._is_in(head)):
            return reply
        host = urlsplit(url).netloc
        FAULTS.warn(f"a response of {host} repeated a credential, which is removed")
        headers = tuple(field for field in fields if not any(map(self._is_in, field)))
        if self._is_in(body):
            for form in self._forms:
                body = body.replace(form, MASK)
        return reply._replace(raw_headers=headers, body=body)

    def _is_in(self, content: bytes) -> bool:
        return any(form in content for form in self._forms)


def path_without_credentials(target: str) -> str:
    """Return the path of a request's target, with `***` for each credential."""
    path = target.partition("?")[0]
    for form in sorted(HIDDEN, key=len, reverse=True):
        path = path.replace(form, MASK.decode()) if form else path
    return path


def _forms(text: str) -> Iterable[str]:
    yield text
    in_json = json.dumps(text)[1:-1]
    yield from (in_json, in_json.replace("/", "\\/"))
    for in_url in (quote_plus(text), *(quote(text, safe=plain) for plain in PLAIN)):
        first, *others = in_url.split("%")
        yield in_url
        yield "%".join((first, *(part[:2].lower() + part[2:] for part in others)))
    for offset in range(3):
        piece = _base64_piece(text.encode(), offset)
        yield from (piece, piece.translate(str.maketrans("+/", "-_")))


def _base64_piece(content: bytes, offset: int) -> str:
    """Return the characters that bytes have in base64 after others.

    `offset` is the number of the others beyond a multiple of three. Characters that
    depend on them, or on the bytes after the end, are left out.
    """
    text = base64.b64encode(bytes(offset) + content).decode()
    first = (offset * 8 + 5) // 6
    return text[first : (offset + len(content)) * 8 // 6]


class Upstream:
    """A consumed API: its base URI and the limits on calls.

    The middleware of the pool wraps the transport, which adds the credential; the first
    is outermost. So it gets each request, also when it is repeated, and no credential.
    If the API gets a credential, `mask` removes it from responses that repeat it, and
    shared caches mustn't store any response.
    """

    def __init__(
        self, pool: "ClientPool", transport: Transport, base_uri: str, mask: Mask | None
    ) -> None:
        self._mask = mask
        for layer in reversed(pool.middleware):
            transport = layer(transport)
        self._transport = transport
        self.timeout = pool.settings.limits.timeout
        self._base_uri = base_uri
        parts = urlsplit(base_uri)
        self._host = parts.netloc
        HOSTS.add(parts.hostname or "")
        self._headers: Headers = (
            ("Accept", "*/*"),
            ("Accept-Encoding", "gzip"),
            ("User-Agent", pool.user_agent),
        )
        self._budget = Budget()
        self._loop = asyncio.get_running_loop()
        self._callers = Callers(self.timeout)

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
        url = self._base_uri + target_text(path, query_text(query) if query else "")
        fields = header_fields(self._headers, headers, body)
        request = (method, url, fields, body_bytes(body))
        note_host(self._host)
        try:
            with self._callers.begin(method, url) as call:
                call.reply = await self._exchange(request, call, method in REPEATABLE)
            call.reply = reply = self._check(call.reply, method)
        except (TimeoutError, RequestError, CallError) as error:
            if isinstance(error, TimeoutError) and call.gone:
                note_departure()
                raise late(method) from None
            raise self._report(error, method) from None
        except asyncio.CancelledError:
            note_host(self._host, phase())
            raise
        return reply

    async def _exchange(
        self, request: Request, call: Exchange | None, is_repeatable: bool
    ) -> Reply:
        """Send a request, and repeat it once if that is allowed and may help.

        Without `call`, only a request that got no response is repeated.
        """
        self._budget.add_call()
        try:
            reply = await self._transport(*request)
        except (NotSentError, ConnectionLostError):
            if not (is_repeatable and self._may_repeat(call)):
                raise
        else:
            if call is None or reply.status not in BUSY:
                return reply
            pause = reply.retry_after
            is_in_time = pause is not None and self._loop.time() + pause < call.end
            if not (is_repeatable and is_in_time and self._may_repeat(call)):
                return reply
            await asyncio.sleep(pause or 0)
        if call:
            call.is_repeated = True
        return await self._transport(*request)

    def _may_repeat(self, call: Exchange | None) -> bool:
        return not (call and call.is_repeated) and self._budget.take()

    async def pass_on(
        self,
        method: str,
        target: str,
        headers: Pairs,
        body: "PassedBody",
        *,
        may_repeat: bool,
    ) -> Reply:
        """Send a request whose body is passed on, and return the response.

        Raises CallError if there is no response to return.
        """
        fields = header_fields(self._headers, headers, None)
        request = (method, self._base_uri + target, fields, body)
        is_repeatable = may_repeat and method in REPEATABLE
        try:
            reply = await self._exchange(request, None, is_repeatable)
            return self._check(reply, method)
        except (RequestError, CallError) as error:
            raise self._report(error, method) from None
        except asyncio.CancelledError:
            if body.is_late:
                self._report(TimeoutError(), method)
            raise

    def _check(self, reply: Reply, method: str) -> Reply:
        """Return a response that clients may get; raises CallError for another."""
        if reply.status in REDIRECTS:
            raise _failure(502, method, f"answered with a redirect ({reply.status})")
        if not 200 <= reply.status < 600:
            raise _failure(502, method, f"answered with the status {reply.status}")
        log_status(self._host, reply.status)
        if self._mask is None:
            return reply
        if reply.header(b"cache-control") is None:
            reply = reply._replace(raw_headers=(*reply.raw_headers, PRIVATE))
        return self._mask.hide(reply, self._base_uri)

    def _report(
        self, error: TimeoutError | RequestError | CallError, method: str
    ) -> CallError:
        """Log a failed call, and return its failure as clients get it."""
        reason = getattr(error, "reason", "")
        if isinstance(error, TimeoutError):
            error, reason = late(method), phase()
        elif isinstance(error, NotSentError):
            detail = "the upstream API could not be reached"
            error = CallError(502, "Bad Gateway", detail)
        elif isinstance(error, RequestError):
            error = _failure(502, method, str(error))
        log_failure(error, self._host, reason)
        return error


def late(method: str) -> CallError:
    """Return the failure of a call without a response in time."""
    return _failure(504, method, "did not answer in time")


def _failure(status: int, method: str, fault: str) -> CallError:
    title = "Gateway Timeout" if status == 504 else "Bad Gateway"
    detail = f"the upstream API {fault}"
    if method not in READ_ONLY:
        detail += "; it may have accepted the request"
    return CallError(status, title, detail)


class PassedBody(bytes, ABC):
    """The body of a request that is passed on, with the way back of its response.

    Its bytes are empty, unless the body had to be complete. Transports and middleware
    pass it on like other bodies. The context `ends` is left at the end of the request.
    """

    ends: AsyncExitStack

    @property
    @abstractmethod
    def length(self) -> int | None:
        """Return the length, -1 if it isn't known; raises CallError once it is sent."""

    @property
    @abstractmethod
    def is_late(self) -> bool:
        """Return whether the time of the request is over."""

    @abstractmethod
    async def complete(self) -> Self:
        """Return the complete body, whose bytes signers can read."""

    @abstractmethod
    async def exchange(self, origin: Origin, request: Outgoing) -> Reply:
        """Send a request and return its response, whose body is passed on."""


def receiving(transport: Transport) -> Transport:
    """Return a transport that receives a passed body before it gets to another."""

    async def send(*request: *Request) -> Reply:
        method, url, headers, body = request
        if isinstance(body, PassedBody):
            body = bytes(await body.complete()) or None
        return await transport(method, url, headers, body)

    return send


class Pool:
    """The connections to all upstreams; that of a client certificate passes `tls`."""

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
        room = self._room
        if not room.free:
            await room.refuse()
        room.free -= 1
        request = None
        passage = body if isinstance(body, PassedBody) else None
        try:
            length = None if body is None else len(body)
            if passage is not None:
                length = passage.length
            origin, target = self._connections.find(url, tls)
            request = begin_request(method, origin.host, origin.port)
            if request and UPSTREAM.isEnabledFor(logging.DEBUG):
                request.path = path_without_credentials(target)
            if request and request.headers:
                # The spec or the client may have set the same ones.
                names = {name.lower() for name, _ in headers}
                others = (field for field in request.headers if field[0] not in names)
                headers = (*headers, *others)
            head = origin.head(method, target, headers, length)
            content, is_head = head + body if body else head, method == "HEAD"
            outgoing = Outgoing(content, is_head, self._answer_limit, False, request)
            if passage is None:
                reply = await origin.exchange(outgoing)
            else:
                reply = await passage.exchange(origin, outgoing)
        except (asyncio.CancelledError, RequestError) as error:
            note_failure(error, request)
            raise
        finally:
            if passage is None:
                self._end(request)
            else:
                passage.ends.callback(self._end, request)
        return reply

    def _end(self, request: UpstreamRequest | None) -> None:
        self._room.free += 1
        if request:
            request.end()


def refusing(reason: str) -> Transport:
    """Return a transport that refuses all requests of operations that are off."""

    async def refuse(*_: object) -> Reply:
        raise CallError(503, "Service Unavailable", f"this operation is off: {reason}")

    return refuse


def logged_in(transport: Transport, login: tuple[str, str]) -> Transport:
    """Return a transport that logs a user in, unless a request has a credential."""
    field = ("Authorization", basic(*login))

    def send(
        method: str, url: str, headers: Headers, body: bytes | None
    ) -> Awaitable[Reply]:
        if all(name.lower() != "authorization" for name, _ in headers):
            headers = (*headers, field)
        return transport(method, url, headers, body)

    return send


@dataclass(frozen=True, slots=True)
class ClientPool:
    """Builds the upstreams of a client; middleware wraps the requests to each."""

    user_agent: str
    settings: BaseSettings
    transport: Transport
    middleware: Sequence[TransportMiddleware]

    def upstream(self, base_uri: str) -> Upstream:
        """Build an upstream that gets no credential but one of a file `.netrc`."""
        parts = urlsplit(base_uri)
        login = self.settings.limits.logins.get(parts.hostname or "")
        if login is None or parts.scheme != "https":
            return Upstream(self, self.transport, base_uri, None)
        transport = logged_in(self.transport, login)
        return Upstream(self, transport, base_uri, Mask(login))

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
        transport = credential.over(self.transport) if credential else self.transport
        if names := sorted(self.settings.unset.intersection(needs)):
            *others, last = names
            which = f"s {', '.join(others)} and {last} are" if others else f" {last} is"
            transport = refusing(f"the environment variable{which} not set")
        return Upstream(self, transport, base_uri, Mask(secrets_of(self.settings)))


@asynccontextmanager
async def open_pool(
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
    if transport is not None:
        yield ClientPool(user_agent, settings, receiving(transport), middleware)
        return
    async with Connections(trusts_env=settings.limits.trust_env) as connections:
        pool = Pool(connections, settings.limits, answer_limit)
        yield ClientPool(user_agent, settings, pool, middleware)


def open_client(
    prepare: Callable[[S], Callable[[ClientPool], C]],
    user_agent: str,
    settings: S,
    *network: Any,
    **options: Any,
) -> AbstractAsyncContextManager[C]:
    """Open the connection pool that all operations share, and a client over it.

    `prepare` makes the signers, and returns a function that makes the client. It is
    called now, so that unusable credentials raise SettingsError now, and whenever the
    file of a secret has changed. Further arguments are those of `open_pool`.
    """
    build = prepare(settings)

    @asynccontextmanager
    async def enter() -> AsyncIterator[C]:
        async with open_pool(user_agent, settings, *network, **options) as pool:
            client = build(pool)
            files = settings.secret_files
            if files is None:
                yield client
                return

            def renew(env: Environment) -> C:
                settings_now = type(settings).of_values(files, env)
                return prepare(settings_now)(replace(pool, settings=settings_now))

            yield following(client, follow(files, renew))

    return enter()


def following(client: C, renewal: Callable[[], C | None]) -> C:
    """Return a client that gets the attributes of another one when secrets change.

    Operations read an attribute, an upstream or the settings, when they begin. Only
    clients whose secrets are in files look for changes then.
    """
    kind = type(client)
    names = frozenset(vars(client))

    def attribute(self: object, name: str) -> Any:
        if name in names and (latest := renewal()) is not None:
            object.__getattribute__(self, "__dict__").update(vars(latest))
        return object.__getattribute__(self, name)

    follower = type(kind.__name__, (kind,), {"__getattribute__": attribute})
    copy: C = object.__new__(follower)
    vars(copy).update(vars(client))
    return copy
