"""The staging directory, in which a publication is prepared.

It stands beside the package directory, or inside of one that can't be exchanged, and
holds the staged tree `new`, the replaced tree `old`, and the journal.
"""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from naftiko_gen.emit.files import directories
from naftiko_gen.publish import disk
from naftiko_gen.publish.private_directory import is_private
from naftiko_gen.publish.signature import SHORTEST, is_signed, sign

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from naftiko_gen.emit.files import File

NEW = "new"
OLD = "old"

_NAME = re.compile(r"(?P<number>[0-9]+-[0-9a-f]{8})(?P<signature>[0-9a-f]+)")
_LOOKALIKE = re.compile(r"[0-9]+-[0-9a-f]{8,}")

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
    number = f"{os.getpid()}-{os.urandom(4).hex()}"
    signature = sign(*_signed(place, root, number))[:SHORTEST]
    staging = place / f"{_prefix(root)}{number}{signature}"
    staging.mkdir(mode=0o700)
    (staging / NEW).mkdir()
    (staging / NEW).chmod(disk.mode(root))
    return staging


def is_own(staging: Path, root: Path) -> bool:
    """Say whether an earlier run of the user's made the directory at this very place.

    Its name proves that, so it does from the moment at which it appears.
    """
    name = _NAME.fullmatch(staging.name, len(_prefix(root)))
    if name is None or not disk.is_directory(staging) or not is_private(staging):
        return False
    return is_signed(name["signature"], *_signed(staging.parent, root, name["number"]))


def lookalikes(root: Path) -> list[Path]:
    """Return everything that is called like a staging directory for `root`."""
    return [
        place / name
        for place in (root.parent, root)
        for name in _names(place, _prefix(root))
        if _LOOKALIKE.fullmatch(name, len(_prefix(root)))
    ]


def _prefix(root: Path) -> str:
    return f".naftiko-gen-{root.name}-"


def _signed(place: Path, root: Path, number: str) -> tuple[str, ...]:
    return "staging", os.path.realpath(place), root.name, number


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
