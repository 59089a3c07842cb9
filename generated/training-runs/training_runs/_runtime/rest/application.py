"""The Starlette application of a REST adapter, with a short way to its routes."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.guarded import refuse, settled
from ..http.guards import OWN_PAGES, WaitingGuard
from ..http.heads import CHECKED, refusal_for_any_server
from ..http.mounting import encoded_prefix
from .paths import path_as_sent

OUTSIDE_LIFESPAN = (
    "the API client isn't open: an application that mounts this one has to enter "
    "app.router.lifespan_context(app) in its own lifespan"
)


class RestApp(Starlette):
    """A Starlette application that checks its requests under any ASGI server.

    First come the guards, then the middleware, then the routes, which handle their own
    errors. `pages` are the paths of the adapter's own pages. Unless its user added
    middleware, exception handlers or routes, requests go straight from the guards to
    the routes.
    """

    def __init__(
        self,
        routes: Sequence[BaseRoute],
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
                self.state.client = client
                yield

        super().__init__(routes=routes, middleware=middleware, lifespan=lifespan)
        self.router.redirect_slashes = False
        self._guards = tuple(guards)
        self._credential = credential
        self._pages = frozenset(pages)
        self._own_routes = list(self.routes)

    @property
    def client(self) -> Any:
        """Return the API client; raises RuntimeError outside the lifespan."""
        try:
            return self.state.client
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
            if CHECKED not in scope and (refusal := _misreadable(scope)):
                await refuse(scope, send, refusal)
                return
            scope["path"] = path_as_sent(scope)
            if scope.get("root_path"):
                scope["root_path"] = encoded_prefix(scope)
        if scope["type"] != "lifespan":
            scope[OWN_PAGES] = self._pages
            for guard in self._guards:
                outcome = guard(scope)
                if outcome and (refusal := await settled(outcome)):
                    await refuse(scope, send, refusal, self._credential)
                    return
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Build the way from the guards to the routes, before the first request."""
        is_extended = self.user_middleware or self.exception_handlers
        if is_extended or self.routes != self._own_routes:
            return super().build_middleware_stack()
        return self.router


def _misreadable(scope: Mapping[str, Any]) -> CallError | None:
    """Return the refusal of a request whose faults other servers may not check."""
    headers = scope["headers"]
    refusal = refusal_for_any_server(headers, [name for name, _ in headers])
    if refusal is None:
        return None
    return CallError(refusal.status, refusal.status.phrase, refusal.detail)
