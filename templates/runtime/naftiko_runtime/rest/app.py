"""The application of a REST adapter: routes, their paths, and its responses."""

import logging
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from string import ascii_letters, digits
from typing import Any, Concatenate, Generic, Protocol, TypeVar, Unpack
from urllib.parse import quote, unquote_to_bytes

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.authentication import (
    AdapterOptions,
    Authentication,
    checks_of,
    curl_options,
    typed_parts,
)
from ..http.guards import OWN_PAGES, WaitingGuard, refuse, settled
from ..http.messages import (
    CHECKED,
    PLAIN_MARKS,
    Document,
    RawHeaders,
    encoded_prefix,
    problem,
    refusal_for_any_server,
    send_response,
)
from ..http.surroundings import Surroundings
from ..observing.calls import CALL, CalledOperation, know, note_fault
from ..pages.page import Page
from ..pages.routes import RoutesPage, mocked
from ..responses import is_header_value
from ..transport import Reply
from ..upstream.deadlines import CALLER, READ_ONLY
from .inputs import Input, Path, Request, read_body
from .paths import Lookup, ServedPath


class _Kept(dict[bytes, bytes]):
    """The names of fields as clients get them, by any spelling; others have none.

    It remembers short spellings, of which upstreams have few.
    """

    def __init__(self, names: bytes, *starts: bytes) -> None:
        super().__init__()
        self._names = frozenset(names.split())
        self._starts = starts

    def __missing__(self, field: bytes) -> bytes:
        """Return the name, or nothing."""
        name = field.lower()
        is_kept = name in self._names or name.startswith(self._starts)
        kept = name if is_kept else b""
        if len(self) < 1000 and len(field) < 100:
            self[field] = kept
        return kept


KEPT_OF_SUCCESS = _Kept(
    b"content-type location link etag last-modified cache-control content-disposition"
)
KEPT_OF_ERROR = _Kept(
    b"content-type retry-after etag www-authenticate cache-control",
    *(b"ratelimit", b"x-ratelimit", b"x-rate-limit"),
)

PLAIN_PATH = f"{ascii_letters}{digits}-._~/{PLAIN_MARKS}".encode()

C = TypeVar("C")

Operation = Callable[Concatenate[C, ...], Awaitable[Reply]]
"""A coroutine that takes the API client, and the inputs as keyword arguments."""

Readers = list[tuple[str, Callable[[Request], Any]]]
"""The keyword arguments of an operation, and the functions that read their values."""

OUTSIDE_LIFESPAN = (
    "the API client isn't open: an application that mounts this one has to enter "
    "app.router.lifespan_context(app) in its own lifespan"
)
LOG = logging.getLogger(__name__)
FAILED = CallError(
    500, "Internal Server Error", "the server failed; its log says where"
)
DOCUMENT = "/openapi.json"


def kept_fields(reply: Reply) -> RawHeaders:
    """Return the headers that a client gets, but for the length of the body."""
    kept = KEPT_OF_SUCCESS if reply.ok else KEPT_OF_ERROR
    return [
        (name, value)
        for field, value in reply.raw_headers
        if (name := kept[field]) and is_header_value(value)
    ]


def kept_headers(reply: Reply, method: str) -> RawHeaders:
    """Return the headers of the upstream's response that a client gets."""
    kept = kept_fields(reply)
    if method == "HEAD" and not reply.body:
        kept += _announced(reply)
    elif reply.status not in (204, 304):
        kept.append((b"content-length", b"%d" % len(reply.body)))
    return kept


def _announced(reply: Reply) -> RawHeaders:
    """Return the upstream's Content-Length for HEAD, unless its body is compressed."""
    fields = {name.lower(): value for name, value in reply.raw_headers}
    if b"content-length" not in fields or b"content-encoding" in fields:
        return []
    return [(b"content-length", fields[b"content-length"])]


def path_as_sent(scope: Scope) -> str:
    """Normalize the percent-encoding of each segment in the path."""
    # Servers may omit the raw path, and some append the query to it.
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    path = path.partition(b"?")[0]
    if not path.translate(None, PLAIN_PATH):
        return path.decode()
    segments = path.split(b"/")
    return "/".join(quote(unquote_to_bytes(s), safe=PLAIN_MARKS) for s in segments)


