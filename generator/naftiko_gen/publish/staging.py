"""The staging directory, in which a publication is prepared.

It is beside the package directory, or inside it if that can't be moved. It holds the
staged tree `new`, the replaced tree `old`, and the journal.
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
"""Errors of file systems, or for files, that don't support hard links."""


def make_staging(place: Path, root: Path) -> Path:
    """Make an empty staging directory in `place` for publishing to `root`."""
    number = f"{os.getpid()}-{os.urandom(4).hex()}"
    signature = sign(*_signed_parts(place, root, number))[:SHORTEST]
    staging = place / f"{_prefix(root)}{number}{signature}"
    staging.mkdir(mode=0o700)
    (staging / NEW).mkdir()
    (staging / NEW).chmod(disk.mode(root))
    return staging


def is_own(staging: Path, root: Path) -> bool:
    """Return whether an earlier run of the user made the directory at this place.

    The name is the proof, so it exists from the moment when the directory appears.
    """
    name = _NAME.fullmatch(staging.name, len(_prefix(root)))
    if name is None or not disk.is_directory(staging) or not is_private(staging):
        return False
    return is_signed(
        name["signature"], *_signed_parts(staging.parent, root, name["number"])
    )


def find_lookalikes(root: Path) -> list[Path]:
    """Return the paths that are named like a staging directory for `root`."""
    return [
        place / name
        for place in (root.parent, root)
        for name in _names(place, _prefix(root))
        if _LOOKALIKE.fullmatch(name, len(_prefix(root)))
    ]


def _prefix(root: Path) -> str:
    return f".naftiko-gen-{root.name}-"


def _signed_parts(place: Path, root: Path, number: str) -> tuple[str, ...]:
    return "staging", os.path.realpath(place), root.name, number


def _names(place: Path, prefix: str) -> list[str]:
    """Return the names in a directory that begin with a prefix, sorted."""
    if not place.is_dir():
        return []
    names = (entry.name for entry in os.scandir(place))
    return sorted(name for name in names if name.startswith(prefix))


def stage(files: Iterable[File], new: Path, root: Path) -> list[Path]:
    """Write the files below `new`, and return their paths; they will go to `root`."""
    places, parents = [], set()
    for file in files:
        place = new / file.path
        if place.parent not in parents:
            disk.make_directories(new, file.path, like=root)
            parents.add(place.parent)
        disk.write(place, file.content)
        places.append(place)
    return places


def carry_over(files: Iterable[File], new: Path, root: Path) -> list[Path]:
    """Link or copy unchanged files from `root` to `new`.

    Returns the paths of the copies: files that couldn't be linked.
    """
    targets = []
    for file in files:
        source, target = root / file.path, new / file.path
        disk.make_directories(new, file.path, like=root)
        if not _link(source, target):
            disk.write(target, file.content)
            status = source.stat()
            os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
            targets.append(target)
    return targets


def link_user_files(root: Path, new: Path, ours: Collection[str]) -> None:
    """Link the user's files below `new`, so that they are never missing.

    Directories, and files that can't be linked, must be moved after the exchange.
    """
    for path, entry in _user_entries(root, ours):
        if entry.is_file(follow_symlinks=False) and (new / path).parent.is_dir():
            _link(root / path, new / path)


def has_fixed_directories(root: Path, ours: Collection[str]) -> bool:
    """Return whether a directory of the user can't be moved to another parent."""
    return any(
        entry.is_dir(follow_symlinks=False) and not os.access(entry, os.W_OK)
        for _, entry in _user_entries(root, ours)
    )


def _user_entries(
    root: Path, paths: Collection[str]
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield the entries that aren't emitted, with relative paths, topmost only."""
    ours = {directory for path in paths for directory in directories(path)}
    pending = [""]
    while pending:
        prefix = pending.pop()
        for entry in disk.entries(root / prefix):
            path = f"{prefix}{entry.name}"
            if path in ours:
                pending.append(f"{path}/")
            elif path not in paths:
                yield path, entry


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError as failure:
        if failure.errno not in _NO_LINKS:
            raise
        return False
    return True
