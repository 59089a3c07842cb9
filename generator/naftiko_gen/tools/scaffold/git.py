"""Git, which runs no programs of untrusted repositories."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

_CAREFUL = {
    "safe.bareRepository": "explicit",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
}
"""Settings that stop git from running programs of a repository."""
_PROGRAM = re.compile(
    r"filter\..*\.(clean|smudge|process)|merge\..*\.driver"
    r"|diff\..*\.(command|textconv)|diff\.external",
    re.DOTALL,
)
_SCOPES = ("local", "worktree")
"""Git's names for the scopes of settings that are stored in a repository."""


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this environment with safe git settings and no other `GIT_` variables.

    Git treats a directory with the files of a bare repository as one, and runs programs
    that its configuration names. Such a directory can be committed, so git must ignore
    it. An archive can hold a repository, so hooks and monitors are off.
    """
    variables = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    pairs = {**_CAREFUL, **(settings or {})}
    variables["GIT_CONFIG_COUNT"] = str(len(pairs))
    for number, (key, value) in enumerate(pairs.items()):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables


def run(directory: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Return the output of a git command.

    Raises:
        CalledProcessError: Git fails.
        FileNotFoundError: Git isn't installed.
    """
    process = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=True,
    )
    return process.stdout


def programs(directory: Path) -> tuple[str, ...]:
    """Return the names of the repository's settings that name programs.

    Hooks and `core.fsmonitor` aren't included: `environment` turns them off.

    Raises:
        CalledProcessError: Git can't read the settings.
        FileNotFoundError: Git isn't installed.
    """
    options = ("--list", "--show-scope", "--name-only", "--null")
    words = run(directory, "config", *options).split("\0")
    settings = zip(words[::2], words[1::2], strict=False)
    return tuple(
        name
        for scope, name in settings
        if scope in _SCOPES and _PROGRAM.fullmatch(name)
    )
