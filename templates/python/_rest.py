"""Serves routes over HTTP: reads and checks requests, and sends the replies."""

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
# Characters that RFC 3986 allows in a path segment without encoding.
PLAIN_MARKS = "!$&'()*+,;=:@"
PLAIN_PATH = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
RATE_LIMITS = (b"ratelimit", b"x-ratelimit", b"x-rate-limit")


class Call(Generic[C]):
    """A request to a route: its inputs, and the API client to call."""

    __slots__ = ("_body", "_queries", "_receive", "_scope", "client")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.client: C = scope["app"].state.client
        self._scope = scope
        self._receive = receive
        self._queries: list[tuple[str, str]] | None = None
        self._body: bytes | None = None

    def path(self, variable: str, kind: Kind[T], name: str = "") -> T:
        """Return a decoded path variable; error messages call it `name`."""
        text = self._scope["path_params"][variable]
        return kind.read(name or variable, _decoded(text, name or variable))

    def query(self, name: str, kind: Kind[T]) -> T | None:
        """Return a query parameter, or None if it is absent."""
        values = self._query(name)
        if len(values) > 1:
            raise InvalidInputError(name, "must be given once")
        return kind.read(name, values[0]) if values else None

    def required_query(self, name: str, kind: Kind[T]) -> T:
        """Return a required query parameter."""
        return _required(name, self.query(name, kind))

    def query_list(self, name: str, items: Kind[T]) -> list[T] | None:
        """Return all query parameters of one name, or None if there is none."""
        return [items.read(name, value) for value in self._query(name)] or None

    def required_query_list(self, name: str, items: Kind[T]) -> list[T]:
        """Return all query parameters of one name; at least one is required."""
        return _required(name, self.query_list(name, items))

    def header(self, name: str, kind: Kind[T]) -> T | None:
        """Return a header, or None if it is absent."""
        key = name.lower().encode()
        for field, value in self._scope["headers"]:
            if field == key:
                return kind.read(name, value.decode("latin-1"))
        return None

    def required_header(self, name: str, kind: Kind[T]) -> T:
        """Return a required header."""
        return _required(name, self.header(name, kind))

    async def body(self, kind: Kind[Any]) -> bytes:
        """Return the bytes of a required JSON body; its type is checked."""
        body = await self.optional_body(kind)
        return _required("the request body", body)

    async def optional_body(self, kind: Kind[Any]) -> bytes | None:
        """Return the bytes of an optional JSON body, or None; its type is checked."""
        body = await self._read()
        if body:
            # The body is only passed on, so it is parsed only as far as its check
            # needs.
            parser = parse_unambiguous if kind.reads_members else skim
            kind.check("the request body", _parsed(body, parser))
        return body or None

    async def json(self, kind: Kind[T]) -> T:
        """Return the value of a required JSON body."""
        body = _required("the request body", await self._read() or None)
        return kind.check("the request body", _parsed(body))

    async def optional_json(self, kind: Kind[T]) -> T | None:
        """Return the value of an optional JSON body, or None."""
        body = await self._read()
        return kind.check("the request body", _parsed(body)) if body else None

    async def fields(self) -> Arguments:
        """Return the members of a JSON object as the body; none without a body."""
        return Arguments(await self.optional_json(OBJECT) or {})

    async def content(self) -> bytes:
        """Return the bytes of a body of any media type, up to the limit."""
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
        """Return the bytes of a body whose media type is JSON, up to the limit."""
        if self._body is None:
            self._body = await _received(self._receive)
            if self._body and not _is_json(self._scope["headers"]):
                raise CallError(
                    415, "Unsupported Media Type", "send the body as application/json"
                )
        return self._body


Handler = Callable[[Call[C]], Awaitable[Reply]]


class Endpoint(Generic[C]):
    """The ASGI application of one path, with a handler for each method."""

    def __init__(self, **handlers: Handler[C]) -> None:
        self._handlers = dict(handlers)
        if "GET" in handlers:
            self._handlers.setdefault("HEAD", handlers["GET"])
        self._allow = ", ".join(self._handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the handler's reply, or a problem document for an error."""
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
            # An application with exception handlers of its own handles this error.
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
    """Build the application; its requests share the API client that `connect` opens.

    `reference` maps paths to the pages of the API reference.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with serving(connect) as client:
            # Lifespan state would be shared by all applications that a host mounts.
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
    """Return the spec's routes, then the adapter's own pages at the other paths."""
    own = [Route(path, endpoint) for path, endpoint in routes.items()]
    document = Document("application/json", openapi, [])
    described = [] if DOCUMENT in routes else [Route(DOCUMENT, document)]
    # The reference needs the OpenAPI document, and each of its own pages.
    if not described or any(one.path_regex.match(p) for one in own for p in reference):
        reference = {}
    shown = [*(one.path for one in described), *list(reference)[:1]]
    pages: dict[str, ASGIApp] = {"/": Page(RoutesPage(openapi, shown)), **reference}
    added = [Route(path, page) for path, page in pages.items() if path not in routes]
    # Routes are matched in order, and each takes time. So the spec's routes are first,
    # unless one of them would match the path of the document.
    if any(one.path_regex.match(DOCUMENT) for one in own):
        return [*described, *own, *added]
    return [*own, *described, *added]


class HostGuard:
    """ASGI middleware that refuses requests for other hosts or from other sites' pages.

    Other requests go straight to the router, because routes handle their own errors.
    They go through Starlette's middleware only if the user added middleware or
    handlers.
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
    """Normalize the name of a host, without outer white space and in lower case."""
    return name.strip(b" \t").lower()


class _RawPath:
    """ASGI middleware that matches routes with the encoded path.

    So an encoded slash is part of a path variable, not a separator.
    """

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
    """Return an error for a request whose faults other servers may not check."""
    refusal = refusal_for_any_server(headers, [name for name, _ in headers])
    if refusal is None:
        return None
    return CallError(refusal.status, refusal.status.phrase, refusal.detail)


def _path_as_sent(scope: Scope) -> str:
    """Normalize the percent-encoding of each segment in the path."""
    # Servers may omit the raw path, and some append the query to it.
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
    """Return the headers of the upstream's response that a client gets."""
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
    """Return the upstream's Content-Length for HEAD, unless its body is compressed."""
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
