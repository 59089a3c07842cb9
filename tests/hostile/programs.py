"""Python programs that look at emitted packages."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import forks
from emitted_tests import LIBRARIES
from typed_packages import COPY, gather

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def start(directory: Path, module: str, *arguments: str) -> Done:
    """Run a module of a directory in a process that has imported the libraries."""
    program, variables = forks.Module(module), _variables(directory)
    return forks.run(forks.Command(program, arguments, directory, variables, LIBRARIES))


def check_cleanliness(project: Path, mypy_cache: str, typed: Path) -> None:
    """Check the types, style and format of a project.

    Its types are checked in an empty directory, with the runtime of all packages.
    """
    [name] = gather([project / "everything"], typed)
    particular = [str(path) for path in _particular_modules(project)]
    for directory, tool in (
        (typed, ("mypy", "--strict", mypy_cache, "-p", name)),
        (project, ("ruff", "check", "--isolated", "--no-cache", ".")),
        # Black starts as many processes as there are cores, each of which imports it.
        (project, ("black", "--workers=1", "--check", *particular)),
    ):
        outcome = run_tool(directory, *tool)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def run_tool(directory: Path, *arguments: str) -> Done:
    """Run a tool of this environment, with its arguments, in a directory."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", *arguments],
        cwd=directory,
        env=_variables(directory),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def _particular_modules(project: Path) -> Iterator[Path]:
    """Yield the modules and tests that aren't the same in every project."""
    for path in sorted(project.rglob("*.py")):
        if COPY not in path.parts:
            yield path


def _variables(directory: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(directory),
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "error",
    }


Done = subprocess.CompletedProcess[str]
