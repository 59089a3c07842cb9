"""Names of files that every platform can have, beside each other."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PORTS = (f"{port}{number}" for port in ("com", "lpt") for number in range(10))
DEVICES = frozenset(("aux", "con", "nul", "prn", *_PORTS))
"""Windows has no files of these names, with any ending."""
_PORTABLE = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9_-]")


def is_portable(name: str) -> bool:
    """Return whether every platform has such names.

    They are ASCII, have no dot at their end, and aren't devices of Windows.
    """
    is_device = name.partition(".")[0].lower() in DEVICES
    return _PORTABLE.fullmatch(name) is not None and not is_device


def directories(path: str) -> tuple[str, ...]:
    """Return the directories above a path, outermost first: a/b/c has a and a/b."""
    segments = path.split("/")
    return tuple("/".join(segments[:depth]) for depth in range(1, len(segments)))


def collision(paths: Iterable[str]) -> tuple[str, str] | None:
    """Return a path and an earlier one that has its place, or None."""
    claims: dict[str, str] = {}
    for path in paths:
        if rival := claim(path, claims):
            return path, rival
    return None


def claim(path: str, claims: dict[str, str]) -> str | None:
    """Claim the place of a path; return the path that has it already, or None.

    Case makes no difference. The other one may be a directory, which ends in a slash.
    """
    for directory in directories(path):
        name = f"{directory}/"
        rival = claims.setdefault(directory.casefold(), name)
        if rival != name:
            return rival
    if path.casefold() in claims:
        return claims[path.casefold()]
    claims[path.casefold()] = path
    return None
