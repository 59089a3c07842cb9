"""A package that is served by a process of its own."""

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
"""Seconds for calls that are being answered; then for the process itself."""


@dataclass(frozen=True)
class Service:
    """A process that serves, or has ended by itself."""

    process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls,
        project: Path,
        module: str,
        arguments: Sequence[str],
        env: Mapping[str, str],
    ) -> Service:
        """Start a package's command, with variables besides those of this process.

        An interrupt from the terminal doesn't reach it: to stop it is left to `stop`.
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
        """Return the exit code if it has ended."""
        return self.process.poll()

    def stop(self) -> None:
        """End it; calls that are being answered have some seconds for that."""
        try:
            # The second time it ends at once.
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
