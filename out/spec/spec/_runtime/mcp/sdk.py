"""The server and the application of the official SDK, which are imported when needed.

The SDK takes half a second, and most servers never need it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from .offers import Offer

if TYPE_CHECKING:
    from .server import ToolServer

C = TypeVar("C")
P = ParamSpec("P")


def server_factory(create: Callable[P, Offer[C]]) -> Callable[P, "ToolServer[C]"]:
    """Return a function that builds the server of the official SDK for an offer."""

    def create_server(*args: P.args, **options: P.kwargs) -> "ToolServer[C]":
        from .server import ToolServer

        return ToolServer(create(*args, **options))

    return create_server


class SdkApp:
    """ASGI application that serves an offer by the SDK: Streamable HTTP at `/mcp`.

    Its lifespan, which `router` runs, opens the API client.
    """

    def __init__(self, offer: Offer[Any]) -> None:
        self._offer = offer
        self._making: asyncio.Task[ToolServer[Any]] | None = None
        self._started: asyncio.Future[ASGIApp] | None = None
        self.router = Router(lifespan=lambda _: self._lifespan())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; it waits until the SDK is imported."""
        if scope["type"] == "lifespan":
            await self.router(scope, receive, send)
            return
        if not self._offer.is_open:
            raise RuntimeError("enter app.router.lifespan_context(app)")
        app = await self._app()
        await app(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        self._making = self._started = None
        self._ended = asyncio.Event()
        async with self._offer.opened(), asyncio.TaskGroup() as self._tasks:
            try:
                yield
            finally:
                self._ended.set()

    async def _app(self) -> ASGIApp:
        """Return the application of the SDK, started once."""
        if self._making is None or _has_failed(self._making):
            making = asyncio.to_thread(_server, self._offer)
            self._making = asyncio.create_task(making)
        # A request that is cancelled mustn't cancel this for others.
        server = await asyncio.shield(self._making)
        if self._started is None:
            self._started = asyncio.get_running_loop().create_future()
            self._tasks.create_task(self._serve(server, self._started))
        return await asyncio.shield(self._started)

    async def _serve(
        self, server: "ToolServer[Any]", started: "asyncio.Future[ASGIApp]"
    ) -> None:
        """Run the application of the SDK until the end of the lifespan."""
        app = server.http_app()
        async with server.session_manager.run():
            started.set_result(app)
            await self._ended.wait()


def _has_failed(making: "asyncio.Task[Any]") -> bool:
    if not making.done():
        return False
    return making.cancelled() or making.exception() is not None


def _server(offer: Offer[Any]) -> "ToolServer[Any]":
    from .server import ToolServer

    server = ToolServer(offer)
    server.observe_calls()
    return server
