"""Detect mounted file systems, which can't be renamed."""

from __future__ import annotations

import os
import re
from pathlib import Path

_TABLE = Path("/proc/self/mountinfo")
"""Linux lists all mounts here, even bind mounts, which `os.path.ismount` misses."""


def has_mounts(root: Path) -> bool:
    """Return whether a file system is mounted at the directory or below it."""
    if not _TABLE.exists():
        return root.is_mount()
    place = os.fsencode(root.resolve())
    return any(m == place or m.startswith(place + b"/") for m in _mount_points())


def _mount_points() -> list[bytes]:
    lines = _TABLE.read_bytes().splitlines()
    return [re.sub(rb"\\(\d{3})", _character, line.split()[4]) for line in lines]


def _character(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 8)])
