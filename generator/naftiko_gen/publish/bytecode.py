"""Bytecode: the compiled files that Python keeps in `__pycache__` beside a module."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from naftiko_gen.emit.files import is_safe
from naftiko_gen.publish import disk

if TYPE_CHECKING:
    from collections.abc import Iterable

CACHE = "__pycache__"

_HEADER = 8
"""The bytes at a compiled file's start: four for Python's version, four flags."""


def is_compiled(entry: os.DirEntry[str]) -> bool:
    """Return whether it has a name like `rest.cpython-313.pyc`: not importable."""
    suffixes = PurePath(entry.name.lower()).suffixes
    return len(suffixes) > 1 and suffixes[-1] == ".pyc" and entry.is_file()


def is_hashed(path: Path) -> bool:
    """Return whether Python trusts the file by a hash inside it.

    A checked hash is no safer: anybody can write a module's hash into a compiled file
    that does something else. By default, Python compares the module's time and size
    instead, and a commit can't know the time at which the module is checked out.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER)
    return len(header) == _HEADER and bool(header[4] & 1)


def with_bytecode(root: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths below `root`, each module followed by its compiled files."""
    return tuple(
        file for path in paths for file in (path, *_compiled_files(root, path))
    )


def _compiled_files(root: Path, path: str) -> tuple[str, ...]:
    """Return the compiled files of a module; none in a directory that can't change."""
    directory, _, name = path.rpartition("/")
    cache = f"{directory}/{CACHE}" if directory else CACHE
    module = name.removesuffix(".py")
    if module == name or not _is_writable(root / cache):
        return ()
    names = (e.name for e in disk.entries(root / cache) if is_compiled(e))
    paths = (f"{cache}/{name}" for name in names if name.startswith(f"{module}."))
    return tuple(path for path in paths if is_safe(path))


def caches_alone(root: Path, directory: str) -> tuple[str, ...]:
    """Return the caches below a directory, none if it holds anything else.

    Python can import nothing from such a directory: it reads a cache for a module only.
    """
    caches: list[str] = []
    pending = [directory]
    while pending:
        place = pending.pop()
        for entry in disk.entries(root / place):
            if not entry.is_dir(follow_symlinks=False):
                return ()
            directories = caches if entry.name == CACHE else pending
            directories.append(f"{place}/{entry.name}")
    return tuple(sorted(caches))


def _is_writable(directory: Path) -> bool:
    return disk.is_directory(directory) and os.access(directory, os.W_OK)
