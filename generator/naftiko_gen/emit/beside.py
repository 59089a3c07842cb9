"""Work that is done beside other work, in a forked process."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """Work that begins at once in another process, if there is a processor for it.

    Its result is pickled. Without such a process, or if that fails, `result` does the
    work itself, so that an exception arises where the result is asked for.
    """

    def __init__(self, work: Callable[[], T], *, is_worthwhile: bool) -> None:
        self._work = work
        self._process = _start(work) if is_worthwhile else None

    def result(self) -> T:
        """Return the result, after waiting for it."""
        content = self._process.output() if self._process else b""
        if not content:
            return self._work()
        result: T = pickle.loads(content)  # noqa: S301  (from this program itself)
        return result


@dataclass(frozen=True)
class _Process:
    """A forked process that writes the pickled result of some work to a pipe."""

    identity: int
    source: int

    def output(self) -> bytes:
        """Return its output; nothing if it has failed."""
        with os.fdopen(self.source, "rb") as source:
            content = source.read()
        _, status = os.waitpid(self.identity, 0)
        return content if status == 0 else b""


def _start(work: Callable[[], object]) -> _Process | None:
    """Fork a process for the work; return None where that can't be done."""
    if sys.platform == "win32" or not _can_fork():
        return None
    source, target = os.pipe()
    try:
        identity = os.fork()
    except OSError:  # too many processes, or too little memory
        os.close(source)
        os.close(target)
        return None
    if identity == 0:
        os.close(source)
        _write_and_exit(work, target)
    os.close(target)
    return _Process(identity, source)


def _can_fork() -> bool:
    """Return whether forking is safe, and there is a second processor."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1


def _write_and_exit(work: Callable[[], object], target: int) -> None:
    """Write the result, and end without the clean-up of the process that forked."""
    status = 1
    try:
        with os.fdopen(target, "wb") as file:
            pickle.dump(work(), file)
        status = 0
    finally:
        os._exit(status)
