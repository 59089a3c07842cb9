"""Find the directories of the user, such as the one for the cache."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "NAFTIKO_GEN_CACHE_DIR"

_NAME = "naftiko-gen"


def cache_directory() -> Path | None:
    """Return the directory of the cache, which may be missing.

    `NAFTIKO_GEN_CACHE_DIR` overrides it. It is None for a user without a home.
    """
    directory = os.environ.get(VARIABLE)
    if directory:
        return Path(directory)
    base = _base()
    return base / _NAME if base else None


def _base() -> Path | None:
    if sys.platform == "win32":
        return _absolute("LOCALAPPDATA")
    if sys.platform == "darwin":
        return _below_home("Library/Caches")
    return _absolute("XDG_CACHE_HOME") or _below_home(".cache")


def _absolute(variable: str) -> Path | None:
    """Return the absolute path in a variable, or None.

    A relative path must be ignored: <https://specifications.freedesktop.org/basedir/>.
    """
    path = Path(os.environ.get(variable, ""))
    return path if path.is_absolute() else None


def _below_home(path: str) -> Path | None:
    """Return a path in the user's home, or None for a user without a home."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / path if home.is_absolute() else None
