"""Work that is done beside other work, in a forked process."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """Work that begins at once in another process, if there is a processor for it.

    Its result is pickled. Without such a process, or if that fails, `result` does the
    work itself, so that an exception arises where the result is asked for.
    """

    def __init__(self, work: Callable[[], T], *, is_worthwhile: bool) -> None:
        self._work = work
        self._process = _Process(work) if is_worthwhile and _can_fork() else None

    def result(self) -> T:
        """Return the result, after waiting for it."""
        content = self._process.output() if self._process else b""
        if not content:
            return self._work()
        result: T = pickle.loads(content)  # noqa: S301  (from this program itself)
        return result


class _Process:
    """A forked process that writes the pickled result of some work to a pipe."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._source, target = os.pipe()
        self._id = _fork()
        if self._id == 0:
            os.close(self._source)
            _write_and_exit(work, target)
        os.close(target)

    def output(self) -> bytes:
        """Return its output; nothing if it has failed."""
        with os.fdopen(self._source, "rb") as source:
            content = source.read()
        _, status = os.waitpid(self._id, 0)
        return content if status == 0 else b""


def _write_and_exit(work: Callable[[], object], target: int) -> None:
    """Write the result, and end without the clean-up of the process that forked."""
    status = 1
    try:
        with os.fdopen(target, "wb") as file:
            pickle.dump(work(), file)
        status = 0
    finally:
        os._exit(status)


def _fork() -> int:
    if sys.platform == "win32":
        raise NotImplementedError
    return os.fork()


def _can_fork() -> bool:
    """Return whether forking is safe, and there is a second processor."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1
