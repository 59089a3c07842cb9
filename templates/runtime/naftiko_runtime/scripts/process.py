"""Runs scripts in processes of their own, with limits on time, memory and output."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock, Timer
from typing import Any

from ..errors import NaftikoError
from ..json import json_bytes, parse
from .worker import DIRECTORY

MEMORY = 512 * 1024 * 1024
OUTPUT = 4 * 1024 * 1024
START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from scripts.worker import main; sys.path.pop(); main()"
)
# Isolated from the environment, the working directory and installed packages.
COMMAND = (sys.executable, "-I", "-S", "-B", "-c", START, str(DIRECTORY.parent))


class UnconfinedError(NaftikoError, ValueError):
    """The system can't confine the process; the message says why."""


class Job:
    """A run of scripts in a process of its own, which another thread may end."""

    def __init__(
        self,
        scripts: Mapping[str, str],
        context: Mapping[str, Any],
        *,
        seconds: float,
        is_confined: bool,
    ) -> None:
        self._request = {
            "scripts": scripts,
            "context": context,
            "seconds": seconds,
            "memory": MEMORY,
            "parent": os.getpid(),
            "is_confined": is_confined,
        }
        self._seconds = seconds
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ended = False

    def run(self) -> Mapping[str, Any]:
        """Wait for the answer of the process; raises ValueError if it has none.

        Raises UnconfinedError if no script has run, as it couldn't be confined.
        """
        with self._lock:
            if self._is_ended:
                raise ValueError("it was ended before its start")
            process = self._process = _start()
        timer = Timer(self._seconds, self.end)
        timer.daemon = True
        timer.start()
        try:
            return _answer(process, json_bytes(self._request))
        finally:
            timer.cancel()
            self.end()
            _stream(process.stdout).close()
            process.wait()

    def end(self) -> None:
        """End the process, and those that it started."""
        with self._lock:
            self._is_ended = True
            process = self._process
            # Until it is waited for, no other process has its id.
            if process is not None and process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    )


def _answer(process: subprocess.Popen[bytes], request: bytes) -> Mapping[str, Any]:
    with suppress(BrokenPipeError):
        _stream(process.stdin).write(request)
        _stream(process.stdin).close()
    output = _stream(process.stdout).read(OUTPUT + 1)
    if len(output) > OUTPUT:
        raise ValueError("its result is too large")
    confinement, _, answer = output.partition(b"\n")
    if confinement and (reason := parse(confinement)):
        raise UnconfinedError(reason)
    match parse(answer) if answer else None:
        case dict() as members:
            return members
        case _:
            raise ValueError("it took too much time or memory")


def _stream(stream: Any) -> Any:
    if stream is None:
        raise TypeError("the process has no pipe")
    return stream
