"""The processes that share a package's sockets; Windows, which can't fork, has none."""

import gc
import logging
import math
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.process import BaseProcess

from ..errors import StartError
from .board import Board, WorkerState
from .server import URGENT, stop_signals

if sys.platform == "win32":
    raise ImportError("processes can't be forked")

Work = Callable[[int], None]
LOG = logging.getLogger(__name__)
COULD_NOT_START = 3
LOOP_SECONDS = 10.0


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
    _prepare_forks()
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
        _finish(processes, len(jobs), other_ends, sockets)


def _prepare_forks() -> None:
    # Some systems drop a signal without a handler, even if it is blocked.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, _watched())
    # A garbage collection in a worker would copy all the shared memory that it visits.
    gc.collect()
    gc.freeze()


def _finish(
    processes: list[BaseProcess],
    jobs: int,
    other_ends: Sequence[int],
    sockets: list[socket.socket],
) -> None:
    """Let the processes of the jobs finish, then the others."""
    os.close(other_ends[0])
    for one in sockets:
        one.close()
    _wait(processes[:jobs])
    os.close(other_ends[1])
    _wait(processes[jobs:])


def _watched() -> tuple[signal.Signals, ...]:
    """Return the signals of the parent."""
    return (signal.SIGINT, *stop_signals(), signal.SIGCHLD)


def _start(work: Work, lifeline: int, other_ends: Sequence[int]) -> BaseProcess:
    # Forked workers share memory and import nothing again. Forking is safe, on macOS
    # too, because this process has neither an event loop nor connections. Its only
    # thread may be that of the log, which a fork doesn't copy.
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
    while (number := signal.sigwait(_watched())) == signal.SIGCHLD:
        for place, process in enumerate(processes):
            if process.exitcode is not None:
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
        if signal.sigwait(_watched()) == signal.SIGINT:
            for worker in workers:
                worker.kill()
