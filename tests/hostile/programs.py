"""Python programs that look at emitted packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import forks
from emitted_tests import LIBRARIES
from naftiko_gen.cli.main import main
from typed_packages import COPY, gather


def start(directory: Path, module: str, *arguments: str) -> Done:
    """Run a module of a directory in a process that has imported the libraries."""
    program, variables = forks.Module(module), _variables(directory)
    return forks.run(forks.Command(program, arguments, directory, variables, LIBRARIES))


def run_main(*arguments: str | Path) -> Done:
    """Run the command line in this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([*map(str, arguments)])
        except SystemExit as end:
            code = int(str(end.code))
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def check_cleanliness(
    projects: Sequence[Path], mypy_cache: str, typed_copy: Path
) -> None:
    """Check the types, style and format of projects, whose modules have other names.

    Their types are checked in an empty directory, with the runtime of all packages.
    """
    packages = [
        marker.parent for project in projects for marker in project.glob("*/py.typed")
    ]
    assert len(packages) == len(projects)
    names = [option for name in gather(packages, typed_copy) for option in ("-p", name)]
    _check(typed_copy, "mypy", "--strict", mypy_cache, *names)
    for project in projects:
        _check(project, "ruff", "check", "--isolated", "--no-cache", ".")
        particular = [str(path) for path in _particular_modules(project)]
        # Black starts as many processes as there are cores, each of which imports it.
        _check(project, "black", "--workers=1", "--check", *particular)


def _check(directory: Path, *tool: str) -> None:
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
