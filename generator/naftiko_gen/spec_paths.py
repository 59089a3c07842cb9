"""The specs that a command line names: files, and globs of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def expanded(arguments: Sequence[str]) -> list[Path]:
    """Return the files that are meant, each once: a glob stands for what it matches."""
    meant = (path for argument in arguments for path in _matches(argument))
    return list(dict.fromkeys(meant))


def _matches(argument: str) -> list[Path]:
    """Return what a glob matches, in order; the argument itself if that is nothing."""
    path = Path(argument)
    try:
        if "*" not in argument or path.exists():
            return [path]
        anchor = Path(path.anchor)
        return sorted(anchor.glob(str(path.relative_to(anchor)))) or [path]
    except (OSError, ValueError):
        # No glob, and so a name: reading it says what's wrong.
        return [path]
