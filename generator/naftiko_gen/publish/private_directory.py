"""Directories of the user's that nobody else can write to."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def make_private(place: Path) -> None:
    """Make the directory and those above it that are missing, for the user alone."""
    for directory in (*reversed(place.parents), place):
        if not directory.is_dir():
            directory.mkdir(mode=0o700, exist_ok=True)


def is_private(directory: Path) -> bool:
    """Say whether nobody but the user can put anything there."""
    status = directory.stat()
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_MAY_WRITE
