"""The specs that are named: files, and globs of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def expanded(arguments: Sequence[str]) -> list[Path]:
    """Return the files that a command line means, each once.

    A glob stands for what it matches; for itself if that is nothing.
    """
    meant = (path for argument in arguments for path in _meant(argument))
    return list(dict.fromkeys(meant))


def _meant(argument: str) -> list[Path]:
    try:
        return matching(Path(), argument) or [Path(argument)]
    except (OSError, ValueError):
        # No glob, and so a name: reading it says what's wrong.
        return [Path(argument)]


def matching(base: Path, pattern: str) -> list[Path]:
    """Return the files that a pattern matches, in order; a name matches itself.

    As in a shell, hidden files have to be named: editors leave locks of such names.

    Args:
        base: The directory that the pattern starts at, unless it's absolute.
        pattern: A name, or a glob: it has a `*` and is no file's name itself.

    Raises:
        OSError: Directories can't be read.
        ValueError: It is no name and no glob.
    """
    path = base / pattern
    if "*" not in pattern or path.exists():
        return [path]
    start = Path(path.anchor) if path.is_absolute() else base
    found = start.glob(str(path.relative_to(start)))
    hidden = path.name.startswith(".")
    return sorted(
        one for one in found if not one.is_dir() and one.name.startswith(".") is hidden
    )
