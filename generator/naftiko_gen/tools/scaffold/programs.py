"""Settings of a repository by which git runs programs while a scaffold is renewed.

A clone has none of a stranger's. An archive can bring a repository with its settings.
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
"""Git's words for the settings that are part of a repository."""


def programs(directory: Path) -> tuple[str, ...]:
    """Return the names of the settings by which the repository names programs.

    Hooks and `core.fsmonitor` aren't among them: `environment` turns those off.

    Raises:
        CalledProcessError: Git can't read the settings.
        FileNotFoundError: There is no git.
    """
    command = ("config", "--list", "--show-scope", "--name-only", "--null")
    listed = words(directory, *command)
    settings = zip(listed[::2], listed[1::2], strict=False)
    return tuple(
        name
        for scope, name in settings
        if scope in _SCOPES and _NAME.fullmatch(name) is not None
    )
