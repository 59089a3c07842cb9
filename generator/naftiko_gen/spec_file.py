"""The content of a spec's file."""

from __future__ import annotations

import errno
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT = 4 * 1024 * 1024


def content(path: Path) -> bytes:
    """Return the file's bytes, at most one more than the limit.

    Raises:
        OSError: It can't be read, or it is a pipe or a device: those may never end.
        ValueError: The path holds what no path can hold.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    with path.open("rb") as file:
        return file.read(SIZE_LIMIT + 1)
