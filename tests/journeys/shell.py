"""A shell in which lines are typed, one after another, as a person does."""

import os
import secrets
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Self

from notices import plain_text
from waiting import PATIENCE

KEPT = ("LANG", "LC_ALL", "PATH", "TMPDIR", "PIP_INDEX_URL", "PIP_CERT")
"""The variables that a new user of this machine has, too."""
LONGEST_LINE = 10 * PATIENCE
"""Seconds after which a line hangs; some install libraries."""


@dataclass
class Shell:
    """Bash in a directory of its own, with an empty home."""

    directory: Path
    home: Path
    variables: Mapping[str, str]
    process: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Self:
        base = {
            k: v for k, v in os.environ.items() if k in KEPT or k.startswith("PIP_")
        }
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=self.directory,
            env={**base, "HOME": str(self.home), **self.variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        # Background jobs end with the shell.
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE)

    def type(self, line: str) -> tuple[str, int]:
        """Run a line; return its output and exit code, or fail if it hangs.

        Notices of packages are plain, as at a terminal.
        """
        guard = Timer(LONGEST_LINE, self._end)
        guard.start()
        try:
            return self._type(line)
        finally:
            guard.cancel()

    def _end(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)

    def _type(self, line: str) -> tuple[str, int]:
        mark = secrets.token_hex(8)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f'{line}\necho "{mark} $?"\n')
        self.process.stdin.flush()
        output: list[str] = []
        for text in self.process.stdout:
            before, separator, status = text.partition(f"{mark} ")
            if separator:
                return plain_text("".join([*output, before])), int(status)
            output.append(text)
        raise AssertionError(f"the shell ended in {line}:\n{''.join(output)}")
