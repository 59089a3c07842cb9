"""The way from a route to the client and back: raw paths, checked bodies."""

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ._callers import CALLER
from ._heads import refusal_for_any_server
from ._inputs import OBJECT, Arguments, Kind
from ._json import DuplicateMemberError, parse_unambiguous, skim
from ._lifespan import serving
from ._page import Page
from ._responses import (
    Document,
    RawHeaders,
    method_not_allowed,
    problem,
    send_response,
)
from ._rest_page import RoutesPage
from ._settings import Listener
from ._upstream import CallError, InvalidInputError, Reply

C = TypeVar("C")
T = TypeVar("T")

LOG = logging.getLogger(__name__)
FAILED = CallError(
    500, "Internal Server Error", "the server failed; its log says where"
)
DOCUMENT = "/openapi.json"
BODY_LIMIT = 4 * 1024 * 1024
KEPT_OF_SUCCESS = frozenset(
    (
        b"content-type",
        b"location",
        b"link",
        b"etag",
        b"last-modified",
        b"cache-control",
        b"content-disposition",
    )
)
KEPT_OF_ERROR = frozenset(
    (b"content-type", b"retry-after", b"etag", b"www-authenticate", b"cache-control")
)
# What RFC 3986 lets stand in a path segment without being encoded.
PLAIN_MARKS = "!$&'()*+,;=:@"
PLAIN_PATH = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
RATE_LIMITS = (b"ratelimit", b"x-ratelimit", b"x-rate-limit")


class Call(Generic[C]):
    """One request to a route: the client to use, and what the caller gave."""

    __slots__ = ("_body", "_queries", "_receive", "_scope", "client")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.client: C = scope["app"].state.client
        self._scope = scope
        self._receive = receive
        self._queries: list[tuple[str, str]] | None = None
        self._body: bytes | None = None

    def path(self, variable: str, kind: Kind[T], name: str = "") -> T:
        """Return a variable of the route, decoded once; callers know it as `name`."""
        text = self._scope["path_params"][variable]
        return kind.read(name or variable, _decoded(text, name or variable))

    def query(self, name: str, kind: Kind[T]) -> T | None:
        """Return the query parameter of that name, or None."""
        values = self._query(name)
        if len(values) > 1:
            raise InvalidInputError(name, "must be given once")
        return kind.read(name, values[0]) if values else None

    def required_query(self, name: str, kind: Kind[T]) -> T:
        """Return a query parameter that must be there."""
        return _required(name, self.query(name, kind))

    def query_list(self, name: str, items: Kind[T]) -> list[T] | None:
        """Return every query parameter of that name, or None."""
        return [items.read(name, value) for value in self._query(name)] or None

    def required_query_list(self, name: str, items: Kind[T]) -> list[T]:
        """Return every query parameter of that name, of which there must be one."""
        return _required(name, self.query_list(name, items))

    def header(self, name: str, kind: Kind[T]) -> T | None:
        """Return the header of that name, or None."""
        key = name.lower().encode()
        for field, value in self._scope["headers"]:
            if field == key:
                return kind.read(name, value.decode("latin-1"))
        return None

    def required_header(self, name: str, kind: Kind[T]) -> T:
        """Return a header that must be there."""
        return _required(name, self.header(name, kind))

    async def body(self, kind: Kind[Any]) -> bytes:
        """Return the JSON request body as it came, if it is of that kind."""
        body = await self.optional_body(kind)
        return _required("the request body", body)

    async def optional_body(self, kind: Kind[Any]) -> bytes | None:
        """Return the JSON request body as it came, or None if there is none."""
        body = await self._read()
        if body:
            # What only passes is read no further than its kind needs.
            parser = parse_unambiguous if kind.reads_members else skim
            kind.check("the request body", _parsed(body, parser))
        return body or None

    async def json(self, kind: Kind[T]) -> T:
        """Return the value of the JSON request body."""
        body = _required("the request body", await self._read() or None)
        return kind.check("the request body", _parsed(body))

    async def optional_json(self, kind: Kind[T]) -> T | None:
        """Return the value of the JSON request body, or None if there is none."""
        body = await self._read()
        return kind.check("the request body", _parsed(body)) if body else None

    async def fields(self) -> Arguments:
        """Return the members of the JSON request body, none if there is no body."""
        return Arguments(await self.optional_json(OBJECT) or {})

    async def content(self) -> bytes:
        """Return the request body as it came, up to the limit and whatever it is."""
        if self._body is None:
            self._body = await _received(self._receive)
        return self._body

    def _query(self, name: str) -> list[str]:
        if self._queries is None:
            text = self._scope["query_string"].decode("latin-1")
            try:
                self._queries = parse_qsl(
                    text, keep_blank_values=True, max_num_fields=1000, errors="strict"
                )
            except ValueError:
                raise InvalidInputError("the query", "must be valid UTF-8") from None
        return [value for key, value in self._queries if key == name]

    async def _read(self) -> bytes:
        """Read the request body, up to the limit and only if it says to be JSON."""
        if self._body is None:
            self._body = await _received(self._receive)
            if self._body and not _is_json(self._scope["headers"]):
                raise CallError(
                    415, "Unsupported Media Type", "send the body as application/json"
                )
        return self._body


