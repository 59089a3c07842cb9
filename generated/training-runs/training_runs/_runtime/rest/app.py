"""Serves routes over HTTP, in plain ASGI."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Generic, Protocol, TypedDict, TypeVar, Unpack

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..guards.authentication import Authentication
from ..guards.default import authentication_of, client_guards, curl_options
from ..http.guards import Guard, guards_or_default
from ..http.page import Page
from ..http.responses import Document, problem, send_response
from ..upstream.deadlines import CALLER
from .application import RestApp
from .headers import kept_headers
from .page import RoutesPage
from .paths import ServedPath
from .routes import Route

C = TypeVar("C")
LOG = logging.getLogger(__name__)
FAILED = CallError(
    500, "Internal Server Error", "the server failed; its log says where"
)
DOCUMENT = "/openapi.json"


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
        except Exception:
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


class AppOptions(TypedDict, total=False):
    """The options of an application, which a package's `create_app` takes too."""

    guards: Sequence[Guard] | None
    """Checks of each request, before `middleware`.

    Without them, Host and Origin are checked: the names of this machine are allowed,
    and those in the adapter's variables `_ALLOWED_HOSTS` and `_ALLOWED_ORIGINS`. The
    authentication of clients comes after the guards.
    """
    authentication: Authentication | None
    """The authentication of clients, instead of the spec's or that by `_TOKEN`.

    None leaves it to your guards, or to the application that mounts this one.
    """
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
    default = authentication_of(declared, variables)
    authentication = options.get("authentication", default)
    credential = curl_options(authentication)
    contents = partial(RoutesPage, openapi, credential=credential)
    paths = _paths(tuple(routes), openapi, reference or {}, contents)
    guards = (
        *guards_or_default(options.get("guards"), variables),
        *client_guards(authentication, variables),
    )
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
    routes_page: Callable[[list[str]], RoutesPage],
) -> list[ServedPath]:
    """Return the spec's routes, then the adapter's own pages, then the remainders.

    `routes_page` makes the page at `/` of the links that it shows.
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
    pages: dict[str, ASGIApp] = {"/": Page(routes_page(shown)), **reference}
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
