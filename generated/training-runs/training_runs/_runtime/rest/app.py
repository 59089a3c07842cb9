"""Serves routes over HTTP, in plain ASGI."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.guards import Guard
from ..http.page import Page
from ..http.responses import Document, method_not_allowed, problem, send_response
from ..reply import Reply
from ..upstream.deadlines import CALLER
from .application import RestApp
from .headers import kept_headers
from .page import RoutesPage
from .request import Call

C = TypeVar("C")
LOG = logging.getLogger(__name__)
FAILED = CallError(
    500, "Internal Server Error", "the server failed; its log says where"
)
DOCUMENT = "/openapi.json"
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
                send, reply.status, kept_headers(reply, scope["method"]), reply.body
            )


def create_rest_app(
    routes: Mapping[str, Endpoint[C]],
    openapi: bytes,
    connect: Callable[[], AbstractAsyncContextManager[C]],
    reference: Mapping[str, ASGIApp] | None = None,
    *,
    guards: Iterable[Guard],
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """Build the application; its requests share the API client that `connect` opens.

    `reference` maps paths to the pages of the API reference. `guards` check requests
    before `middleware` gets them.
    """
    shown = _routes(routes, openapi, reference or {})
    app = RestApp(shown, connect, guards, middleware)
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


async def _no_such_path(_: Scope, __: Receive, send: Send) -> None:
    await send_response(
        send, *problem(CallError(404, "Not Found", "there is no such path"))
    )
