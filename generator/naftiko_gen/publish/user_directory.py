"""Where the cache is: in the user's directory for caches, or where the user says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "NAFTIKO_GEN_CACHE_DIR"

_NAME = "naftiko-gen"


def place() -> Path | None:
    """Return the directory, which may not exist yet; None for a user without a home."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    base = _base()
    return base / _NAME if base else None


def _base() -> Path | None:
    if sys.platform == "win32":
        return absolute("LOCALAPPDATA")
    if sys.platform == "darwin":
        return below_home("Library/Caches")
    return absolute("XDG_CACHE_HOME") or below_home(".cache")


def absolute(variable: str) -> Path | None:
    """Return the path that a variable has, None for a relative one or none.

    A relative path is to be ignored: <https://specifications.freedesktop.org/basedir/>.
    """
    path = Path(os.environ.get(variable, ""))
    return path if path.is_absolute() else None


def below_home(path: str) -> Path | None:
    """Return a path in the user's home; None for a user without one."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / path if home.is_absolute() else None
