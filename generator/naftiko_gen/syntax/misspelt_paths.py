"""Suggesting an existing path for a misspelt one."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from pathlib import Path

from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.syntax import globs

_LIMIT = 10_000
"""The number of names per directory that are compared."""

_SPECS = (".yaml", ".yml", ".json")
_LONGEST = 300


def question(path: Path) -> str | None:
    """Return a hint with a similar existing path; None without one."""
    suggestion = _correct(path) or _namesake(path)
    return f"did you mean {quote(suggestion, limit=_LONGEST)}?" if suggestion else None


def _correct(path: Path) -> Path | None:
    """Return the path with each missing part replaced by a similar existing one."""
    place = Path(path.anchor)
    for part in path.relative_to(place).parts:
        is_kept = globs.is_glob(part) or os.path.lexists(place / part)
        name = part if is_kept else _near(place, part)
        if name is None:
            return None
        place /= name
    return place if place != path else None


def _near(directory: Path, name: str) -> str | None:
    """Return a similar name in a directory; suffixes don't count as similar."""
    suffix = Path(name).suffix

    def rank(other: str) -> tuple[bool, bool]:
        ending = Path(other).suffix
        return ending == suffix, ending in _SPECS

    # Of several names with the same stem, the last one wins.
    stems = {Path(other).stem: other for other in sorted(_names(directory), key=rank)}
    stem = nearest(Path(name).stem, stems)
    return stems[stem] if stem is not None else None


def _names(directory: Path) -> list[str]:
    names: list[str] = []
    with suppress(OSError), os.scandir(directory) as entries:
        visible = (entry.name for entry in entries if not entry.name.startswith("."))
        names += islice(visible, _LIMIT)
    return sorted(names)


def _namesake(path: Path) -> Path | None:
    """Return a file of the same name below the current directory."""
    if globs.is_glob(path.name) or not path.name:
        return None
    with suppress(globs.TooManyFilesError, OSError, ValueError):
        return next(iter(globs.files(Path(), f"**/{path.name}")), None)
    return None
