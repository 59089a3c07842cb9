"""The lock that keeps two runs from writing to one output directory at once.

The operating system releases it when the process ends, so it never becomes stale.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.publish import disk

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        while True:
            try:
                return msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
            except OSError as failure:
                if failure.errno != errno.EDEADLK:  # ten seconds have passed
                    raise

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


_UNSUPPORTED = (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP)
"""The errors of network file systems that can't lock a directory."""


@contextmanager
def hold_lock(directory: Path) -> Iterator[None]:
    """Wait for the directory's lock and hold it; no file is left in the directory."""
    descriptor = _acquire(directory)
    try:
        yield
    finally:
        os.close(descriptor)


def _acquire(directory: Path) -> int:
    if sys.platform == "win32":
        return _open_locked(_substitute(directory), os.O_RDWR | os.O_CREAT)
    try:
        return _open_locked(directory, os.O_RDONLY)
    except OSError as failure:
        if failure.errno not in _UNSUPPORTED:
            raise
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        return _open_locked(_substitute(directory), flags)


def _open_locked(path: Path, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    try:
        _lock(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _substitute(directory: Path) -> Path:
    """Return the temporary file to lock if a directory can't be; it isn't deleted."""
    name = disk.digest(os.fsencode(directory.resolve()))[:16]
    return Path(tempfile.gettempdir()) / f"naftiko-gen-{name}.lock"
