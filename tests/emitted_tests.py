"""The tests of emitted packages, each run by a process that has imported libraries."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import forks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LIBRARIES = (
    "aiohttp",
    "anyio.pytest_plugin",
    "mcp",
    "orjson",
    "pytest",
    "starlette.testclient",
)
NEEDLESS = (
    *("debugging", "doctest", "faulthandler", "junitxml", "legacypath", "pastebin"),
    *("setuponly", "setupplan", "stepwise", "subtests", "terminalprogress", "unittest"),
)
"""Plugins of pytest that find and change nothing in emitted tests."""
OPTIONS = ("-q", "-p", "anyio", "-p", "no:cacheprovider", "--no-header", "--tb=short")
PLAIN = ("--assert", "plain")
"""Without it, pytest rewrites all assertions, of which few or none ever fail."""
STRICT = ("-W", "error", "-W", "ignore:Module already imported")


@dataclass(frozen=True)
class Outcome:
    """How the tests of a project ended, and their output."""

    project: str
    status: int
    output: str


def outcome(project: Path) -> Outcome:
    """Run the tests of a project; a warning fails them.

    Plugins of pytest that this project has, and its packages don't need, stay away.
    """
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    options = (*OPTIONS, *PLAIN, *STRICT, *(f"-pno:{name}" for name in NEEDLESS))
    program = forks.Module("pytest")
    done = forks.run(forks.Command(program, options, project, environment, LIBRARIES))
    return Outcome(str(project), done.returncode, done.stdout + done.stderr)


def outcomes(projects: Iterable[Path]) -> Iterator[Outcome]:
    """Run the tests of projects, one after another."""
    return map(outcome, projects)
