"""Globs: finding the files that match a pattern, with a bounded number of steps."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 100_000
"""The number of files and directories that one glob may visit."""

_DEEP = "**"
_SKIPPED = "node_modules"


class TooManyFilesError(Exception):
    """A glob visits too many files and directories."""


def is_glob(pattern: str) -> bool:
    """Return whether a text contains a wildcard."""
    return "*" in pattern


def files(start: Path, pattern: str, bounds: Path | None = None) -> list[Path]:
    """Return the files that a glob matches, sorted.

    As in a shell, wildcards match no hidden names. `**` skips `node_modules` and
    symbolic links. Other parts skip links that lead out of `bounds`.

    Raises:
        TooManyFilesError: The walk exceeds its limit.
        ValueError: The pattern isn't valid.
    """
    return sorted(set(_Walk(bounds).files(start, _parts(pattern))))


def matching(base: Path, pattern: str, bounds: Path | None = None) -> list[Path]:
    """Return the files that a pattern matches, in order; a name matches itself.

    Args:
        base: The directory that the pattern starts at, unless it's absolute.
        pattern: A name, or a glob: it has a `*` and is no file's name itself.
        bounds: The real directory that links don't lead a glob out of.

    Raises:
        OSError: The name can't be looked up.
        TooManyFilesError: A glob covers too many files.
        ValueError: It is no name and no glob.
    """
    path = base / pattern
    if not is_glob(pattern) or path.exists():
        return [path]
    start = base / fixed_part(pattern)
    return files(start, str(path.relative_to(start)), bounds)


def fixed_part(pattern: str) -> Path:
    """Return the path before the first part of a glob with a wildcard."""
    return Path(*takewhile(lambda name: not is_glob(name), Path(pattern).parts))


def _parts(pattern: str) -> tuple[str, ...]:
    parts = Path(pattern).parts
    if any(_DEEP in part and part != _DEEP for part in parts):
        raise ValueError("'**' can only be a whole part of a path")
    if ".." in parts:
        # Each pair of a wildcard and `..` would walk the same directories again.
        raise ValueError("'..' can only stand in front of the first wildcard")
    # Several `**` in a row match the same paths as one, but in very many ways.
    pairs = pairwise(("", *parts))
    return tuple(part for last, part in pairs if not last == part == _DEEP)


@dataclass
class _Walk:
    """A walk that counts the files and directories that it visits."""

    bounds: Path | None
    count: int = 0

    def files(self, start: Path, pattern: tuple[str, ...]) -> Iterator[Path]:
        """Yield the files that a glob matches, some of them several times."""
        pending = [(start, pattern)] if pattern else []
        while pending:
            directory, parts = pending.pop()
            first, rest = parts[0], parts[1:]
            if first == _DEEP:
                pending += self._deeper(directory, parts) if rest else ()
                continue
            for path in self._paths(directory, first):
                if rest and path.is_dir() and self._is_inside(path):
                    pending.append((path, rest))
                elif not rest and os.path.lexists(path) and not path.is_dir():
                    yield path

    def _deeper(
        self, directory: Path, parts: tuple[str, ...]
    ) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """Yield a directory and those below it, with the parts to match in them."""
        yield directory, parts[1:]
        for entry in self._entries(directory, "*"):
            if entry.is_dir(follow_symlinks=False) and entry.name != _SKIPPED:
                yield directory / entry.name, parts

    def _paths(self, directory: Path, part: str) -> Iterator[Path]:
        if not is_glob(part):
            yield directory / part
            return
        for entry in self._entries(directory, part):
            yield directory / entry.name

    def _entries(self, directory: Path, part: str) -> Iterator[os.DirEntry[str]]:
        """Yield the matching entries; none of an unreadable directory."""
        wants_hidden = part.startswith(".")
        self._look()
        with suppress(OSError), os.scandir(directory) as entries:
            for entry in entries:
                self._look()
                is_hidden = entry.name.startswith(".")
                if is_hidden is wants_hidden and fnmatchcase(entry.name, part):
                    yield entry

    def _look(self) -> None:
        """Count a visit; an empty directory counts, too."""
        self.count += 1
        if self.count > LIMIT:
            raise TooManyFilesError

    def _is_inside(self, path: Path) -> bool:
        return self.bounds is None or path.resolve().is_relative_to(self.bounds)
