"""Putting one directory in the place of another."""

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


def put_in_place(staged: Path, root: Path, aside: Path) -> bool:
    """Make `staged` the directory `root`; the one that was there becomes `aside`.

    Where the system can, there's no moment without `root`, but `staged` is the old one
    for a moment; elsewhere both `staged` and `aside` stand while there's no `root`.
    The answer is False, and nothing has changed, if a mount is in the way.

    Raises:
        OSError: Nothing has changed either.
    """
    try:
        _put_in_place(staged, root, aside)
    except OSError as failure:
        if failure.errno not in (errno.EBUSY, errno.EXDEV):
            raise
        return False
    return True


def _put_in_place(staged: Path, root: Path, aside: Path) -> None:
    if disk.lstat(root) is None:
        staged.rename(root)
    elif exchanged(staged, root):
        staged.rename(aside)
    else:
        _rename_pair(staged, root, aside)


def exchanged(one: Path, other: Path) -> bool:
    """Exchange two directories at once, or return False if the system has no such call.

    Raises:
        OSError: The system has it, but not for these two.
    """
    call = _renameat2()
    if call is None:
        return False
    paths = _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other)
    if call(*paths, _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _renameat2() -> Callable[..., int] | None:
    """Return the C library's function; older libraries have none."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    call: Callable[..., int] | None = getattr(library, "renameat2", None)
    return call


def _rename_pair(staged: Path, root: Path, aside: Path) -> None:
    root.rename(aside)
    try:
        staged.rename(root)
    except OSError:
        aside.rename(root)
        raise
