"""The key with which a run signs its files for later runs of the same user.

It is kept in the user's state directory, where no repository can put files.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from functools import cache
from pathlib import Path

from naftiko_gen.publish import atomic, disk
from naftiko_gen.publish.private_directory import is_private, make_private
from naftiko_gen.publish.user_directory import absolute, below_home

VARIABLE = "NAFTIKO_GEN_STATE_DIR"

_NAME = "publication-key"
_SIZE = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_READING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def signing_key() -> bytes:
    """Return the user's key, or a key of this process if it can't be stored.

    Later runs don't know the key of a process, so they don't complete its publication.
    """
    return read_key(_state_directory())


@cache
def read_key(place: Path | None) -> bytes:
    """Return the key in a directory; it stays the same for the whole process."""
    if place:
        # A user without a state directory can publish, too.
        with contextlib.suppress(OSError, ValueError):
            key = _read(place) or _make_key(place)
            if key:
                return key
    return os.urandom(_SIZE)


def _read(place: Path) -> bytes | None:
    """Return the key, or None if there is none.

    Raises:
        ValueError: Somebody else may know the key, or may have written it.
    """
    try:
        descriptor = os.open(place / _NAME, _READING)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(_SIZE + 1)
        if not (is_private(place) and _is_secret(os.fstat(descriptor))):
            raise ValueError("others can read or write it")
    if len(content) != _SIZE:
        raise ValueError("no key has that size")
    return content


def _is_secret(status: os.stat_result) -> bool:
    if sys.platform == "win32":
        return stat.S_ISREG(status.st_mode)
    is_own = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
    return is_own and not status.st_mode & _OTHERS


def _make_key(place: Path) -> bytes | None:
    """Make the key, unless another run is faster, and return the stored key."""
    make_private(place)
    key = place / _NAME
    # Another run may have made it in the meantime.
    with contextlib.suppress(FileExistsError):
        atomic.create(key, os.urandom(_SIZE), mode=0o600, durable=True)
    disk.sync(place)
    return _read(place)


def _state_directory() -> Path | None:
    """Return the state directory; None for a user without a home."""
    directory = os.environ.get(VARIABLE)
    if directory:
        return Path(directory)
    base = _base()
    return base / "naftiko-gen" if base else None


def _base() -> Path | None:
    if sys.platform == "win32":
        return absolute("LOCALAPPDATA")
    if sys.platform == "darwin":
        return below_home("Library/Application Support")
    return absolute("XDG_STATE_HOME") or below_home(".local/state")
