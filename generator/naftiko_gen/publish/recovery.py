"""Finish a publication: at its normal end, or after a killed run.

Every step can be repeated, so that a killed recovery is simply started again.
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.publish import disk, journal
from naftiko_gen.publish.bytecode import CACHE
from naftiko_gen.publish.journal import Exchange, Replacement
from naftiko_gen.publish.staging import NEW, OLD

if TYPE_CHECKING:
    from collections.abc import Iterator


def finish(staging: Path, root: Path) -> None:
    """Bring the package directory to the new state, or leave it in the old one.

    Without a journal, or if the exchange did not happen, the old state stays. In either
    state, new or old, the user's files are in `root`, and `staging` is deleted.

    Raises:
        OSError: The disk failed; the call can be repeated.
        PublicationError: The journal isn't ours, or `root` is a link, through which
            files would move to another place.
    """
    if root.is_symlink():
        raise disk.PublicationError(f"'{root}' is a symbolic link; move it away")
    match journal.read(staging):
        case None:
            # If a power failure restores a part of it, the next run deletes that.
            shutil.rmtree(staging)
            return
        case Exchange() as exchange:
            _finish_exchange(staging, root, exchange)
        case Replacement() as replacement:
            _finish_replacement(staging, root, replacement)
        case never:
            assert_never(never)
    journal.erase(staging)
    shutil.rmtree(staging)
    disk.sync(staging.parent)


def _finish_exchange(staging: Path, root: Path, exchange: Exchange) -> None:
    new, old = staging / NEW, staging / OLD
    status = disk.lstat(new)
    if status and status.st_ino != exchange.inode:
        new.rename(old)
    elif status and disk.lstat(root) is None:
        new.rename(root)
    if disk.is_directory(old):
        _move_user_files(old, root, exchange.discarded)


def _move_user_files(old: Path, root: Path, paths: tuple[str, ...]) -> None:
    """Move the user's files from the old tree to the new one."""
    for path in paths:
        disk.remove(old, path)
    root.mkdir(exist_ok=True)
    _move_entries(old, root)


def _move_entries(source: Path, target: Path) -> None:
    for entry in sorted(source.iterdir()):
        _move(entry, target / entry.name)
    disk.sync(target)
    source.rmdir()


def _move(entry: Path, target: Path) -> None:
    """Move an entry; if its place is taken, give it a free name."""
    if disk.lstat(target) is None:
        entry.rename(target)
    elif disk.is_directory(entry) and disk.is_directory(target):
        _move_entries(entry, target)
    elif _is_spare(entry, target):
        entry.unlink()
    else:
        entry.rename(_free_name(target))


def _is_spare(entry: Path, target: Path) -> bool:
    """Return whether an entry may be deleted: a second link, or a compiled file."""
    if disk.is_directory(entry):
        return False
    is_link = os.path.samestat(entry.lstat(), target.lstat())
    return is_link or entry.parent.name == CACHE


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.orig{n or ''}") for n in itertools.count())
    return next(name for name in names if disk.lstat(name) is None)


def _finish_replacement(staging: Path, root: Path, replacement: Replacement) -> None:
    for path in replacement.removed:
        disk.remove(root, path)
    new = staging / NEW
    if disk.is_directory(new):
        for file in sorted(_files(new)):
            _replace(file, root, file.relative_to(new).as_posix())


def _files(directory: Path) -> Iterator[Path]:
    """Yield the regular files below a directory; links are skipped."""
    for place, _, names in os.walk(directory):
        files = (Path(place, name) for name in names)
        yield from (file for file in files if stat.S_ISREG(file.lstat().st_mode))


def _replace(file: Path, root: Path, path: str) -> None:
    link = disk.symbolic_link(root, path)
    if link:
        raise disk.PublicationError(f"'{root / link}' is a symbolic link; move it away")
    disk.make_directories(root, path)
    file.replace(root / path)
    disk.sync((root / path).parent)
