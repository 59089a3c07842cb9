"""A child process that serves a package: its command, ports and missing libraries."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from naftiko_gen.language.package_settings import HOST, PORT, STOP_NOTICE
from naftiko_gen.publish.manifest import MANIFEST_NAME
from naftiko_gen.tools.run import child

_PATIENCE = 3
"""Seconds for calls in progress to finish; then for the process to end."""


@dataclass(frozen=True)
class Service:
    """A process that serves a package; it may have ended by itself."""

    process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls,
        project: Path,
        module: str,
        arguments: Sequence[str],
        env: Mapping[str, str],
    ) -> Service:
        """Start a package's command; `env` is added to this process's environment.

        An interrupt from the terminal doesn't reach the process; only `stop` ends it.
        """
        script = str(Path(child.__file__))
        process = subprocess.Popen(
            [sys.executable, "-P", script, str(project), module, *arguments],
            stdin=subprocess.PIPE,
            env={**os.environ, **env},
            start_new_session=True,
            # Windows has no sessions: this flag keeps interrupts away there.
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        return cls(process)

    @property
    def exit_code(self) -> int | None:
        """Return the exit code; None while the process runs."""
        return self.process.poll()

    def stop(self) -> None:
        """End the process; calls in progress have some seconds to finish.

        It is asked to end after its calls, then to end them.
        """
        # At its end, the block closes the input and waits.
        with self.process:
            try:
                for number in (signal.SIGTERM, signal.SIGINT):
                    self._ask(number)
                    with suppress(subprocess.TimeoutExpired):
                        self.process.wait(_PATIENCE)
                        break
            finally:
                self.process.kill()

    def _ask(self, number: signal.Signals) -> None:
        if sys.platform != "win32":
            self.process.send_signal(number)
        elif self.process.stdin:  # there are no such signals: the child sends its own
            self.process.stdin.close()


def variables_of_run(slug: str) -> dict[str, str]:
    """Return the variables of a package that is replaced when its spec changes."""
    notice = STOP_NOTICE.variable(slug)
    return {notice: os.environ.get(notice, "0")}


class Ports:
    """Consecutive ports from a first one, or free ports if that is 0.

    An adapter keeps its port when the package is served again.
    """

    def __init__(self, first: int | None) -> None:
        self._first = first
        self._free: list[int] = []

    def variables(self, project: Path) -> dict[str, str]:
        """Return the variables that set the ports of a package's adapters."""
        if self._first is None:
            return {}
        manifest = json.loads((project / MANIFEST_NAME).read_bytes())
        names = [PORT.variable(namespace) for namespace in manifest["ports"]]
        ports = map(str, self._ports(len(names)))
        return dict(zip(names, ports, strict=True))

    def _ports(self, count: int) -> list[int]:
        if self._first:
            return list(range(self._first, self._first + count))
        with ExitStack() as stack:
            # No process uses these ports at this moment.
            for _ in range(count - len(self._free)):
                listener = stack.enter_context(socket.socket())
                listener.bind((HOST.default, 0))
                self._free.append(listener.getsockname()[1])
        return self._free[:count]


def missing(project: Path) -> list[Requirement]:
    """Return the dependencies of a project that aren't installed."""
    document = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    requirements = map(Requirement, document["project"]["dependencies"])
    return [requirement for requirement in requirements if _is_missing(requirement)]


def _is_missing(requirement: Requirement) -> bool:
    """Return whether the requirement applies to this system and isn't installed."""
    if requirement.marker and not requirement.marker.evaluate():
        return False
    try:
        version(requirement.name)
    except PackageNotFoundError:
        return True
    return False