@dataclass(frozen=True)
class Route(Generic[C]):
    """A method and path, and the operation that is called with the route's inputs.

    A variable of the path is written `{name}`.
    """

    method: str
    path: str
    operation: Operation[C]
    inputs: Sequence[Input] = ()
    changes: bool | None = None
    """Whether a call may change state upstream; None if the method says so."""

    @property
    def called(self) -> CalledOperation:
        """Return the operation of a call as observers see it."""
        by_method = self.method not in READ_ONLY
        changes = by_method if self.changes is None else self.changes
        return CalledOperation(self.method, self.spelt_path, changes=changes)

    @cached_property
    def _in_head(self) -> Readers:
        return [(one.argument, one.read) for one in self.inputs if not one.reads_body]

    @cached_property
    def _in_body(self) -> Readers:
        return [(one.argument, one.read) for one in self.inputs if one.reads_body]

    @cached_property
    def spelt_path(self) -> str:
        """Return the path with the variables as the spec names them."""
        path = self.path
        for one in self.inputs:
            if isinstance(one, Path):
                path = path.replace(
                    f"{{{one.variable or one.argument}}}", f"{{{one.name}}}"
                )
        return path

    async def call(self, client: C, scope: Scope, receive: Receive) -> Reply:
        """Read and check the inputs of a request, and perform the operation.

        Inputs that need no body are checked before the body is received. Raises
        CallError for an invalid input, or if there is no response.
        """
        operation = self.called if CALL.get() else None
        if operation:
            know(operation)
        request = Request(scope)
        values = {argument: read(request) for argument, read in self._in_head}
        if operation:
            operation.arguments = values
        if self._in_body:
            request.body = await read_body(receive)
            for argument, read in self._in_body:
                values[argument] = read(request)
        return await self.operation(client, **values)


class RestApp(Starlette):
    """A Starlette application that checks its requests under any ASGI server.

    First come the guards, then the middleware, then the routes, which handle their own
    errors. `pages` are the paths of the adapter's own pages. Unless its user added
    middleware, exception handlers or routes, requests go straight from the guards to
    the routes.
    """

    def __init__(
        self,
        routes: Sequence[ServedPath],
        connect: Callable[[], AbstractAsyncContextManager[Any]],
        guards: Iterable[WaitingGuard],
        middleware: Sequence[Middleware] = (),
        credential: Sequence[str] = (),
        pages: Iterable[str] = (),
    ) -> None:
        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with connect() as client:
                # Lifespan state would be shared by all applications that a host mounts.
                self._client = client
                yield

        super().__init__(routes=routes, middleware=middleware, lifespan=lifespan)
        self.router.redirect_slashes = False
        self._guards = tuple(guards)
        self._credential = credential
        self._pages = frozenset(pages)
        self._own_routes = list(routes)
        self._lookup = Lookup(())

    @property
    def client(self) -> Any:
        """Return the API client; raises RuntimeError outside the lifespan."""
        try:
            return self._client
        except AttributeError:
            raise RuntimeError(OUTSIDE_LIFESPAN) from None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, unless a guard refuses it.

        Routes are matched with the encoded path. So an encoded slash is part of a path
        variable, not a separator.
        """
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        if scope["type"] == "http":
            if CHECKED not in scope and (fault := _misreadable(scope)):
                await refuse(scope, send, fault)
                return
            scope["path"] = path_as_sent(scope)
            if scope.get("root_path"):
                scope["root_path"] = encoded_prefix(scope)
        if scope["type"] != "lifespan":
            scope[OWN_PAGES] = self._pages
            for guard in self._guards:
                outcome = guard(scope)
                if outcome is not None and (refusal := await settled(outcome)):
                    if CALL.get():
                        self._know_refused(scope)
                    await refuse(scope, send, refusal, self._credential)
                    return
        application = self._lookup.find(scope) or self.middleware_stack
        await application(scope, receive, send)

    def _know_refused(self, scope: Scope) -> None:
        """Note which route a refused request was for, if it was for one."""
        for path in self._own_routes:
            match, _ = path.matches(scope)
            if match is Match.FULL:
                endpoint = getattr(path, "app", None)
                if isinstance(endpoint, Endpoint):
                    endpoint.know_refused(scope)
                return

    def build_middleware_stack(self) -> ASGIApp:
        """Build the way from the guards to the routes, before the first request."""
        is_extended = self.user_middleware or self.exception_handlers
        if is_extended or self.routes != self._own_routes:
            return super().build_middleware_stack()
        self._lookup = Lookup(self._own_routes)
        return self.router


def _misreadable(scope: Mapping[str, Any]) -> CallError | None:
    """Return the refusal of a request whose faults other servers may not check."""
    headers = scope["headers"]
    refusal = refusal_for_any_server(headers, [name for name, _ in headers])
    return refusal.error if refusal else None


class Endpoint(Generic[C]):
    """The ASGI application of one path, with a route for each method.

    `remainder` handles the other methods, if it is there. `methods` are those that
    the application handles, none if it handles all of them.
    """

    def __init__(
        self, routes: Iterable[Route[C]], remainder: ASGIApp | None = None
    ) -> None:
        self._routes = {route.method: route for route in routes}
        self._remainder = remainder
        if "GET" in self._routes:
            self._routes.setdefault("HEAD", self._routes["GET"])
        self.methods = () if remainder else tuple(self._routes)

    def know_refused(self, scope: Scope) -> None:
        """Note the route of a request that a guard refuses."""
        if route := self._routes.get(scope["method"]):
            know(route.called)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the route's reply, or a problem document for an error."""
        if self._remainder and scope["method"] not in self._routes:
            await self._remainder(scope, receive, send)
            return
        route = self._routes[scope["method"]]
        caller = CALLER.set(receive)
        try:
            reply = await route.call(scope["app"].client, scope, receive)
        except CallError as error:
            await send_response(send, *problem(error))
        except Exception as error:
            note_fault(error)
            # An application with exception handlers of its own handles this error.
            if scope["app"].exception_handlers:
                raise
            LOG.exception("a request failed")
            await send_response(send, *problem(FAILED))
        else:
            await send_response(
                send, reply.status, kept_headers(reply, scope["method"]), reply.body
            )
        finally:
            # The application may be called within a call of another one.
            CALLER.reset(caller)


