"""Work that is done beside other work, in a forked process."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import connection, get_context
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """Work that begins at once in another process, if there is a processor for it.

    Its result is pickled. Without such a process, or if that fails, `result` does the
    work itself, so that an exception arises where the result is asked for.
    """

    def __init__(self, work: Callable[[], T], *, is_worthwhile: bool) -> None:
        self._work = work
        self._source: connection.Connection | None = None
        if is_worthwhile and _can_fork():
            with suppress(OSError):
                self._source = _begin(work)

    def result(self) -> T:
        """Return the result, after waiting for it."""
        if self._source is not None:
            with suppress(EOFError):
                result: T = self._source.recv()
                return result
        return self._work()


def _begin(work: Callable[[], object]) -> connection.Connection:
    if sys.platform == "win32":
        raise OSError("this system can't fork")
    context = get_context("fork")
    source, target = context.Pipe(duplex=False)
    process = context.Process(target=_send_result, args=(work, target), daemon=True)
    process.start()
    target.close()
    return source


def _send_result(work: Callable[[], object], target: connection.Connection) -> None:
    # The process that waits does the work itself, and raises the exception.
    with suppress(Exception):
        target.send(work())


def _can_fork() -> bool:
    """Return whether forking is safe, and there is a second processor."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1
