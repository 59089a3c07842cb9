"""The directory that the paths of a configuration stay in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HINT = "name one in it; with `--config FILE` a configuration may name others"


def is_inside(base: Path, path: Path) -> bool:
    """Return whether a path, with links followed, stays in a directory."""
    try:
        return path.resolve().is_relative_to(base.resolve())
    except (OSError, RuntimeError):  # links in a circle
        return False


def first_link(base: Path, path: str) -> Path | None:
    """Return the first link on the way from a directory to a path in it."""
    return next((step for step in _steps(base, path) if step.is_symlink()), None)


def _steps(base: Path, path: str) -> Iterator[Path]:
    """Yield the directories on the way, as they are typed."""
    step = base
    for name in (base / path).parts[len(base.parts) :]:
        step /= name
        yield step
