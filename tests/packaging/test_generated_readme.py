"""The README of a generated package: its commands work with the pip of Python 3.11."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from environments import interpreter, run

from wheelhouse import for_version

if TYPE_CHECKING:
    from pathlib import Path

FIRST_WITH_GROUPS = (25, 1)
"""The first version of pip that installs a dependency group."""


@pytest.fixture
def project(package: Path, tmp_path: Path) -> Path:
    """A copy of the package, beside an empty home and the only Python in the path."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "home").mkdir()
    python = run(interpreter("3.11"), "-c", "import sys; print(sys.executable)")
    (tmp_path / "bin" / "python3").symlink_to(python.strip())
    return shutil.copytree(package, tmp_path / "training-runs")


def typed(line: str, project: Path, **env: str) -> str:
    """Run a line as a newcomer does, who has nothing at home."""
    home = project.with_name("home")
    path = f"{project.with_name('bin')}:/usr/bin:/bin"
    variables = {"HOME": str(home), "PATH": path, "PIP_COMPILE": "0", **env}
    return run("bash", "-c", line, cwd=project, env=variables)


def version_of_pip(project: Path) -> tuple[int, ...]:
    said = typed(".venv/bin/pip --version", project)
    return tuple(int(number) for number in said.split()[1].split("."))


def test_its_commands_need_no_newer_pip_than_python_brings(
    project: Path, wheels: dict[str, str]
) -> None:
    readme = (project / "README.md").read_text("utf-8")
    [install] = re.findall(r"^\$ (python3 .* install .*)$", readme, re.MULTILINE)
    [test] = re.findall(r"`([^`]*\[dev\][^`]*pytest)`", readme)
    [wire] = re.findall(r"^\$ (\S+ mcp-config .*)$", readme, re.MULTILINE)

    variables = for_version("3.11", interpreter("3.11"), wheels)
    typed(install, project, **variables)
    bundled = version_of_pip(project)
    assert bundled < FIRST_WITH_GROUPS
    assert '"mcpServers"' in typed(wire, project)
    assert re.search(r"\d+ passed", typed(test, project, **variables))
    assert version_of_pip(project) == bundled
