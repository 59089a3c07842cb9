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
from ..http.guards import (
    OWN_PAGES,
    AdapterOptions,
    Authentication,
    Surroundings,
    WaitingGuard,
    checks_of,
    curl_options,
    refuse,
    settle,
    typed_parts,
)
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
from ..observing.calls import CALL, CalledOperation, know, note_fault
from ..pages.page import Page
from ..pages.routes import RoutesPage, mock_document
from ..responses import is_header_value
from ..transport import Reply
from ..upstream.deadlines import CALLER, READ_ONLY
from .inputs import Input, Path, Request, read_body
from .paths import Lookup, ServedPath


class _Names(dict[bytes, bytes]):
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
        if name not in self._names and not name.startswith(self._starts):
            name = b""
        if len(self) < 1000 and len(field) < 100:
            self[field] = name
        return name


FIELDS_OF_SUCCESS = _Names(
    b"content-type location link etag last-modified cache-control content-disposition"
)
FIELDS_OF_ERROR = _Names(
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


def own_fields(reply: Reply) -> RawHeaders:
    """Return the headers that a client gets, but for the length of the body."""
    names = FIELDS_OF_SUCCESS if reply.ok else FIELDS_OF_ERROR
    return [
        (name, value)
        for field, value in reply.raw_headers
        if (name := names[field]) and is_header_value(value)
    ]


def own_headers(reply: Reply, method: str) -> RawHeaders:
    """Return the headers of the upstream's response that a client gets."""
    headers = own_fields(reply)
    length: bytes | None = b"%d" % len(reply.body)
    if method == "HEAD" and not reply.body:
        # That of a compressed body isn't the client's.
        fields = {name.lower(): value for name, value in reply.raw_headers}
        is_same = b"content-encoding" not in fields
        length = fields.get(b"content-length") if is_same else None
    elif reply.status in (204, 304):
        length = None
    return headers if length is None else [*headers, (b"content-length", length)]


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
        return self._readers(reads_body=False)

    @cached_property
    def _in_body(self) -> Readers:
        return self._readers(reads_body=True)

    def _readers(self, *, reads_body: bool) -> Readers:
        inputs = (part for part in self.inputs if part.reads_body is reads_body)
        return [(part.argument, part.read) for part in inputs]

    @cached_property
    def spelt_path(self) -> str:
        """Return the path with the variables as the spec names them."""
        path = self.path
        for part in self.inputs:
            if isinstance(part, Path):
                variable = part.variable or part.argument
                path = path.replace(f"{{{variable}}}", f"{{{part.name}}}")
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
            if CHECKED not in scope:
                # Another server may not have looked for these faults.
                headers = scope["headers"]
                misreadable = refusal_for_any_server(
                    headers, [name for name, _ in headers]
                )
                if misreadable:
                    await refuse(scope, send, misreadable.error)
                    return
            scope["path"] = path_as_sent(scope)
            if scope.get("root_path"):
                scope["root_path"] = encoded_prefix(scope)
        if scope["type"] != "lifespan":
            scope[OWN_PAGES] = self._pages
            for guard in self._guards:
                outcome = guard(scope)
                if outcome is not None and (refusal := await settle(outcome)):
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
                if isinstance(path.app, Endpoint):
                    path.app.know_refused(scope)
                return

    def build_middleware_stack(self) -> ASGIApp:
        """Build the way from the guards to the routes, before the first request."""
        is_extended = self.user_middleware or self.exception_handlers
        if is_extended or self.routes != self._own_routes:
            return super().build_middleware_stack()
        self._lookup = Lookup(self._own_routes)
        return self.router


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
                send, reply.status, own_headers(reply, scope["method"]), reply.body
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
    spec_authentication: Authentication | None = None,
    reference: Mapping[str, ASGIApp] | None = None,
    **options: Unpack[AppOptions],
) -> Starlette:
    """Build the application; its requests share the API client that `connect` opens.

    `variables` is the prefix of the adapter's environment variables.
    The spec declares `spec_authentication`. `reference` maps paths to the
    pages of the API reference. Remainders come after all other paths.
    """
    authentication, guards = checks_of(options, variables, spec_authentication)
    credential = curl_options(authentication)
    surroundings = options.get("surroundings") or Surroundings()

    def page(links: list[str]) -> Page:
        contents = RoutesPage(openapi, links, credential)
        return Page(contents, surroundings, typed_parts(authentication))

    document = mock_document(openapi) if surroundings.is_mocked else openapi
    paths = _paths(routes, document, reference or {}, page)
    middleware = options.get("middleware", ())
    pages = (path.path for path in paths if isinstance(path.endpoint, Page | Document))
    app = RestApp(paths, connect, guards, middleware, credential, pages)
    app.router.default = _no_such_path
    return app


def _paths(
    routes: Iterable[Route[C] | Remainder],
    openapi: bytes,
    reference: Mapping[str, ASGIApp],
    page: Callable[[list[str]], Page],
) -> list[ServedPath]:
    """Return the spec's routes, then the adapter's own pages, then the remainders.

    `page` makes the page at `/` with links to these paths.
    """
    by_path: dict[str, list[Route[C]]] = {}
    remainders: list[Remainder] = []
    for route in routes:
        if isinstance(route, Route):
            by_path.setdefault(route.path, []).append(route)
        else:
            remainders.append(route)
    others = {app.path.replace(":path}", "}"): app for app in remainders}
    endpoints = {
        path: Endpoint(group, others.get(path)) for path, group in by_path.items()
    }
    own = [ServedPath(path, app, app.methods) for path, app in endpoints.items()]
    rest = [ServedPath(app.path, app, (), own) for app in remainders]
    names = {*endpoints, *(app.path for app in remainders)}
    document = [ServedPath(DOCUMENT, Document("application/json", openapi, []))]
    if DOCUMENT in names:
        document = []
    # The reference needs the OpenAPI document, and each of its own pages.
    if not document or any(path.path_regex.match(p) for path in own for p in reference):
        reference = {}
    links = [*(path.path for path in document), *list(reference)[:1]]
    apps: dict[str, ASGIApp] = {"/": page(links), **reference}
    pages = [ServedPath(path, app) for path, app in apps.items() if path not in names]
    # Routes are matched in order, and each takes time. So the spec's routes are first,
    # unless one of them would match the path of the document.
    if any(path.path_regex.match(DOCUMENT) for path in own):
        return [*document, *own, *pages, *rest]
    return [*own, *document, *pages, *rest]


async def _no_such_path(_: Scope, __: Receive, send: Send) -> None:
    await send_response(
        send, *problem(CallError(404, "Not Found", "there is no such path"))
    )
