"""Scripts in processes of their own, with limits on time, memory and output."""

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from threading import Lock, Timer
from typing import Any

from ..errors import CallError, NaftikoError, SettingsError
from ..settings import whole_number
from ..upstream.requests import until_left
from ..values import json_bytes, parse
from .worker import DIRECTORY

MEMORY = 512 * 1024 * 1024
OUTPUT = 4 * 1024 * 1024
START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from outputs.worker import main; sys.path.pop(); main()"
)
# Isolated from the environment, the working directory and installed packages.
COMMAND = (sys.executable, "-I", "-S", "-B", "-c", START, str(DIRECTORY.parent))

LOG = logging.getLogger(__name__)
CONFINED = "1"
UNCONFINED = "unconfined"
# Further scripts would wait for longer than a call may take.
MOST = 256
FAULT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
"""The name of a class of exceptions."""
BUSY = CallError(503, "Service Unavailable", "too many scripts are run", 1)


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
            process = self._process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,
            )
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
                if sys.platform == "win32":
                    process.kill()
                    return
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


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


@dataclass(frozen=True)
class Script:
    """A script of the package, after the files that it depends on.

    The files are in the package of `module`. `switch` is the environment variable that
    permits scripts: 1, or `unconfined` where the system can't keep them from files and
    networks. The variable with `_AT_ONCE` behind it limits how many run at a time, by
    default as many as there are processors. `seconds` is the time that a run may take.
    `is_enabled` is whether the spec lets it run.
    """

    module: str
    files: tuple[str, ...]
    switch: str
    seconds: float = field(default=60.0, kw_only=True)
    is_enabled: bool = field(default=True, kw_only=True)

    async def run(self, context: Mapping[str, Any]) -> Any:
        """Return the value of `result` after a run; raises CallError.

        The script runs in a process of its own, which is ended when it takes too long
        or when nobody waits for it any more.
        """
        is_confined = self._is_confined()
        job = Job(
            _sources(self.module, self.files),
            context,
            seconds=self.seconds,
            is_confined=is_confined,
        )
        with _Run():
            try:
                loop = asyncio.get_running_loop()
                running = loop.run_in_executor(self._threads(), job.run)
                answer = await until_left(running)
            except UnconfinedError as error:
                raise self._refusal(error) from None
            except ValueError as error:
                raise self._failure(str(error)) from None
            finally:
                job.end()
        return self._result(answer)

    def _is_confined(self) -> bool:
        """Return whether the process is confined; raises CallError without a permit."""
        if not self.is_enabled:
            raise CallError(503, "Service Unavailable", "the spec turns scripts off")
        if sys.platform == "win32":
            detail = "scripts can't be limited on Windows: they need Linux or macOS"
            raise CallError(503, "Service Unavailable", detail)
        value = os.environ.get(self.switch, "")
        if value not in (CONFINED, UNCONFINED):
            detail = f"scripts are off: set {self.switch}=1 to run those of the package"
            raise CallError(503, "Service Unavailable", detail)
        return value == CONFINED

    def _threads(self) -> ThreadPoolExecutor:
        """Return the threads that wait for processes; raises CallError."""
        try:
            return _threads(
                whole_number(
                    os.environ, f"{self.switch}_AT_ONCE", _processors(), 1, 256
                )
            )
        except SettingsError as error:
            raise CallError(503, "Service Unavailable", str(error)) from None

    def _result(self, answer: Mapping[str, Any]) -> Any:
        if "result" in answer:
            return answer["result"]
        raise self._failure(self._fault(answer))

    def _fault(self, answer: Mapping[str, Any]) -> str:
        """Describe a fault for the log, if it is one: scripts can write any answer."""
        match answer:
            case {"fault": str() as kind, "file": str() as file, "line": int() as line}:
                is_known, place = file in self.files, f" in line {line} of {file}"
            case {"fault": str() as kind}:
                is_known, place = True, ""
            case _:
                is_known, kind, place = False, "", ""
        if is_known and FAULT.fullmatch(kind):
            return f"{kind}{place}"
        return "it has no result"

    def _refusal(self, reason: UnconfinedError) -> CallError:
        LOG.error("a script can't be confined: %s", reason)
        detail = f"scripts can't be confined here; see {self.switch} in the README"
        return CallError(503, "Service Unavailable", detail)

    def _failure(self, reason: str) -> CallError:
        LOG.error("the script %s failed: %s", self.files[-1], reason)
        detail = f"the script {self.files[-1]} failed; the log says where"
        return CallError(500, "Internal Server Error", detail)


class _Run:
    """A run that counts while it waits or lasts; raises CallError beyond `MOST`."""

    count = 0

    def __enter__(self) -> None:
        if _Run.count >= MOST:
            raise BUSY
        _Run.count += 1

    def __exit__(self, *_: object) -> None:
        _Run.count -= 1


@cache
def _threads(count: int) -> ThreadPoolExecutor:
    """Return the threads that wait for processes."""
    return ThreadPoolExecutor(count, "script")


def _processors() -> int:
    """Return the number of processors that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _sources(module: str, names: tuple[str, ...]) -> Mapping[str, str]:
    """Return the texts of scripts, which are files beside a module."""
    directory = files(module.rpartition(".")[0])
    return {
        name: directory.joinpath(f"{name}.txt").read_text("utf-8") for name in names
    }
