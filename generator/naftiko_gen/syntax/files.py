"""The content of a spec's file and of the files that it imports."""

from __future__ import annotations

import errno
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT = 4 * 1024 * 1024


def content(path: Path, limit: int = SIZE_LIMIT) -> bytes:
    """Return the file's bytes, at most one more than the limit.

    Raises:
        OSError: It can't be read, or it is a pipe or a device: those may never end.
        ValueError: The path holds what no path can hold.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    with path.open("rb") as file:
        return file.read(limit + 1)


class OutsideError(Exception):
    """A file isn't in a directory that may be imported from."""


@dataclass(frozen=True)
class ImportRoots:
    """The directories, symbolic links followed, that a spec may import from.

    Attributes:
        base: The spec's directory, to which the names of imports are relative.
        allowed: Where the files must be.
    """

    base: Path
    allowed: tuple[Path, ...]

    @classmethod
    def of(cls, spec: Path, root: Path | None) -> ImportRoots:
        """Return the spec's own directory and the one that was asked for."""
        base = spec.parent
        wider = (root.resolve(),) if root else ()
        return cls(base, (base.resolve(), *wider))

    def find(self, name: str) -> Path:
        """Return the real path of an import.

        Raises:
            OutsideError: It leads out of the directories.
            OSError: The path runs in circles.
            ValueError: The name holds what no path can hold.
        """
        try:
            real = (self.base / name).resolve()
        except RuntimeError as circular:
            # Before 3.13 that is how circular links are told.
            raise OSError(errno.ELOOP, "Too many symbolic links") from circular
        if not any(real.is_relative_to(root) for root in self.allowed):
            raise OutsideError(name)
        return real
