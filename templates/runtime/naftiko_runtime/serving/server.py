"""The servers of a process, their sockets, and the workers of a package."""

import asyncio
import contextlib
import gc
import logging
import math
import multiprocessing
import os
import signal
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from ..errors import StartError
from ..observing.calls import LATEST_REFUSAL
from ..settings import Environment, Listener, Variables, whole_number
from .capacity import Capacity, Rates, Turnover
from .connection import Configuration, Connection, configure
from .program import Board, State, WorkerState

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
COULD_NOT_START = 3
"""The exit code of a worker that could not start."""
LOOP_SECONDS = 10.0
"""Workers that end as often as a few times in so many seconds aren't replaced."""
Work = Callable[[int], None]
# Connections that uvloop accepts in each iteration of the event loop.
CROWD = 4
# Instructions of the kernel's packet filter (linux/bpf_common.h).
LOAD_BYTE = 0x30
JUMP_IF_BITS = 0x45
RETURN = 0x06
# Offset and bit of the flag by which a segment opens a connection (RFC 9293).
FLAGS = 13
SYN = 0x02
ALL = 0xFFFFFFFF
SO_ATTACH_FILTER = 26

_PROGRAM = (
    (LOAD_BYTE, 0, 0, FLAGS),
    (JUMP_IF_BITS, 0, 1, SYN),
    (RETURN, 0, 0, 0),
    (RETURN, 0, 0, ALL),
)


