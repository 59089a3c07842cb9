"""The journal, by which the next run completes or undoes a killed publication.

It is signed, so that a file committed to a repository isn't taken for a journal.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.files import is_safe
from naftiko_gen.publish import atomic, disk
from naftiko_gen.publish.signature import is_signed, sign

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.diagnostics.span import Plain

_NAME = "journal.json"


@dataclass(frozen=True, slots=True)
class Exchange:
    """The staged tree replaces the package directory.

    `inode` is the staged tree's. The exchange has happened if the place of that tree
    in the staging directory is empty or has another inode, which is the old tree's.
    `discarded` are our files in the old tree. All others are the user's, and move to
    the new tree.
    """

    inode: int
    discarded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replacement:
    """Each staged file replaces its counterpart; the `removed` files are deleted."""

    removed: tuple[str, ...]


Journal = Exchange | Replacement


def write(staging: Path, journal: Journal) -> None:
    """Write the journal into a staging directory, atomically and durably."""
    text = json.dumps({type(journal).__name__: asdict(journal)})
    content = f"{sign(*_signed_parts(staging, text))}\n{text}".encode("ascii")
    atomic.replace(staging / _NAME, content, mode=disk.FILE_MODE, durable=True)
    disk.sync(staging)


def read(staging: Path) -> Journal | None:
    """Return a staging directory's journal; None if the old tree is untouched.

    Raises:
        PublicationError: The journal isn't ours.
    """
    content = disk.read(staging / _NAME)
    if content is None:
        return None
    try:
        return _parse(json.loads(_verify(staging, content)))
    except (ValueError, RecursionError) as failure:
        raise disk.PublicationError(
            f"'{staging}' has a journal that isn't ours; move it away"
        ) from failure


def is_genuine(staging: Path) -> bool:
    """Return whether there is no journal, or an earlier run of the user wrote it."""
    try:
        read(staging)
    except disk.PublicationError:
        return False
    return True


def erase(staging: Path) -> None:
    """Remove the journal: the publication is complete."""
    (staging / _NAME).unlink(missing_ok=True)


def _verify(staging: Path, content: bytes) -> str:
    """Return the text of a journal after verifying its signature."""
    signature, _, text = content.decode("ascii").partition("\n")
    if not is_signed(signature, *_signed_parts(staging, text)):
        raise ValueError("unsigned, or about another directory")
    return text


def _signed_parts(staging: Path, text: str) -> tuple[str, ...]:
    """Return the parts to sign: the text, and the identity of its directory.

    A copy of the directory has another inode or path, which makes its journal invalid.
    """
    return "journal", os.path.realpath(staging), str(staging.lstat().st_ino), text


def _parse(document: Plain) -> Journal:
    match document:
        case {"Exchange": {"inode": int(inode), "discarded": list(paths)}}:
            return Exchange(inode, _check_paths(paths))
        case {"Replacement": {"removed": list(paths)}}:
            return Replacement(_check_paths(paths))
        case _:
            raise ValueError("not the shape of a journal")


def _check_paths(paths: list[Plain]) -> tuple[str, ...]:
    """Return the paths, unless one leads out of the package, as in a forged journal."""
    names = tuple(str(path) for path in paths)
    if not all(map(is_safe, names)):
        raise ValueError("unsafe path")
    return names
