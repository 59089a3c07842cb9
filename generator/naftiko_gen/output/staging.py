"""The staging directory, in which a publication is prepared.

It stands beside the package directory, or inside of one that can't be exchanged, and
holds the staged tree `new`, the replaced tree `old`, and the journal.
"""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from naftiko_gen.output import disk
from naftiko_gen.output.files import directories

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from naftiko_gen.output.files import File

NEW = "new"
OLD = "old"

_PREFIX = ".naftiko-gen-"
_SUFFIX = re.compile(r"\d+-[0-9a-f]{8}")

_NO_LINKS = (
    errno.EACCES,
    errno.EMLINK,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.EXDEV,
)
"""Answers of file systems without hard links, and about files that may not have any."""


def make_staging(place: Path, root: Path) -> Path:
    """Make an empty staging directory in `place` for publishing to `root`."""
    name = f"{_PREFIX}{root.name}-{os.getpid()}-{os.urandom(4).hex()}"
    staging = place / name
    staging.mkdir(mode=0o700)
    (staging / NEW).mkdir()
    (staging / NEW).chmod(disk.mode(root))
    return staging


def leftovers(root: Path) -> list[Path]:
    """Return the staging directories for `root`: of killed runs, or of one at work."""
    prefix = f"{_PREFIX}{root.name}-"
    return [
        place / name
        for place in (root.parent, root)
        for name in _names(place, prefix)
        if _SUFFIX.fullmatch(name, len(prefix)) and disk.is_directory(place / name)
    ]


def _names(place: Path, prefix: str) -> list[str]:
    """Return the names in a directory that begin so; there can be thousands more."""
    if not place.is_dir():
        return []
    names = (entry.name for entry in os.scandir(place))
    return sorted(name for name in names if name.startswith(prefix))


def stage(files: Iterable[File], new: Path, root: Path) -> list[Path]:
    """Write the files below `new`, and return their paths; they will go to `root`."""
    staged, made = [], set()
    for file in files:
        place = new / file.path
        if place.parent not in made:
            disk.make_directories(new, file.path, like=root)
            made.add(place.parent)
        disk.write(place, file.content)
        staged.append(place)
    return staged


def carry(files: Iterable[File], new: Path, root: Path) -> list[Path]:
    """Have unchanged files of `root` below `new` too, the same inodes if it can be.

    Returns the paths of those that had to be copied.
    """
    copied = []
    for file in files:
        standing, carried = root / file.path, new / file.path
        disk.make_directories(new, file.path, like=root)
        if not _linked(standing, carried):
            disk.write(carried, file.content)
            status = standing.stat()
            os.utime(carried, ns=(status.st_atime_ns, status.st_mtime_ns))
            copied.append(carried)
    return copied


def link_foreign(root: Path, new: Path, emitted: Collection[str]) -> None:
    """Have the user's files also below `new`, so that they are never missing.

    Directories, and what else can't be linked, must be moved after the exchange.
    """
    for path, entry in _foreign(root, emitted):
        if entry.is_file(follow_symlinks=False) and (new / path).parent.is_dir():
            _linked(root / path, new / path)


def has_fixed_directories(root: Path, emitted: Collection[str]) -> bool:
    """Say whether a directory of the user's can't be moved to another parent."""
    return any(
        entry.is_dir(follow_symlinks=False) and not os.access(entry, os.W_OK)
        for _, entry in _foreign(root, emitted)
    )


def _foreign(
    root: Path, emitted: Collection[str]
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield what isn't emitted, with its relative path; directories as a whole."""
    ours = {directory for path in emitted for directory in directories(path)}
    pending = [""]
    while pending:
        prefix = pending.pop()
        for entry in sorted(os.scandir(root / prefix), key=lambda found: found.name):
            path = f"{prefix}{entry.name}"
            if path in ours:
                pending.append(f"{path}/")
            elif path not in emitted:
                yield path, entry


def _linked(standing: Path, link: Path) -> bool:
    try:
        os.link(standing, link)
    except OSError as failure:
        if failure.errno not in _NO_LINKS:
            raise
        return False
    return True
