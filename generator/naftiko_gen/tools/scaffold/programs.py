"""Git settings of a repository that would run programs while a scaffold is renewed.

A clone brings no settings along, but an archive can hold a repository with settings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.tools.scaffold.git import words

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(
    r"filter\..*\.(clean|smudge|process)|merge\..*\.driver"
    r"|diff\..*\.(command|textconv)|diff\.external",
    re.DOTALL,
)
_SCOPES = ("local", "worktree")
"""Git's names for the scopes of settings that are stored in a repository."""


def programs(directory: Path) -> tuple[str, ...]:
    """Return the names of the repository's settings that name programs.

    Hooks and `core.fsmonitor` aren't included: `environment` turns them off.

    Raises:
        CalledProcessError: Git can't read the settings.
        FileNotFoundError: Git isn't installed.
    """
    command = ("config", "--list", "--show-scope", "--name-only", "--null")
    pairs = words(directory, *command)
    settings = zip(pairs[::2], pairs[1::2], strict=False)
    return tuple(
        name
        for scope, name in settings
        if scope in _SCOPES and _NAME.fullmatch(name) is not None
    )
