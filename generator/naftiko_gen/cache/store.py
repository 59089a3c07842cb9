"""Cache entries as files: written atomically, read with suspicion, limited in number.

Nothing here fails: a file that can't be read counts as missing, and an entry that can't
be written isn't kept.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.cache.private_directory import is_private, make_private
from naftiko_gen.publish import atomic

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT = 64 * 1024
"""Larger entries aren't kept."""

KEPT = 32
"""Entries kept per key prefix, most recently used first.

There are 256 prefixes, so all entries take less than 512 MiB, and usually about 10.
"""

_FORM = "1"
"""The version of the format, which is the name of a directory."""

_NAME = re.compile(r"\.?[0-9a-f]{64}(\.[0-9a-f]+)?")
"""Entries, and the temporary files that killed runs have left."""
_READING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Store:
    """The files below a directory, which is created by the first entry."""

    place: Path

    def read(self, key: str) -> bytes | None:
        """Return the file of a key; None if it can't be read or trusted."""
        shelf = self._shelf(key)
        try:
            if not (is_private(self.place) and is_private(shelf)):
                return None
            return _content(shelf / key)
        except (OSError, ValueError):
            return None

    def write(self, key: str, content: bytes) -> None:
        """Write the file of a key atomically."""
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
    with os.fdopen(descriptor, "rb") as file_object:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_LIMIT:
            return None
        content = file_object.read(SIZE_LIMIT)
    if status.st_mtime < time.time() - _DAY:
        _keep_longer(file)
    return content


def _keep_longer(file: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(file)


def _evict(shelf: Path) -> None:
    """Remove the files that weren't used for longest, with those of killed runs."""
    entries = [path for path in shelf.iterdir() if _NAME.fullmatch(path.name)]
    if len(entries) > KEPT:
        for entry in sorted(entries, key=_last_use)[:-KEPT]:
            entry.unlink(missing_ok=True)


def _last_use(entry: Path) -> float:
    return entry.lstat().st_mtime
