"""The package of `specs/conformance.yaml`, run as its users do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING

from delivery import compiled_package
from naftiko_gen.configuration.options import Options
from waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parents[2] / "specs" / "conformance.yaml"
"""Seconds that a server may take to stop."""

_ANNOUNCEMENT = re.compile(r"conformance-mcp listens on (http://\S+)\n")


@dataclass(frozen=True)
class Package:
    """The compiled package: its project's directory, and its upstream's URL."""

    project: Path
    upstream: str

    @property
    def stdio_command(self) -> tuple[str, ...]:
        """Return the command that speaks MCP on standard input and output."""
        return (sys.executable, "-m", "conformance", "mcp", "--stdio")

    @property
    def environment(self) -> dict[str, str]:
        """Return the whole environment that the package needs."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONUTF8": "1",
            "SAMPLES_BASE_URI": self.upstream,
            "CONFORMANCE_MCP_PORT": "0",
        }

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve Streamable HTTP on a free port until the end of the block."""
        process = subprocess.Popen(
            [sys.executable, "-m", "conformance", "serve"],
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert process.stderr
        try:
            url = _announced(process.stderr)
            # A pipe that nobody reads fills up, and the process stands still.
            reader = Thread(target=process.stderr.read)
            reader.start()
            yield url
        finally:
            process.terminate()
            process.wait(PATIENCE)
        reader.join()
        process.stderr.close()


def compiled(output: Path, upstream: str) -> Package:
    """Compile the capability."""
    return Package(compiled_package(SPEC, Options(output)), upstream)


def _announced(log: IO[str]) -> str:
    """Return the server's URL, from its log."""
    said: list[str] = []
    for line in log:
        if found := _ANNOUNCEMENT.fullmatch(line):
            return found[1]
        said.append(line)
    raise AssertionError("".join(said))
