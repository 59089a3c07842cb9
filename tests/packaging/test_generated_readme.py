"""The README of a generated package: its commands work with the pip of Python 3.11."""

import re
import shutil
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

import pytest
from environments import Environment, run
from packaging.version import Version

from wheelhouse import of_version

FIRST_WITH_GROUPS = (25, 1)
"""The first version of pip that installs a dependency group."""


@pytest.fixture
def project(package: Path, tmp_path: Path) -> Path:
    """A copy of the package, beside an empty home."""
    (tmp_path / "home").mkdir()
    return shutil.copytree(package, tmp_path / "training-runs")


def type_line(line: str, project: Path, **env: str) -> str:
    """Run a line as a newcomer does, who has nothing at home."""
    home = project.with_name("home")
    variables = {"HOME": str(home), "PIP_COMPILE": "0", **env}
    return run("bash", "-c", line, cwd=project, env=variables)


def version_of_pip(project: Path) -> tuple[int, ...]:
    packages = Environment(project / ".venv").packages()
    [pip] = distributions(name="pip", path=[str(packages)])
    return Version(pip.version).release


def test_commands_of_the_readme_need_no_newer_pip_than_python_brings(
    project: Path, wheels: dict[str, str], quick_python: Callable[[str], Path]
) -> None:
    readme = (project / "README.md").read_text("utf-8")
    [install] = re.findall(r"^\$ (python3 .* install .*)$", readme, re.MULTILINE)
    [test] = re.findall(r"`([^`]*\[dev\][^`]*pytest)`", readme)
    [wire] = re.findall(r"^\$ (\S+ mcp-config .*)$", readme, re.MULTILINE)

    variables = {
        **of_version("3.11", wheels),
        "PATH": f"{quick_python('3.11')}:/usr/bin:/bin",
    }
    type_line(install, project, **variables)
    pip_version = version_of_pip(project)
    assert pip_version < FIRST_WITH_GROUPS
    assert '"mcpServers"' in type_line(wire, project)
    assert re.search(r"\d+ passed", type_line(test, project, **variables))
    assert version_of_pip(project) == pip_version
