"""A child process that serves a package."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.tools.run import child

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        command = [
            sys.executable,
            "-P",
            str(Path(child.__file__)),
            str(project),
            module,
        ]
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            env={**os.environ, **env},
            start_new_session=True,
        )
        return cls(process)

    @property
    def exit_code(self) -> int | None:
        """Return the exit code; None while the process runs."""
        return self.process.poll()

    def stop(self) -> None:
        """End the process; calls in progress have some seconds to finish."""
        try:
            # A package ends at once on the second signal.
            for _ in range(2):
                self.process.terminate()
                if self._has_ended():
                    return
        finally:
            self.process.kill()
            self.process.wait()
            if self.process.stdin:
                self.process.stdin.close()

    def _has_ended(self) -> bool:
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return False
        return True