class Remainder(Protocol):
    """The ASGI application of a path, for methods and paths that no route has."""

    path: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""


class AppOptions(AdapterOptions, total=False):
    """The options of an application, which a package's `create_app` takes too."""

    middleware: Sequence[Middleware]
    """Starlette's middleware around the routes, the first outermost."""


def create_rest_app(
    routes: Iterable[Route[C] | Remainder],
    connect: Callable[[], AbstractAsyncContextManager[C]],
    *,
    openapi: bytes,
    variables: str,
    declared: Authentication | None = None,
    reference: Mapping[str, ASGIApp] | None = None,
    **options: Unpack[AppOptions],
) -> Starlette:
    """Build the application; its requests share the API client that `connect` opens.

    `variables` is the prefix of the adapter's environment variables. `declared` is the
    authentication that the spec declares. `reference` maps paths to the pages of the
    API reference. Remainders come after all other paths.
    """
    authentication, guards = checks_of(options, variables, declared)
    credential = curl_options(authentication)
    surroundings = options.get("surroundings") or Surroundings()

    def page(links: list[str]) -> Page:
        contents = RoutesPage(openapi, links, credential)
        return Page(contents, surroundings, typed_parts(authentication))

    served = mocked(openapi) if surroundings.is_mocked else openapi
    paths = _paths(tuple(routes), served, reference or {}, page)
    middleware = options.get("middleware", ())
    pages = (one.path for one in paths if isinstance(one.endpoint, Page | Document))
    app = RestApp(paths, connect, guards, middleware, credential, pages)
    app.router.default = _no_such_path
    return app


def _endpoints(
    routes: Iterable[Route[C]], remainders: Sequence[Remainder]
) -> dict[str, Endpoint[C]]:
    """Return the application of each path, in the order of the routes."""
    by_path: dict[str, list[Route[C]]] = {}
    for route in routes:
        by_path.setdefault(route.path, []).append(route)
    others = {one.path.replace(":path}", "}"): one for one in remainders}
    return {path: Endpoint(own, others.get(path)) for path, own in by_path.items()}


def _paths(
    routes: Sequence[Route[C] | Remainder],
    openapi: bytes,
    reference: Mapping[str, ASGIApp],
    page: Callable[[list[str]], Page],
) -> list[ServedPath]:
    """Return the spec's routes, then the adapter's own pages, then the remainders.

    `page` makes the page at `/` with links to these paths.
    """
    remainders = [one for one in routes if not isinstance(one, Route)]
    endpoints = _endpoints(
        [one for one in routes if isinstance(one, Route)], remainders
    )
    own = [ServedPath(path, one, one.methods) for path, one in endpoints.items()]
    rest = [ServedPath(one.path, one, (), own) for one in remainders]
    document = Document("application/json", openapi, [])
    taken = {*endpoints, *(one.path for one in remainders)}
    described = [] if DOCUMENT in taken else [ServedPath(DOCUMENT, document)]
    # The reference needs the OpenAPI document, and each of its own pages.
    if not described or any(one.path_regex.match(p) for one in own for p in reference):
        reference = {}
    shown = [*(one.path for one in described), *list(reference)[:1]]
    pages: dict[str, ASGIApp] = {"/": page(shown), **reference}
    added = [
        ServedPath(path, page) for path, page in pages.items() if path not in taken
    ]
    # Routes are matched in order, and each takes time. So the spec's routes are first,
    # unless one of them would match the path of the document.
    if any(one.path_regex.match(DOCUMENT) for one in own):
        return [*described, *own, *added, *rest]
    return [*own, *described, *added, *rest]


async def _no_such_path(_: Scope, __: Receive, send: Send) -> None:
    await send_response(
        send, *problem(CallError(404, "Not Found", "there is no such path"))
    )
