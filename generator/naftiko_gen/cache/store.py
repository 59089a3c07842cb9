"""Entries as files: written at once, never trusted, few enough.

Nothing here fails: what can't be read isn't there, and what can't be written is left.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.publish import atomic
from naftiko_gen.publish.private_directory import is_private, make_private

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT = 64 * 1024
"""Larger entries aren't kept."""

KEPT = 32
"""So many entries whose keys begin alike are kept: those that were used last.

There are 256 beginnings, so all entries together take less than 512 MiB, and with what
specs usually have in them about 10.
"""

_FORM = "1"
"""Another form of entries needs another directory."""

_NAME = re.compile(r"\.?[0-9a-f]{64}(\.[0-9a-f]+)?")
"""Entries, and the temporary files that killed runs have left."""
_READING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Store:
    """The files below a directory, which is made when it's needed."""

    place: Path

    def read(self, key: str) -> bytes | None:
        """Return what was written under a key, or what else stands there."""
        shelf = self._shelf(key)
        try:
            if not (is_private(self.place) and is_private(shelf)):
                return None
            return _content(shelf / key)
        except (OSError, ValueError):
            return None

    def write(self, key: str, content: bytes) -> None:
        """Put something under a key: all of it, or nothing."""
        if len(content) > SIZE_LIMIT:
            return
        shelf = self._shelf(key)
        with contextlib.suppress(OSError, ValueError):
            make_private(shelf)
            if is_private(self.place) and is_private(shelf):
                atomic.replace(shelf / key, content, mode=0o600)
                _evict(shelf)

    def _shelf(self, key: str) -> Path:
        return self.place / _FORM / key[:2]


def _content(file: Path) -> bytes | None:
    descriptor = os.open(file, _READING)
    with os.fdopen(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_LIMIT:
            return None
        content = opened.read(SIZE_LIMIT)
    if status.st_mtime < time.time() - _DAY:
        _keep_longer(file)
    return content


def _keep_longer(file: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(file)


def _evict(shelf: Path) -> None:
    """Remove what wasn't used for longest, and with it what killed runs have left."""
    entries = [path for path in shelf.iterdir() if _NAME.fullmatch(path.name)]
    if len(entries) > KEPT:
        for entry in sorted(entries, key=_last_use)[:-KEPT]:
            entry.unlink(missing_ok=True)


def _last_use(entry: Path) -> float:
    return entry.lstat().st_mtime
