"""Waiting for changes in directories, by the library watchfiles, which is optional."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from naftiko_gen.tools.scaffold.installation import requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_SETTLED = 200
"""Milliseconds for which changes are collected: editors write in several steps."""
_LOOK = 1000
"""Milliseconds after which to look although nothing is reported.

Nothing is from directories that appear later, from some network file systems, or while
the directories that are watched change.
"""


def is_possible() -> bool:
    """Say whether the library is installed."""
    return find_spec("watchfiles") is not None


def missing(extra: str) -> str:
    """Say what is missing, and which extra brings it along."""
    wanted = requirement(extra)
    return f"this needs the library watchfiles: pip install '{wanted}'"


def changes(directories: Callable[[], Iterable[Path]]) -> Iterator[None]:
    """Yield for ever: after each change, and when it's time to look all the same.

    `directories` are asked for each time; only what is directly in them is watched.
    """
    while True:
        watched = _standing(directories())
        for _ in _reports(watched):
            yield
            if _standing(directories()) != watched:
                break


def _reports(watched: frozenset[Path]) -> Iterator[None]:
    from watchfiles import watch

    try:
        for _ in watch(
            *watched,
            watch_filter=None,
            debounce=_SETTLED,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
            recursive=False,
        ):
            yield
    except FileNotFoundError:
        # A directory has gone at this very moment.
        yield


def _standing(directories: Iterable[Path]) -> frozenset[Path]:
    """Return the directories, or of those that are gone the nearest above."""
    return frozenset(map(_nearest, directories))


def _nearest(directory: Path) -> Path:
    absolute = directory.absolute()
    return next(place for place in (absolute, *absolute.parents) if place.is_dir())
