"""Serving: ports bound first, every application in one process, one way to stop."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from ._capacity import Capacity
from ._connection import Configuration
from ._rates import Connection, Rates
from ._settings import Listener

# uvicorn ticks ten times a second.
LOOK_TICKS = 20
FILES = 65_536
# So many of those who connect at once are taken in each round of the loop.
CROWD = 4


class StartError(Exception):
    """The start is refused; the message is one line that says why."""


@dataclass(frozen=True, slots=True)
class Served:
    """An application and the socket it answers on."""

    app: ASGIApp
    socket: socket.socket


def look_up(listener: Listener, source: str) -> None:
    """Look up the host; raises StartError with the source of its name, not the name."""
    try:
        socket.getaddrinfo(listener.host, listener.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no such host"
        raise StartError(
            f"can't look up the host in {source}: {reason}; name an address or a host "
            "of this machine"
        ) from None


def bind(
    listener: Listener, variables: str, advice: str
) -> tuple[socket.socket, Listener]:
    """Take the port; returns the listener with the port it really got.

    Raises StartError if the port is taken or the host is not this machine's; it names
    the variables that say where to listen, and ends with the advice.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            listener.host, listener.port, type=socket.SOCK_STREAM
        )[0]
        bound = socket.socket(family, kind)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Listening at once: a bound port alone could still be taken by another process.
        bound.listen(2048)
        # To duplicate it sets its mode for all workers, some of which accept already.
        bound.setblocking(False)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no such host"
        raise StartError(
            f"can't listen on port {listener.port} ({variables}_PORT) of "
            f"{listener.host} ({variables}_HOST): {reason}; {advice}"
        ) from None
    port = bound.getsockname()[1]
    return bound, Listener(
        listener.host, port, listener.allowed_hosts, listener.allowed_origins
    )


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, on the fastest event loop that is installed."""
    _allow_files()
    open_loop = uvicorn.Config(app="", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=open_loop) as runner:
        runner.run(main)


async def serve(
    served: list[Served],
    grace: float,
    max_connections: int,
    lifeline: int | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish within `grace` seconds.

    A second signal ends at once. With a pipe, its end is what to wait for instead. All
    applications together have so many connections and hold so many bytes for clients.
    Raises StartError if an application could not start.
    """
    capacity = Capacity(max_connections)
    servers = [_Server(Configuration(one.app, capacity, grace)) for one in served]
    loop = asyncio.get_running_loop()
    if lifeline is None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _stop, servers)
    else:
        loop.add_reader(lifeline, _finish, servers, lifeline)
    pairs = zip(served, servers, strict=True)
    await asyncio.gather(*(_run(one, server, servers) for one, server in pairs))
    if not all(server.started for server in servers):
        raise StartError("an application could not start; the log says why")


def _allow_files() -> None:
    """Allow as many connections as the system lets this process have.

    What systems allow at first, often 1,024, is used up by 500 calls and less.
    """
    # Windows has no such limits, and none of this to import.
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    if 0 <= allowed < wanted:
        # Some systems allow fewer than they say.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


class _Server(uvicorn.Server):
    """Ends slow connections; leaves signals to `serve`, which stops all together."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._rates = Rates()

    async def on_tick(self, counter: int) -> bool:
        if counter % LOOK_TICKS == 0:
            # Connections of another kind would need WebSockets.
            connections = cast("set[Connection]", self.server_state.connections)
            self._rates.enforce(list(connections), time.monotonic())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if self.force_exit:
            # uvicorn would leave all this to the end of the loop, and log it.
            tasks = list(self.server_state.tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.lifespan.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _run(served: Served, server: _Server, servers: list[_Server]) -> None:
    """Run one server; when it ends, for whatever reason, all end."""
    await server.serve(_doors(served.socket))
    if not server.should_exit or not server.started:
        _stop(servers)


def _doors(bound: socket.socket) -> list[socket.socket]:
    """Return a socket as often as the loop has to have it to take in a crowd.

    uvloop takes one connection from each in a round, in which it answers everybody who
    is in already: the last of a crowd would be heard when the first had many answers.
    """
    if isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop):
        return [bound]  # the standard library's loops take all
    return [bound, *(bound.dup() for _ in range(CROWD - 1))]


def _stop(servers: list[_Server]) -> None:
    for server in servers:
        server.force_exit = server.should_exit
        server.should_exit = True


def _finish(servers: list[_Server], lifeline: int) -> None:
    asyncio.get_running_loop().remove_reader(lifeline)
    _stop(servers)
