"""Directories that only the user can write to."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def make_private(place: Path) -> None:
    """Make the directory and its missing parents, accessible to the user only."""
    for directory in (*reversed(place.parents), place):
        if not directory.is_dir():
            directory.mkdir(mode=0o700, exist_ok=True)


def is_private(directory: Path) -> bool:
    """Return whether only the user can write to the directory."""
    status = directory.stat()
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_MAY_WRITE