def look_up(listener: Listener, source: str) -> None:
    """Look up the host; raises StartError, which names `source` instead of the host."""
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
    """Bind and listen; return the socket, and the listener with its actual port.

    Raises StartError if the port is in use or the host isn't one of this machine. The
    message names the variables that set port and host, and ends with `advice`.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            listener.host, listener.port, type=socket.SOCK_STREAM
        )[0]
        bound = socket.socket(family, kind)
        # Nobody else may take the port while this process has it. One whose last
        # connections are ending is free; Windows has another option for that.
        if sys.platform == "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Listen at once: another process could still take a port that is only bound.
        bound.listen(2048)
        # Duplicates share this mode, so set it before any worker accepts connections.
        bound.setblocking(False)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no such host"
        raise StartError(
            f"can't listen on port {listener.port} ({variables}_PORT) of "
            f"{listener.host} ({variables}_HOST): {reason}; {advice}"
        ) from None
    return bound, replace(listener, port=bound.getsockname()[1])


def accept_all(bound: socket.socket) -> Iterator[socket.socket]:
    """Accept the connections that wait for it."""
    while True:
        try:
            connection, _ = bound.accept()
        except BlockingIOError:
            return
        connection.setblocking(False)
        yield connection


def duplicates(bound: socket.socket) -> list[socket.socket]:
    """Duplicate the listening socket, so that uvloop accepts more connections at once.

    uvloop accepts one connection per listening socket in each iteration, and also
    serves the open connections in it. With one socket, the last of many new clients
    would wait until the first have had many responses.
    """
    if isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop):
        return [bound]  # the standard library's loops accept all connections at once
    return [bound, *(bound.dup() for _ in range(CROWD - 1))]


def refuse_connections(bound: socket.socket) -> None:
    """Let a listening socket ignore new clients, also in other processes (Linux).

    Clients repeat their first segment after a second, and are refused if the socket is
    closed by then. Connections that are being opened aren't affected.
    """
    if sys.platform != "linux":
        return
    import ctypes  # only the end of a process needs it

    instructions = b"".join(struct.pack("=HBBI", *line) for line in _PROGRAM)
    memory = ctypes.create_string_buffer(instructions)
    program = struct.pack("@HP", len(_PROGRAM), ctypes.addressof(memory))
    # Some sandboxes refuse filters.
    with contextlib.suppress(OSError):
        bound.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


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
    rows = (
        (f"{prefix}_MAX_CONNECTIONS", default.connections, 1, 1_000_000),
        (f"{prefix}_KEEP_ALIVE", default.keep_alive, 1, 3600),
        (f"{prefix}_STOP_NOTICE", default.notice, 0, 3600),
    )
    with Variables(env) as variables:
        connections, keep_alive, notice = (
            variables.read(0, whole_number, *row) for row in rows
        )
        return ClientLimits(connections, keep_alive, notice, grace)


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
    items: list[Served],
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
        is_refusing = time.monotonic() - LATEST_REFUSAL[0] < REFUSED_SECONDS
        state.tell(is_refusing=capacity.is_full or is_refusing)

    servers = [
        _Server(
            item.app, Turnover(SUPERVISORS) if item.is_last else capacity, limits, tell
        )
        for item in items
    ]
    # The parent of workers tells that all of them stop; one lets the others go on.
    stop_all = state.board.stop if lifeline is None else lambda: None
    group = _Group(items, servers, stop_all, limits.notice)
    state.servers = servers
    loop = asyncio.get_running_loop()
    if lifeline is not None:
        loop.add_reader(lifeline, group.finish, lifeline)
    else:
        follow = dict.fromkeys(stop_signals(), group.stop)
        for number, end in {**follow, signal.SIGINT: group.interrupt}.items():
            follow_signal(loop, number, end)
    await group.run()
    if not all(server.started for server in servers):
        raise StartError("an application could not start; the log says why")


def follow_signal(
    loop: asyncio.AbstractEventLoop, number: signal.Signals, end: Callable[[], None]
) -> None:
    """Call a function of the event loop when a signal comes."""
    try:
        loop.add_signal_handler(number, end)
    except NotImplementedError:  # the loops of Windows; a signal wakes them up
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(end))


def _allow_files() -> None:
    """Raise the limit on open files, and so on connections.

    The default limit, often 1,024, is reached by 500 calls or fewer.
    """
    if sys.platform == "win32":  # has no such limit
        return
    import resource

    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    if 0 <= limit < wanted:
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
            for connection in accept_all(bound):
                await self._serve_connection(connection)
        for server in self.servers:
            server.close()
        for bound in sockets:
            bound.close()

    async def _serve_connection(self, connection: socket.socket) -> None:
        state = self.server_state, self.lifespan.state
        create = partial(Connection, self.config, *state)
        with contextlib.suppress(OSError):  # the client has gone
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(create, connection)

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
        items: list[Served],
        servers: list[_Server],
        stop_all: Callable[[], None],
        notice: int,
    ) -> None:
        self._stop_all = stop_all
        self._is_stopping = False
        pairs = list(zip(items, servers, strict=True))
        # Servers that end last are like any other if there are no others.
        has_others = not all(item.is_last for item in items)
        self._notice = notice if has_others else 0
        self._last = [pair for pair in pairs if has_others and pair[0].is_last]
        self._first = [pair for pair in pairs if pair not in self._last]

    async def run(self) -> None:
        """Run all servers to their end."""

        async def run_first() -> None:
            await asyncio.gather(*(self._run(*pair) for pair in self._first))
            _end(self._last)

        await asyncio.gather(run_first(), *(self._run(*pair) for pair in self._last))

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
        _end([*self._first, *self._last])
        for _, server in (*self._first, *self._last):
            server.force_exit = True

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
        asyncio.get_running_loop().call_later(notice, _end, self._first)

    async def _run(self, item: Served, server: _Server) -> None:
        """Run a server; when it ends or fails to start, stop all others."""
        await server.serve(duplicates(item.socket))
        if not server.should_exit or not server.started:
            self._stop(0)


def _end(pairs: Iterable[tuple[Served, _Server]]) -> None:
    """Ask servers to close their sockets, and to let calls finish."""
    for _, server in pairs:
        server.should_exit = True


# --- workers --------------------------------------------------------------------------


def supervise(
    jobs: Sequence[Work],
    sockets: list[socket.socket],
    board: Board,
    last: Sequence[Work],
    forget: Callable[[int], None],
) -> None:
    """Keep a process for each job running until a signal to stop, then let it finish.

    Each job gets a pipe and has to finish when its other end is closed, which happens
    even if this process is killed; after SIGINT it finds a byte in it. Those of `last`
    finish after the others. `forget` is called with the place of each process that is
    replaced. SIGINT while they finish kills the processes. Raises StartError if one
    could not start or if they keep ending.
    """
    _block_signals()
    # A garbage collection in a worker would copy all the shared memory that it visits.
    gc.collect()
    gc.freeze()
    pipes = os.pipe(), os.pipe()
    other_ends = [other_end for _, other_end in pipes]
    starts = [
        partial(_start, job, lifeline, other_ends)
        for (lifeline, _), group in zip(pipes, (jobs, last), strict=True)
        for job in group
    ]
    processes = [start() for start in starts]
    try:
        if _replace_ended(processes, starts, board, forget) == signal.SIGINT:
            os.write(other_ends[0], URGENT * len(jobs))
    finally:
        board.stop()
        os.close(other_ends[0])
        for listening in sockets:
            listening.close()
        _wait(processes[: len(jobs)])
        os.close(other_ends[1])
        _wait(processes[len(jobs) :])


def _block_signals() -> None:
    """Keep the signals of this process for `_next_signal`."""
    if sys.platform == "win32":
        raise StartError("this system can't fork processes: leave --workers out")
    # Some systems drop a signal without a handler, even if it is blocked.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signals = (signal.SIGINT, *stop_signals(), signal.SIGCHLD)
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)


def _next_signal() -> int | None:
    """Wait for a signal to stop, or the end of a process, which is None."""
    if sys.platform == "win32":
        return None
    number = signal.sigwait((signal.SIGINT, *stop_signals(), signal.SIGCHLD))
    return None if number == signal.SIGCHLD else number


def _start(work: Work, lifeline: int, other_ends: Sequence[int]) -> BaseProcess:
    # Forked workers share memory and import nothing again. Forking is safe, on macOS
    # too, because this process has neither an event loop nor connections. Its only
    # thread may be that of the log, which a fork doesn't copy.
    if sys.platform == "win32":
        raise NotImplementedError("this system can't fork processes")
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=_run, args=(work, lifeline, other_ends))
    process.start()
    return process


def _run(work: Work, lifeline: int, other_ends: Sequence[int]) -> None:
    # A pipe ends when no process has its other end open. Signals remain blocked:
    # terminals and service managers send them to every process, so with the end of the
    # pipe, a worker would take the first signal for two.
    for other_end in other_ends:
        os.close(other_end)
    try:
        work(lifeline)
    except StartError:
        sys.exit(COULD_NOT_START)
    finally:
        # A forked process ends without calling the functions registered with `atexit`.
        logging.shutdown()


def _replace_ended(
    processes: list[BaseProcess],
    starts: Sequence[Callable[[], BaseProcess]],
    board: Board,
    forget: Callable[[int], None],
) -> int:
    """Replace processes that end; return the first signal to stop."""
    most = 3 * len(processes)
    ends = deque([-math.inf] * most, maxlen=most)
    while (number := _next_signal()) is None:
        for place, process in enumerate(processes):
            if process.exitcode is None:
                continue
            ends.append(time.monotonic())
            if process.exitcode == COULD_NOT_START:
                raise StartError("a worker could not start; the log says why")
            if ends[-1] - ends[0] < LOOP_SECONDS:
                raise StartError("the workers keep ending; the log says why")
            forget(place)
            if place < board.workers:
                board.note(place, WorkerState.REPLACED)
            processes[place] = starts[place]()
            LOG.warning("a worker ended (%s): another starts", process.exitcode)
    return number


def _wait(workers: list[BaseProcess]) -> None:
    while any(worker.exitcode is None for worker in workers):
        if _next_signal() == signal.SIGINT:
            for worker in workers:
                worker.kill()
