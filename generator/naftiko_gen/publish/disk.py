"""Disk operations of publication, and the error that they raise."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.emit.files import directories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DIRECTORY_MODE = 0o755
FILE_MODE = 0o644
LONGEST_PATH = 4096
"""The longest path in a message; a shorter limit would cut paths that users need."""

_SYNC_THREADS = 4
# Windows can sync only files that are open for writing.
_SYNC_FLAGS = os.O_RDWR if sys.platform == "win32" else os.O_RDONLY


class PublicationError(Exception):
    """The output can't be read or written; the message is one sentence."""


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


def write(path: Path, content: bytes) -> None:
    """Write a new file. `sync_tree` makes it durable later."""
    with path.open("xb") as file:
        file.write(content)
    path.chmod(FILE_MODE)


def make_directories(base: Path, path: str, like: Path | None = None) -> None:
    """Make the missing directories above `base / path`.

    Each gets the mode of its counterpart below `like`, if there is one, so that a
    directory that the user made private stays private.
    """
    for directory in directories(path):
        if lstat(base / directory) is None:
            (base / directory).mkdir()
            (base / directory).chmod(mode(like / directory) if like else DIRECTORY_MODE)


def mode(directory: Path) -> int:
    """Return the mode of a directory, or the default mode if it is missing."""
    status = lstat(directory)
    return stat.S_IMODE(status.st_mode) if status else DIRECTORY_MODE


def remove(base: Path, path: str) -> None:
    """Remove a file, if it exists, and its parent directories that become empty."""
    if symbolic_link(base, path) is None:
        (base / path).unlink(missing_ok=True)
        for directory in reversed(directories(path)):
            if not _remove_empty(base / directory):
                break


def _remove_empty(directory: Path) -> bool:
    if not directory.is_dir() or any(directory.iterdir()):
        return False
    directory.rmdir()
    return True


def sync(path: Path) -> None:
    """Make a file's content, or the names in a directory, durable."""
    if sys.platform == "win32" and path.is_dir():
        return  # Windows can't open directories
    descriptor = os.open(path, _SYNC_FLAGS)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root: Path, files: Iterable[Path]) -> None:
    """Make files durable, and the names in a directory tree.

    Runs in parallel: a disk takes hardly longer for many files than for one.
    """
    # Imported late, so that runs that write nothing start faster.
    from concurrent.futures import ThreadPoolExecutor

    directories = (Path(directory) for directory, _, _ in os.walk(root))
    with ThreadPoolExecutor(_SYNC_THREADS) as threads:
        # The list raises the exceptions of the threads.
        list(threads.map(sync, [*files, *directories]))
