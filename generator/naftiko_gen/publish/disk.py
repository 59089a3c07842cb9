"""Disk operations of publication, and the error that they raise."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from naftiko_gen.diagnostics import Code
from naftiko_gen.language.portable_names import directories

DIRECTORY_MODE = 0o755
FILE_MODE = 0o644
LONGEST_PATH = 4096
"""The longest path in a message; a shorter limit would cut paths that users need."""


class PublicationError(Exception):
    """The output can't be used; the message is one sentence without a full stop."""

    def __init__(self, message: str, code: Code = Code.UNUSABLE_OUTPUT) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def disk_failures(verb: str, place: Path) -> Iterator[None]:
    """Turn the operating system's errors into a `PublicationError` about that place."""
    try:
        yield
    except OSError as failure:
        reason = failure.strerror or type(failure).__name__
        raise PublicationError(f"can't {verb} '{place}': {reason}") from failure


def digest(content: bytes) -> str:
    """Return the SHA-256 of the content in hexadecimal."""
    return sha256(content).hexdigest()


def lstat(path: Path) -> os.stat_result | None:
    """Return the status of the path itself, not of a link's target; None if missing."""
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_directory(path: Path) -> bool:
    """Return whether the path is a directory, and not a link to one."""
    status = lstat(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def read(path: Path) -> bytes | None:
    """Return a regular file's content, or None if the path isn't a regular file."""
    status = lstat(path)
    if status is None or not stat.S_ISREG(status.st_mode):
        return None
    return path.read_bytes()


def entries(directory: Path) -> list[os.DirEntry[str]]:
    """Return the entries of a directory, sorted by their names."""
    with os.scandir(directory) as iterator:
        return sorted(iterator, key=lambda entry: entry.name)


def symbolic_link(base: Path, path: str) -> str | None:
    """Return the first link among a file below `base` and its parents, or None."""
    parts = (*directories(path), path)
    return next((part for part in parts if (base / part).is_symlink()), None)


def make_directories(base: Path, path: str) -> None:
    """Make the missing directories above `base / path`."""
    for directory in directories(path):
        make_directory(base / directory)


def make_directory(directory: Path) -> None:
    """Make a directory unless it is there, with a mode that no umask changes."""
    if lstat(directory) is None:
        directory.mkdir(exist_ok=True)
        directory.chmod(DIRECTORY_MODE)


def remove(base: Path, path: str) -> None:
    """Remove a file, if it exists, and its parent directories that become empty."""
    if symbolic_link(base, path) is None:
        (base / path).unlink(missing_ok=True)
        with suppress(OSError):  # a directory that isn't empty stays
            for directory in reversed(directories(path)):
                (base / directory).rmdir()
