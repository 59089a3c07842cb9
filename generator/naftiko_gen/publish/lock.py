"""The lock that makes two generators of one output directory wait for each other.

The operating system lets go of it when its holder dies, so it is never stale.
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
"""What network file systems answer when a directory is to be locked."""


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the directory's lock, after waiting for it; nothing is left in there."""
    descriptor = _acquired(directory)
    try:
        yield
    finally:
        os.close(descriptor)


def _acquired(directory: Path) -> int:
    if sys.platform == "win32":
        return _locked(_substitute(directory), os.O_RDWR | os.O_CREAT)
    try:
        return _locked(directory, os.O_RDONLY)
    except OSError as failure:
        if failure.errno not in _UNSUPPORTED:
            raise
        return _locked(_substitute(directory), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)


def _locked(path: Path, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    try:
        _lock(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _substitute(directory: Path) -> Path:
    """Return a temporary file to lock where directories can't be; it stays."""
    name = disk.digest(os.fsencode(directory.resolve()))[:16]
    return Path(tempfile.gettempdir()) / f"naftiko-gen-{name}.lock"
