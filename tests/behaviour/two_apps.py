"""A user's program that serves two packages: `two_apps.py serve WAY MODULE…`.

With the way `mounted`, one application has all adapters, at `/books/rest` and so on.
With `gathered`, each adapter has a port of its own in one event loop.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from importlib import import_module
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp


def applications(modules: list[str]) -> dict[str, Any]:
    """Create the application of each adapter, with the settings of the environment."""
    return {
        f"{module.rpartition('.')[2]}-{adapter}": create()
        for module in modules
        for adapter, create in factories(module)
    }


def factories(module: str) -> Iterator[tuple[str, Any]]:
    yield "rest", import_module(f"{module}.rest").create_app
    yield "mcp", import_module(f"{module}.mcp_server").create_http_app


def mount_all(apps: Mapping[str, Any]) -> Starlette:
    """Return an application with all of them below prefixes, and their lifespans."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    routes = [Mount(f"/{name.replace('-', '/')}", app) for name, app in apps.items()]
    return Starlette(routes=routes, lifespan=lifespan)


async def serve(apps: Mapping[str, ASGIApp]) -> None:
    """Serve each application on a port of its own, until a signal."""
    async with asyncio.TaskGroup() as tasks:
        for name, app in apps.items():
            listening = socket.create_server(("127.0.0.1", 0))
            port = listening.getsockname()[1]
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
            tasks.create_task(server.serve([listening]))
            print(f"{name} listens on http://127.0.0.1:{port}", flush=True)


def main() -> None:
    _, way, *modules = sys.argv[1:]
    apps = applications(modules)
    # uvicorn raises it again, after the servers have ended.
    with suppress(KeyboardInterrupt):
        asyncio.run(serve({"host": mount_all(apps)} if way == "mounted" else apps))


if __name__ == "__main__":
    main()
