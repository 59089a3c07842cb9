"""Git commands that read an untrusted repository."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from naftiko_gen.tools.scaffold.releases import environment

if TYPE_CHECKING:
    from pathlib import Path


def words(directory: Path, *arguments: str) -> list[str]:
    """Return the output of a git command, split at null characters.

    Raises:
        CalledProcessError: Git fails.
        FileNotFoundError: Git isn't installed.
    """
    process = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=True,
    )
    return process.stdout.split("\0")
