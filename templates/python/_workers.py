"""Worker processes: the same work in each, on sockets that they share."""

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

from ._serve import StartError

Work = Callable[[int], None]

LOGGER = logging.getLogger(__name__)
# Forked, so that memory is shared and nothing is imported twice. It is safe, on macOS
# too, because this process has neither an event loop nor connections, and of threads
# at most the one that writes its log, of which a fork keeps nothing.
FORK = multiprocessing.get_context("fork")
WATCHED = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
COULD_NOT_START = 3
LOOP_SECONDS = 10.0


def supervise(count: int, work: Work, sockets: list[socket.socket]) -> None:
    """Keep `count` workers until SIGINT or SIGTERM, then let them finish.

    A worker has to finish when the pipe that it gets ends, as it does even if this
    process is killed. A second signal ends them at once. Raises StartError if a worker
    could not start or if they keep ending.
    """
    # Some systems drop a signal that has no handler, blocked or not.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    # A collection in a worker would copy all the memory that it looks at.
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
    # The pipe ends when nobody holds its other end. Signals stay blocked: terminals and
    # service managers send them to every process, so that a first would look like two.
    os.close(other_end)
    try:
        work(lifeline)
    except StartError:
        sys.exit(COULD_NOT_START)
    finally:
        # A forked process ends without what was registered to be done at its end.
        logging.shutdown()


def _replace_ended(
    workers: list[BaseProcess], start: Callable[[], BaseProcess]
) -> None:
    """Return at the first signal to stop."""
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
