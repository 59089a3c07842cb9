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
    """A server ended, or didn't answer in time; the message holds its output."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a server is started: arguments, variables added, where, on which core."""

    arguments: Sequence[str | Path]
    environment: Mapping[str, str]
    directory: Path
    core: int = SERVER_CORE


@dataclass(frozen=True, slots=True)
class Usage:
    """The use of a process: processor time, pages that it was given."""

    cpu_seconds: float
    page_faults: int

    def __sub__(self, earlier: "Usage") -> "Usage":
        return Usage(
            self.cpu_seconds - earlier.cpu_seconds,
            self.page_faults - earlier.page_faults,
        )


class Process:
    """A running process; its output is in `log`, unless `stdout` is a pipe."""

    def __init__(
        self, command: Command, stdin: int | None = None, stdout: int | None = None
    ) -> None:
        """Start it."""
        self.log = command.directory / "server.log"
        self._started = time.perf_counter()
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                pin(command.core, command.arguments),
                cwd=command.directory,
                env={**os.environ, **command.environment},
                stdin=stdin,
                stdout=stdout or log,
                stderr=log,
            )

    def age(self) -> float:
        """Return the seconds since it was started."""
        return time.perf_counter() - self._started

    def stop(self) -> None:
        """End the process and wait for it."""
        self.popen.terminate()
        try:
            self.popen.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        return self.popen.pid

    def usage(self) -> Usage:
        """Return the time that all its threads have used since the start."""
        tasks = self._proc.glob("task/*/schedstat")
        nanoseconds = sum(int(task.read_text().split()[0]) for task in tasks)
        # The program's name, in brackets, may have spaces.
        fields = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return Usage(nanoseconds / 1e9, page_faults=int(fields[7]))

    def peak_mebibytes(self) -> float:
        """Return the most memory that it has held."""
        lines = (self._proc / "status").read_text().splitlines()
        (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
        return int(peak) / 1024

    @property
    def _proc(self) -> Path:
        return Path("/proc", str(self.pid))


class Server(Process):
    """A running server."""

    def __init__(self, command: Command, answers: Callable[[], bool]) -> None:
        """Start it and wait until `answers` says yes, 30 seconds at most."""
        super().__init__(command)
        while not answers():
            if self.popen.poll() is not None or self.age() > PATIENCE:
                self.stop()
                raise StartError(self.log.read_text(encoding="utf-8"))
            time.sleep(0.002)


def pin(core: int, arguments: Sequence[str | Path]) -> list[str | Path]:
    """Return the arguments that run a command on one core."""
    return ["taskset", "--cpu-list", str(core), *arguments]


def free_port() -> int:
    """Return a port that the system says is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
