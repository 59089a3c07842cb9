"""Waiting for changes in directories, with the optional library watchfiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from naftiko_gen.tools.scaffold.installation import requirement

_DEBOUNCE = 200
"""Milliseconds for which changes are collected: editors write in several steps."""
_POLL_INTERVAL = 1000
"""Milliseconds after which callers look at the files although no change was reported.

Directories that appear later and some network file systems report no changes. Changes
are also lost while the set of watched directories changes.
"""


def is_possible() -> bool:
    """Return whether the library is installed."""
    return find_spec("watchfiles") is not None


def missing(extra: str) -> str:
    """Return the message for a missing library, with the extra that installs it."""
    return f"this needs the library watchfiles: pip install '{requirement(extra)}'"


def changes(directories: Callable[[], Iterable[Path]]) -> Iterator[None]:
    """Yield after each change, and regularly without one; never end.

    `directories` is called again after each change. Only files directly in the
    directories are watched.
    """
    while True:
        directories_now = _existing(directories())
        for _ in _reports(directories_now):
            yield
            if _existing(directories()) != directories_now:
                break


def _reports(existing: frozenset[Path]) -> Iterator[None]:
    from watchfiles import watch

    try:
        for _ in watch(
            *existing,
            watch_filter=None,
            debounce=_DEBOUNCE,
            rust_timeout=_POLL_INTERVAL,
            yield_on_timeout=True,
            recursive=False,
        ):
            yield
    except FileNotFoundError:
        # A directory was deleted before the watch began.
        yield


def _existing(directories: Iterable[Path]) -> frozenset[Path]:
    """Return the directories; for a missing one, its nearest existing ancestor."""
    lines = ((path, *path.parents) for path in map(Path.absolute, directories))
    return frozenset(next(filter(Path.is_dir, line)) for line in lines)
