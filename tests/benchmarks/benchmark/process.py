"""A server process: started on a core, awaited, looked at in /proc, stopped."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE = 0
LOAD_CORE = 1
PATIENCE = 30.0


class StartError(Exception):
    """A server ended, or didn't answer in time; the message holds what it wrote."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a server is started: arguments, variables added, where, on which core."""

    arguments: Sequence[str | Path]
    environment: Mapping[str, str]
    directory: Path
    core: int = SERVER_CORE


class Server:
    """A running server."""

    def __init__(self, command: Command, answers: Callable[[], bool]) -> None:
        """Start it and wait until `answers` says yes."""
        self._log = command.directory / "server.log"
        started = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                pinned(command.core, command.arguments),
                cwd=command.directory,
                env={**os.environ, **command.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._await(answers)
        self.start_seconds = time.perf_counter() - started

    def stop(self) -> None:
        """End the process and wait for it."""
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def cpu_seconds(self) -> float:
        """Return the processor time that its threads have used."""
        tasks = self._proc.glob("task/*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def resident_mebibytes(self) -> float:
        """Return the memory that it holds."""
        pages = int((self._proc / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def _proc(self) -> Path:
        return Path("/proc", str(self._process.pid))

    def _await(self, answers: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StartError(self._log.read_text(encoding="utf-8"))
            time.sleep(0.002)


def pinned(core: int, arguments: Sequence[str | Path]) -> list[str | Path]:
    """Return the arguments that run a command on one core."""
    return ["taskset", "--cpu-list", str(core), *arguments]


def free_port() -> int:
    """Return a port that the system says is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
