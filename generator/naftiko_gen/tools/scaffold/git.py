"""Questions to git about a stranger's repository."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from naftiko_gen.tools.scaffold.releases import environment

if TYPE_CHECKING:
    from pathlib import Path


def words(directory: Path, *arguments: str) -> list[str]:
    """Return the words that a git command lists, which ends each with a null character.

    Raises:
        CalledProcessError: Git can't answer.
        FileNotFoundError: There is no git.
    """
    listed = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=True,
    )
    return listed.stdout.split("\0")
