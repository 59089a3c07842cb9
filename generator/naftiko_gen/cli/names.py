"""The names of the commands."""

from __future__ import annotations

from typing import Literal, TypeGuard, get_args

Name = Literal[
    "budget",
    "drift",
    "explain",
    "fix",
    "import",
    "init",
    "run",
    "runtime",
    "schema",
    "update",
]
NAMES: tuple[Name, ...] = get_args(Name)


def is_name(text: str) -> TypeGuard[Name]:
    """Return whether a text names a command; a file of that name is `./fix`."""
    return text in NAMES
