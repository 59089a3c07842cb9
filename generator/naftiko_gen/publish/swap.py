"""Replace one directory by another."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import TYPE_CHECKING

from naftiko_gen.publish import disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


def put_in_place(new: Path, root: Path, aside: Path) -> bool:
    """Move `new` to `root`, and a directory that was there to `aside`.

    If the system can exchange directories, `root` always exists, and `new` is the
    old directory for a moment. Otherwise `root` is missing for a moment. Return False,
    with nothing changed, if a mount is in the way.

    Raises:
        OSError: It failed for another reason; nothing has changed.
    """
    try:
        _put_in_place(new, root, aside)
    except OSError as failure:
        if failure.errno not in (errno.EBUSY, errno.EXDEV):
            raise
        return False
    return True


def _put_in_place(new: Path, root: Path, aside: Path) -> None:
    if disk.lstat(root) is None:
        new.rename(root)
    elif exchange(new, root):
        new.rename(aside)
    else:
        _rename_pair(new, root, aside)


def exchange(first: Path, second: Path) -> bool:
    """Exchange two directories atomically; return False if the system can't.

    Raises:
        OSError: The system can, but not for these two.
    """
    call = _renameat2()
    if call is None:
        return False
    paths = _AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second)
    if call(*paths, _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(second))


def _renameat2() -> Callable[..., int] | None:
    """Return the C library's function, or None for older libraries."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    call: Callable[..., int] | None = getattr(library, "renameat2", None)
    return call


def _rename_pair(new: Path, root: Path, aside: Path) -> None:
    root.rename(aside)
    try:
        new.rename(root)
    except OSError:
        aside.rename(root)
        raise
