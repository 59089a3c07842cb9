"""Globs: the files below a directory whose paths match, found by a bounded walk."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 100_000
"""So many files and directories are looked at for one glob."""

_DEEP = "**"
_PASSED_OVER = "node_modules"


class TooManyFilesError(Exception):
    """A glob covers more files than anybody has specs."""


def is_glob(pattern: str) -> bool:
    """Say whether a pattern is more than a name."""
    return "*" in pattern


def files(start: Path, pattern: str, bounds: Path | None = None) -> list[Path]:
    """Return the files that a glob matches, in order.

    Hidden files and directories have to be named, as in a shell. `**` passes over
    `node_modules` and enters no links; no other part enters a link out of `bounds`.

    Raises:
        TooManyFilesError: There is too much to look at.
        ValueError: It is no glob.
    """
    parts = _parts(pattern)
    walk = _Walk(bounds)
    pending = [_Step(start, parts)] if parts else []
    matches: set[Path] = set()
    while pending:
        step = pending.pop()
        pending += walk.next_steps(step)
        matches |= set(walk.matches(step))
    return sorted(matches)


def fixed_part(pattern: str) -> Path:
    """Return the path in front of the first part of a glob that isn't a name."""
    names = []
    for name in Path(pattern).parts:
        if is_glob(name):
            break
        names.append(name)
    return Path(*names)


def _parts(pattern: str) -> tuple[str, ...]:
    parts = Path(pattern).parts
    if any(_DEEP in part and part != _DEEP for part in parts):
        raise ValueError("'**' can only be a whole part of a path")
    if ".." in parts:
        # Each pair of a wildcard and `..` would walk the same directories once more.
        raise ValueError("'..' can only stand in front of the first wildcard")
    # Several `**` in a row match what one matches, in very many ways.
    repeated = (one == other == _DEEP for one, other in pairwise(("", *parts)))
    return tuple(
        part for part, is_same in zip(parts, repeated, strict=True) if not is_same
    )


@dataclass(frozen=True)
class _Step:
    """A directory, and the parts of the glob that are to be matched in it."""

    directory: Path
    parts: Sequence[str]


@dataclass
class _Walk:
    """One walk; it counts the files and directories that it looks at."""

    bounds: Path | None
    count: int = 0

    def next_steps(self, step: _Step) -> Iterator[_Step]:
        """Yield the directories in which the rest of the glob is to be matched."""
        first, rest = step.parts[0], step.parts[1:]
        if not rest:
            return
        if first == _DEEP:
            yield _Step(step.directory, rest)
            for entry in self._entries(step.directory, "*"):
                if entry.is_dir(follow_symlinks=False) and entry.name != _PASSED_OVER:
                    yield _Step(step.directory / entry.name, step.parts)
            return
        for path in self._paths(step.directory, first):
            if path.is_dir() and self._is_inside(path):
                yield _Step(path, rest)

    def matches(self, step: _Step) -> Iterator[Path]:
        """Yield the files that the last part of the glob matches."""
        if len(step.parts) == 1 and step.parts[0] != _DEEP:
            for path in self._paths(step.directory, step.parts[0]):
                if os.path.lexists(path) and not path.is_dir():
                    yield path

    def _paths(self, directory: Path, part: str) -> Iterator[Path]:
        if not is_glob(part):
            yield directory / part
            return
        for entry in self._entries(directory, part):
            yield directory / entry.name

    def _entries(self, directory: Path, part: str) -> Iterator[os.DirEntry[str]]:
        """Yield the entries that match; a directory that can't be read has none."""
        hidden = part.startswith(".")
        self._look()
        with suppress(OSError), os.scandir(directory) as entries:
            for entry in entries:
                self._look()
                is_hidden = entry.name.startswith(".")
                if is_hidden is hidden and fnmatch(entry.name, part):
                    yield entry

    def _look(self) -> None:
        """Count one more; an empty directory takes time as well."""
        self.count += 1
        if self.count > LIMIT:
            raise TooManyFilesError

    def _is_inside(self, path: Path) -> bool:
        return self.bounds is None or path.resolve().is_relative_to(self.bounds)
