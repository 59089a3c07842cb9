"""What the output stage does to the disk, and how that fails."""

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
"""So many characters of a path are shown: a file can only be found by all of them."""

_SYNC_THREADS = 4
# Windows makes only what may be written durable.
_SYNC_FLAGS = os.O_RDWR if sys.platform == "win32" else os.O_RDONLY


class PublicationError(Exception):
    """The output could not be read or written; the message is one sentence."""


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
    """Return the status of what stands at the path itself, or None if nothing does."""
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_directory(path: Path) -> bool:
    """Say whether a directory stands there, not a link to one."""
    status = lstat(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def read(path: Path) -> bytes | None:
    """Return a regular file's content, or None if no regular file stands there."""
    status = lstat(path)
    if status is None or not stat.S_ISREG(status.st_mode):
        return None
    return path.read_bytes()


def symbolic_link(base: Path, path: str) -> str | None:
    """Return the first part of the path below `base` that is a link, or None."""
    parts = (*directories(path), path)
    return next((part for part in parts if (base / part).is_symlink()), None)


def write(path: Path, content: bytes) -> None:
    """Write a file that does not exist yet; `sync_tree` makes it durable."""
    with path.open("xb") as file:
        file.write(content)
    path.chmod(FILE_MODE)


def make_directories(base: Path, path: str, like: Path | None = None) -> None:
    """Make the missing directories above `base / path`.

    Each has the mode of its counterpart below `like`, if there is one: what the user
    made private stays private.
    """
    for directory in directories(path):
        if lstat(base / directory) is None:
            (base / directory).mkdir()
            (base / directory).chmod(mode(like / directory) if like else DIRECTORY_MODE)


def mode(directory: Path) -> int:
    """Return the mode of a directory, or the one that it is to be made with."""
    status = lstat(directory)
    return stat.S_IMODE(status.st_mode) if status else DIRECTORY_MODE


def remove(base: Path, path: str) -> None:
    """Remove a file, if it's there, and the directories that are empty without it."""
    if symbolic_link(base, path) is None:
        (base / path).unlink(missing_ok=True)
        for directory in reversed(directories(path)):
            if not _removed_empty(base / directory):
                break


def _removed_empty(directory: Path) -> bool:
    if not directory.is_dir() or any(directory.iterdir()):
        return False
    directory.rmdir()
    return True


def sync(path: Path) -> None:
    """Make a file's content, or the names in a directory, durable."""
    if sys.platform == "win32" and path.is_dir():
        return  # it opens no directories
    descriptor = os.open(path, _SYNC_FLAGS)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root: Path, files: Iterable[Path]) -> None:
    """Make files durable, and the names in a directory and in all below it.

    All at once, for a disk needs hardly longer for many than for one.
    """
    # Runs that write nothing do without what it imports.
    from concurrent.futures import ThreadPoolExecutor

    directories = (Path(directory) for directory, _, _ in os.walk(root))
    with ThreadPoolExecutor(_SYNC_THREADS) as threads:
        # The list raises what a thread has raised.
        list(threads.map(sync, [*files, *directories]))
