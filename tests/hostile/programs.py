"""Python programs that look at emitted packages."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import forks
from emitted_tests import LIBRARIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def start(directory: Path, module: str, *arguments: str) -> Done:
    """Run a module of a directory in a process that has imported the libraries."""
    program, variables = forks.Module(module), _variables(directory)
    return forks.run(forks.Command(program, arguments, directory, variables, LIBRARIES))


def check_cleanliness(package: Path, mypy_cache: str) -> None:
    """Check the types, style and format of a package."""
    particular = [str(path) for path in _particular_modules(package)]
    for tool in (
        ("mypy", "--strict", mypy_cache, str(package / "everything")),
        ("ruff", "check", "--isolated", "--no-cache", "."),
        # Black starts as many processes as there are cores, each of which imports it.
        ("black", "--workers=1", "--check", *particular),
    ):
        outcome = run_tool(package, *tool)
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


def _particular_modules(package: Path) -> Iterator[Path]:
    """Yield the modules and tests that aren't the same in every package."""
    for path in sorted(package.rglob("*.py")):
        if not path.name.startswith("_") or path.name.startswith("__"):
            yield path


def _variables(directory: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(directory),
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "error",
    }


Done = subprocess.CompletedProcess[str]
