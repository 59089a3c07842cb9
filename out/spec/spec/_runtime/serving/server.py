"""The HTTP server of an adapter."""

import asyncio
import contextlib
import logging
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from ..errors import StartError
from ..observing.calls import LATEST_REFUSAL
from ..settings import Environment, Variables, whole_number
from .capacity import Capacity, Rates, Turnover
from .connection import Configuration, Connection, configure
from .program import State
from .sockets import accept_all, duplicates, refuse_connections

LOG = logging.getLogger(__name__)
# uvicorn ticks ten times a second.
TICK_SECONDS = 0.1
LOOK_TICKS = 20
# So long after the refusal of a call, a worker isn't ready for more.
REFUSED_SECONDS = 1.0
FILES = 65_536
# Connections of supervisors, which are served while the others are at their limit; one
# more ends the oldest.
SUPERVISORS = 100
# A byte for each worker, in the pipe that tells it to stop without notice.
URGENT = b"!"


def stop_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that let calls finish: SIGTERM, and that of a lost terminal.

    The latter is ignored if the process was started so, as by `nohup`. Windows has
    another for it.
    """
    if sys.platform == "win32":
        return (signal.SIGTERM, signal.SIGBREAK)
    is_ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return (signal.SIGTERM,) if is_ignored else (signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """Limits on the clients of a process; times are in seconds.

    A connection may be idle for `keep_alive`. After SIGTERM, a server accepts
    connections for `notice`, and then lets calls finish for `grace`.
    """

    connections: int = 15_000
    keep_alive: int = 75
    notice: int = 1
    grace: float = 30.0


def read_client_limits(env: Environment, prefix: str, grace: float) -> ClientLimits:
    """Read the limits on clients; raises SettingsError."""
    default = ClientLimits()
    with Variables(env) as variables:

        def read(name: str, usual: int, low: int, high: int) -> int:
            return variables.read(0, whole_number, name, usual, low, high)

        return ClientLimits(
            read(f"{prefix}_MAX_CONNECTIONS", default.connections, 1, 1_000_000),
            read(f"{prefix}_KEEP_ALIVE", default.keep_alive, 1, 3600),
            read(f"{prefix}_STOP_NOTICE", default.notice, 0, 3600),
            grace,
        )


@dataclass(frozen=True, slots=True)
class Served:
    """An application and the socket that it listens on."""

    app: ASGIApp
    socket: socket.socket
    is_last: bool = False
    """Whether it is served until all others have finished."""


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, on uvloop if it is installed."""
    _allow_files()
    open_loop = uvicorn.Config(app="", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=open_loop) as runner:
        runner.run(main)


async def serve(
    served: list[Served],
    limits: ClientLimits,
    state: State,
    lifeline: int | None = None,
) -> None:
    """Serve until SIGINT or another signal to stop, then let calls finish.

    SIGINT gives clients no notice, and ends all calls if the servers stop already. With
    `lifeline`, a pipe, serve until its other end is closed instead. All applications
    share the limits on connections and held bytes. Raises StartError if an application
    could not start.
    """
    capacity = Capacity(limits.connections)

    def tell() -> None:
        refused = time.monotonic() - LATEST_REFUSAL[0] < REFUSED_SECONDS
        state.tell(is_refusing=capacity.is_full or refused)

    servers = [
        _Server(
            one.app, Turnover(SUPERVISORS) if one.is_last else capacity, limits, tell
        )
        for one in served
    ]
    # The parent of workers tells that all of them stop.
    stop_all = state.board.stop if lifeline is None else _keep_others
    group = _Group(served, servers, stop_all, limits.notice)
    state.follow(servers)
    _follow_signals(group, lifeline)
    await group.run()
    if not all(server.started for server in servers):
        raise StartError("an application could not start; the log says why")


def _follow_signals(group: "_Group", lifeline: int | None) -> None:
    """Stop the servers at a signal, or at the end of the pipe if there is one."""
    loop = asyncio.get_running_loop()
    if lifeline is not None:
        loop.add_reader(lifeline, group.finish, lifeline)
        return
    _follow_signal(loop, signal.SIGINT, group.interrupt)
    for number in stop_signals():
        _follow_signal(loop, number, group.stop)


def _follow_signal(
    loop: asyncio.AbstractEventLoop, number: signal.Signals, follow: Callable[[], None]
) -> None:
    try:
        loop.add_signal_handler(number, follow)
    except NotImplementedError:  # the loops of Windows; a signal wakes them up
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(follow))


def _keep_others() -> None:
    """Let the other workers go on."""


def _allow_files() -> None:
    """Raise the limit on open files, and so on connections.

    The default limit, often 1,024, is reached by 500 calls or fewer.
    """
    if sys.platform == "win32":  # has no such limit
        return
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    if 0 <= allowed < wanted:
        # Some systems refuse the limit that they report.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


