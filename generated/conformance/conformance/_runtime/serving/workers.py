"""Runs worker processes, which share the listening sockets."""

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
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess

from ..errors import StartError

Work = Callable[[int], None]
LOGGER = logging.getLogger(__name__)
# Forked workers share memory and import nothing again. Forking is safe, on macOS too,
# because this process has neither an event loop nor connections. Its only thread may be
# that of the log, which a fork doesn't copy.
FORK = multiprocessing.get_context("fork")
WATCHED = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
COULD_NOT_START = 3
LOOP_SECONDS = 10.0


def supervise(count: int, work: Work, sockets: list[socket.socket]) -> None:
    """Keep `count` workers running until SIGINT or SIGTERM, then let them finish.

    Each worker gets a pipe and has to finish when its other end is closed, which
    happens even if this process is killed. A second signal kills the workers. Raises
    StartError if a worker could not start or if workers keep ending.
    """
    # Some systems drop a signal without a handler, even if it is blocked.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    # A garbage collection in a worker would copy all the shared memory that it visits.
    gc.collect()
    gc.freeze()
    lifeline, other_end = os.pipe()
    start = partial(_start, work, lifeline, other_end)
    workers = [start() for _ in range(count)]
    try:
        _replace_ended(workers, start)
    finally:
        os.close(other_end)
        for one in sockets:
            one.close()
        _wait(workers)


def _start(work: Work, lifeline: int, other_end: int) -> BaseProcess:
    worker = FORK.Process(target=_run, args=(work, lifeline, other_end))
    worker.start()
    return worker


def _run(work: Work, lifeline: int, other_end: int) -> None:
    # The pipe ends when no process has its other end open. Signals remain blocked:
    # terminals and service managers send them to every process, so with the end of the
    # pipe, a worker would take the first signal for two.
    os.close(other_end)
    try:
        work(lifeline)
    except StartError:
        sys.exit(COULD_NOT_START)
    finally:
        # A forked process ends without calling the functions registered with `atexit`.
        logging.shutdown()


def _replace_ended(
    workers: list[BaseProcess], start: Callable[[], BaseProcess]
) -> None:
    """Replace workers that end; return at the first signal to stop."""
    ends = deque([-math.inf] * 3 * len(workers), maxlen=3 * len(workers))
    while signal.sigwait(WATCHED) == signal.SIGCHLD:
        for place, worker in enumerate(workers):
            if worker.exitcode is not None:
                ends.append(time.monotonic())
                if worker.exitcode == COULD_NOT_START:
                    raise StartError("a worker could not start; the log says why")
                if ends[-1] - ends[0] < LOOP_SECONDS:
                    raise StartError("the workers keep ending; the log says why")
                workers[place] = start()
                LOGGER.warning("a worker ended (%s): another starts", worker.exitcode)


def _wait(workers: list[BaseProcess]) -> None:
    while any(worker.exitcode is None for worker in workers):
        if signal.sigwait(WATCHED) != signal.SIGCHLD:
            for worker in workers:
                worker.kill()
