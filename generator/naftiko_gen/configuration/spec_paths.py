"""The paths of specs, of which some are globs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.syntax import globs

if TYPE_CHECKING:
    from collections.abc import Sequence


def expand(arguments: Sequence[str]) -> list[Path]:
    """Return the files that arguments name, each once.

    A glob names the files that it matches; without a match, itself.

    Raises:
        TooManyFilesError: A glob covers too many files.
    """
    paths = (path for argument in arguments for path in _match(argument))
    return list(dict.fromkeys(paths))


def _match(argument: str) -> list[Path]:
    try:
        return matching(Path(), argument) or [Path(argument)]
    except (OSError, ValueError):
        # It is a name, and reading it reports the fault.
        return [Path(argument)]


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
    if not globs.is_glob(pattern) or path.exists():
        return [path]
    start = base / globs.fixed_part(pattern)
    return globs.files(start, str(path.relative_to(start)), bounds)
