"""The specs of a run: files, and files that globs match."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.syntax import globs

if TYPE_CHECKING:
    from collections.abc import Sequence


def expanded(arguments: Sequence[str]) -> list[Path]:
    """Return the files that a command line names, each once.

    A glob stands for the files that it matches; without any, it is a file name.

    Raises:
        TooManyFilesError: A glob covers too many files.
    """
    paths = (path for argument in arguments for path in _paths(argument))
    return list(dict.fromkeys(paths))


def _paths(argument: str) -> list[Path]:
    try:
        return matching(Path(), argument) or [Path(argument)]
    except (OSError, ValueError):
        # No glob, so a file name: reading the file reports the error.
        return [Path(argument)]


def matching(base: Path, pattern: str, bounds: Path | None = None) -> list[Path]:
    """Return the files that a pattern matches, in order; a file name matches itself.

    Args:
        base: The directory to which the pattern is relative, unless it is absolute.
        pattern: A file name, or a glob: it contains `*` and isn't an existing file.
        bounds: The resolved directory out of which no link may lead a glob.

    Raises:
        OSError: The name can't be looked up.
        TooManyFilesError: A glob covers too many files.
        ValueError: It is no name and no glob.
    """
    path = base / pattern
    if not globs.is_glob(pattern) or path.exists():
        return [path]
    start = base / globs.fixed_part(pattern)
    return globs.files(start, str(path.relative_to(start)), bounds)