class _Server(uvicorn.Server):
    """A server that ends slow connections, and leaves signals to `serve`.

    `tell` is called ten times a second while it runs.
    """

    config: Configuration

    def __init__(
        self,
        app: ASGIApp,
        capacity: Capacity,
        limits: ClientLimits,
        tell: Callable[[], None],
    ) -> None:
        super().__init__(configure(app, capacity, limits.keep_alive))
        self._grace = limits.grace
        self._tell = tell
        self._rates = Rates()

    def drain(self, idle_seconds: int) -> None:
        """End each connection after its last response, or if it is idle for so long."""
        self.config.is_draining = True
        self.config.timeout_keep_alive = idle_seconds
        for connection in self._connections():
            connection.drain()

    async def on_tick(self, counter: int) -> bool:
        self._tell()
        if counter % LOOK_TICKS == 0:
            self._rates.enforce(self._connections(), time.monotonic())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let calls finish, and cancel those that take too long."""
        await self._stop_listening(sockets or [])
        if not self.config.is_draining:
            self.drain(0)
        await self._finish()
        # uvicorn would leave tasks to the end of the loop, which logs them.
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.lifespan.shutdown()

    async def _stop_listening(self, sockets: list[socket.socket]) -> None:
        """Accept the connections that clients have opened, and no others.

        When a socket is closed, the kernel resets connections that nobody has accepted.
        """
        for bound in sockets[:1]:  # the others are its duplicates
            refuse_connections(bound)
            await asyncio.sleep(TICK_SECONDS)
            for accepted in accept_all(bound):
                await self._serve_connection(accepted)
        for server in self.servers:
            server.close()
        for bound in sockets:
            bound.close()

    async def _serve_connection(self, accepted: socket.socket) -> None:
        def create() -> Connection:
            state = self.lifespan.state
            return Connection(self.config, self.server_state, state)

        with contextlib.suppress(OSError):  # the client has gone
            await asyncio.get_running_loop().connect_accepted_socket(create, accepted)

    async def _finish(self) -> None:
        """Wait for the end of all connections and calls, as long as they may take."""
        ticks = math.ceil(self._grace / TICK_SECONDS)
        for counter in range(1, ticks + 1):
            is_busy = self.server_state.connections or self.server_state.tasks
            if self.force_exit or not is_busy:
                return
            await asyncio.sleep(TICK_SECONDS)
            await self.on_tick(counter)
        if self.server_state.tasks:
            LOG.warning("calls are cancelled that take over %g s to end", self._grace)

    def _connections(self) -> list[Connection]:
        # All are HTTP connections, because WebSockets are off.
        return list(cast("set[Connection]", self.server_state.connections))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Group:
    """The servers of a process, which end together."""

    def __init__(
        self,
        served: list[Served],
        servers: list[_Server],
        stop_all: Callable[[], None],
        notice: int,
    ) -> None:
        self._stop_all = stop_all
        self._is_stopping = False
        pairs = list(zip(served, servers, strict=True))
        # Servers that end last are like any other if there are no others.
        has_others = not all(one.is_last for one in served)
        self._notice = notice if has_others else 0
        self._last = [pair for pair in pairs if has_others and pair[0].is_last]
        self._first = [pair for pair in pairs if pair not in self._last]

    async def run(self) -> None:
        """Run all servers to their end."""
        last = [self._run(*pair) for pair in self._last]
        await asyncio.gather(self._run_first(), *last)

    def stop(self) -> None:
        """Give clients notice, then ask the first servers to finish.

        Another call changes nothing: service managers may send SIGTERM again.
        """
        self._stop(self._notice)

    def interrupt(self) -> None:
        """Ask the first servers to finish; if they do already, end all at once."""
        if not self._is_stopping:
            self._stop(0)
            return
        for _, server in (*self._first, *self._last):
            server.force_exit = server.should_exit = True

    def finish(self, lifeline: int) -> None:
        """Stop when the other end of a pipe is closed, or has a byte."""
        asyncio.get_running_loop().remove_reader(lifeline)
        if os.read(lifeline, len(URGENT)):
            self.interrupt()
        else:
            self.stop()

    def _stop(self, notice: int) -> None:
        if self._is_stopping:
            return
        self._is_stopping = True
        self._stop_all()
        for _, server in self._first:
            server.drain(notice)
        asyncio.get_running_loop().call_later(notice, self._close)

    def _close(self) -> None:
        for _, server in self._first:
            server.should_exit = True

    async def _run_first(self) -> None:
        await asyncio.gather(*(self._run(*pair) for pair in self._first))
        for _, server in self._last:
            server.should_exit = True

    async def _run(self, served: Served, server: _Server) -> None:
        """Run one server; when it ends or fails to start, stop all others."""
        await server.serve(duplicates(served.socket))
        if not server.should_exit or not server.started:
            self._stop(0)