Handler = Callable[[Call[C]], Awaitable[Reply]]


class Endpoint(Generic[C]):
    """The ASGI application of one path: a handler for each of its methods."""

    def __init__(self, **handlers: Handler[C]) -> None:
        self._handlers = dict(handlers)
        if "GET" in handlers:
            self._handlers.setdefault("HEAD", handlers["GET"])
        self._allow = ", ".join(self._handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request with the handler's reply, or with a problem document."""
        handler = self._handlers.get(scope["method"])
        if handler is None:
            await send_response(send, *method_not_allowed(self._allow))
            return
        CALLER.set(receive)
        try:
            reply = await handler(Call(scope, receive))
        except CallError as error:
            await send_response(send, *problem(error))
        except Exception:
            # An application that embeds this one may handle them itself.
            if scope["app"].exception_handlers:
                raise
            LOG.exception("a request failed")
            await send_response(send, *problem(FAILED))
        else:
            await send_response(
                send, reply.status, _kept(reply, scope["method"]), reply.body
            )


def create_rest_app(
    routes: Mapping[str, Endpoint[C]],
    openapi: bytes,
    connect: Callable[[], AbstractAsyncContextManager[C]],
    reference: Mapping[str, ASGIApp] | None = None,
) -> Starlette:
    """Build the application; its requests share the client that `connect` opens.

    `reference` has the pages of the API reference by their paths.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with serving(connect) as client:
            # The state of a lifespan would be one for all applications of a host.
            app.state.client = client
            yield

    app = Starlette(
        routes=_routes(routes, openapi, reference or {}),
        middleware=[Middleware(_RawPath)],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.router.default = _no_such_path
    return app


def _routes(
    routes: Mapping[str, ASGIApp], openapi: bytes, reference: Mapping[str, ASGIApp]
) -> list[Route]:
    """Return the routes of the spec, and the adapter's own where the spec has none."""
    own = [Route(path, endpoint) for path, endpoint in routes.items()]
    document = Document("application/json", openapi, [])
    described = [] if DOCUMENT in routes else [Route(DOCUMENT, document)]
    # The reference reads the document, and is of no use without one of its pages.
    if not described or any(one.path_regex.match(p) for one in own for p in reference):
        reference = {}
    shown = [*(one.path for one in described), *list(reference)[:1]]
    pages: dict[str, ASGIApp] = {"/": Page(RoutesPage(openapi, shown)), **reference}
    added = [Route(path, page) for path, page in pages.items() if path not in routes]
    # Each route in front of it costs a call time, so the document stands behind those
    # of the spec unless one of them would take its path.
    if any(one.path_regex.match(DOCUMENT) for one in own):
        return [*described, *own, *added]
    return [*own, *described, *added]


class HostGuard:
    """Refuses requests that name another host or come from another site's pages.

    The others go straight to the application's routes, which answer their own errors:
    the layers that Starlette puts around them are for what users add.
    """

    def __init__(self, app: Starlette, listener: Listener) -> None:
        self._app = app
        added = app.user_middleware[1:] or app.exception_handlers
        self._answer: ASGIApp = app if added else app.router
        self._hosts = frozenset(_folded(host.encode()) for host in listener.hosts)
        self._origins = frozenset(_folded(one.encode()) for one in listener.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self._app
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif refusal := self._refusal(scope["headers"]):
            await send_response(send, *problem(refusal))
        else:
            scope["path"] = _path_as_sent(scope)
            await self._answer(scope, receive, send)

    def _refusal(self, headers: RawHeaders) -> CallError | None:
        for name, value in headers:
            if name == b"host" and not _is_one_of(self._hosts, value):
                return CallError(421, "Misdirected Request", "Host is not allowed")
            if name == b"origin" and not _is_one_of(self._origins, value):
                return CallError(403, "Forbidden", "Origin is not allowed")
        return None


def _is_one_of(names: frozenset[bytes], value: bytes) -> bool:
    return value in names or _folded(value) in names


def _folded(name: bytes) -> bytes:
    """Spell the name of a host in one way: its case and outer spaces mean nothing."""
    return name.strip(b" \t").lower()


class _RawPath:
    """Routes by the path as it was sent, so that an encoded slash stays data."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if error := _violation(scope["headers"]):
                await send_response(send, *problem(error))
                return
            scope["path"] = _path_as_sent(scope)
        await self._app(scope, receive, send)


def _violation(headers: RawHeaders) -> CallError | None:
    """Return which rule of HTTP a request breaks that other servers let through."""
    refusal = refusal_for_any_server(headers, [name for name, _ in headers])
    if refusal is None:
        return None
    return CallError(refusal.status, refusal.status.phrase, refusal.detail)


def _path_as_sent(scope: Scope) -> str:
    """Spell every segment in one way: encoded where it has to be, and nowhere else."""
    # Servers may leave it out, and some put the query into it.
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    path = path.partition(b"?")[0]
    if PLAIN_PATH.fullmatch(path):
        return path.decode()
    segments = path.split(b"/")
    return "/".join(quote(unquote_to_bytes(s), safe=PLAIN_MARKS) for s in segments)


def _decoded(text: str, name: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInputError(name, "must be valid UTF-8") from None


async def _received(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInputError("the request body", "is incomplete")
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise CallError(413, "Content Too Large", "a body may have 4 MiB")
        if not message.get("more_body", False):
            return bytes(body)


def _parsed(body: bytes, parser: Callable[[bytes], Any] = parse_unambiguous) -> Any:
    try:
        return parser(body)
    except DuplicateMemberError:
        fault = "must not name a member of an object twice"
        raise InvalidInputError("the request body", fault) from None
    except ValueError:
        raise InvalidInputError("the request body", "must be valid JSON") from None


def _is_json(headers: RawHeaders) -> bool:
    for name, value in headers:
        if name == b"content-type":
            media_type = value.partition(b";")[0].strip().lower()
            return media_type == b"application/json" or media_type.endswith(b"+json")
    return False


def _kept(reply: Reply, method: str) -> RawHeaders:
    """Choose the headers of an answer that mean something to the caller."""
    means = KEPT_OF_SUCCESS.__contains__ if reply.ok else _is_kept_of_error
    kept = [
        (name, value)
        for field, value in reply.headers
        if means(name := field.lower()) and not CONTROL.search(value)
    ]
    if method == "HEAD" and not reply.body:
        kept += _announced(reply)
    elif reply.status not in (204, 304):
        kept.append((b"content-length", b"%d" % len(reply.body)))
    return kept


def _announced(reply: Reply) -> RawHeaders:
    """Return the length of what a GET answers, unless callers get it decoded."""
    fields = {name.lower(): value for name, value in reply.headers}
    if b"content-length" not in fields or b"content-encoding" in fields:
        return []
    return [(b"content-length", fields[b"content-length"])]


def _is_kept_of_error(name: bytes) -> bool:
    return name in KEPT_OF_ERROR or name.startswith(RATE_LIMITS)


async def _no_such_path(_: Scope, __: Receive, send: Send) -> None:
    await send_response(
        send, *problem(CallError(404, "Not Found", "there is no such path"))
    )


def _required(name: str, value: T | None) -> T:
    if value is None:
        raise InvalidInputError(name, "is required")
    return value
