"""The journal of a publication, from which the next run completes a killed one.

It is signed: a file that a repository brings along is no journal.
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
    """The staged tree takes the place of the package directory.

    `inode` is the staged tree's: whether the exchange has happened shows in where it
    is. `discarded` are the files of the old tree that are ours and have served; all
    others in there are the user's and move over.
    """

    inode: int
    discarded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replacement:
    """Each staged file takes the place of its counterpart; the `removed` files go."""

    removed: tuple[str, ...]


Journal = Exchange | Replacement


def write(staging: Path, journal: Journal) -> None:
    """Put the journal into a staging directory, whole or not at all, and durably."""
    text = json.dumps({type(journal).__name__: asdict(journal)})
    content = f"{sign(*_signed(staging, text))}\n{text}".encode("ascii")
    atomic.replace(staging / _NAME, content, mode=disk.FILE_MODE, durable=True)
    disk.sync(staging)


def read(staging: Path) -> Journal | None:
    """Return a staging directory's journal; None means that the old tree is untouched.

    Raises:
        PublicationError: It's not a journal of ours.
    """
    content = disk.read(staging / _NAME)
    if content is None:
        return None
    try:
        return _parse(json.loads(_genuine(staging, content)))
    except (ValueError, RecursionError) as failure:
        raise disk.PublicationError(
            f"'{staging}' is no publication of ours to complete; move it away"
        ) from failure


def is_genuine(staging: Path) -> bool:
    """Say whether the user's earlier run wrote the journal, if there is one."""
    try:
        read(staging)
    except disk.PublicationError:
        return False
    return True


def erase(staging: Path) -> None:
    """Remove the journal: the publication is complete."""
    (staging / _NAME).unlink(missing_ok=True)


def _genuine(staging: Path, content: bytes) -> str:
    """Return the text of a journal that is signed."""
    signature, _, text = content.decode("ascii").partition("\n")
    if not is_signed(signature, *_signed(staging, text)):
        raise ValueError("nobody has signed it, or it's about another directory")
    return text


def _signed(staging: Path, text: str) -> tuple[str, ...]:
    """Return what is signed: the text, and the one directory that it is about.

    A copy of the directory has another inode or another path, and its journal is none.
    """
    return "journal", os.path.realpath(staging), str(staging.lstat().st_ino), text


def _parse(document: Plain) -> Journal:
    match document:
        case {"Exchange": {"inode": int(inode), "discarded": list(paths)}}:
            return Exchange(inode, _safe(paths))
        case {"Replacement": {"removed": list(paths)}}:
            return Replacement(_safe(paths))
        case _:
            raise ValueError("not the shape of a journal")


def _safe(paths: list[Plain]) -> tuple[str, ...]:
    """A forged journal must not lead out of the package."""
    names = tuple(str(path) for path in paths)
    if not all(map(is_safe, names)):
        raise ValueError("unsafe path")
    return names
