"""The Starlette application of a REST adapter, with a short way to its routes."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Scope

from ..errors import CallError
from ..http.guarded import Guarded
from ..http.guards import Guard
from ..http.heads import refusal_for_any_server
from .paths import path_as_sent


class RestApp(Starlette):
    """A Starlette application that checks its requests under any ASGI server.

    First come the guards, then the middleware, then the routes, which handle their own
    errors. Unless its user added middleware, exception handlers or routes, requests go
    straight from the guards to the routes.
    """

    def __init__(
        self,
        routes: Sequence[BaseRoute],
        connect: Callable[[], AbstractAsyncContextManager[Any]],
        guards: Iterable[Guard],
        middleware: Sequence[Middleware] = (),
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
        self._own_routes = list(self.routes)

    def build_middleware_stack(self) -> ASGIApp:
        """Build the way to the routes, before the first request."""
        is_extended = self.user_middleware or self.exception_handlers
        is_plain = not is_extended and self.routes == self._own_routes
        inner = self.router if is_plain else super().build_middleware_stack()
        return _Entrance(inner, (_refuse_misreadable, *self._guards))


class _Entrance(Guarded):
    """Guards in front of routes that are matched with the encoded path.

    So an encoded slash is part of a path variable, not a separator.
    """

    def prepare(self, scope: Scope) -> None:
        scope["path"] = path_as_sent(scope)


def _refuse_misreadable(scope: Mapping[str, Any]) -> CallError | None:
    """Return the refusal of a request whose faults other servers may not check."""
    headers = scope["headers"]
    fields = dict(headers)
    if len(fields) == len(headers) and b"content-encoding" not in fields:
        return None  # most requests
    refusal = refusal_for_any_server(headers, [name for name, _ in headers])
    if refusal is None:
        return None
    return CallError(refusal.status, refusal.status.phrase, refusal.detail)
