"""The packages of published documents are clean, and their own tests pass."""

import subprocess
import sys
from pathlib import Path

import pytest
from published import Made, compilable, make_package, needs_the_corpus

from emitted_tests import outcomes
from typed_packages import gather

pytestmark = needs_the_corpus

PARTS = 4


@pytest.fixture(scope="module")
def projects(packages: Path) -> list[Made]:
    return [make_package(document, packages) for document in compilable()]


def test_packages_are_typed(
    projects: list[Made], mypy_cache: str, tmp_path: Path
) -> None:
    packages = [package.project / package.module for package in projects]
    names = [option for name in gather(packages, tmp_path) for option in ("-p", name)]
    command = [sys.executable, "-m", "mypy", "--strict", mypy_cache]
    process = run([*command, *names], tmp_path)
    assert process.returncode == 0, process.stdout[-3000:]


def test_packages_are_linted(projects: list[Made]) -> None:
    directories = [str(package.project) for package in projects]
    # Ruff's defaults, and strings concatenated on one line. The runtime is written by
    # hand and the same in all packages: `quality/test_emitted_code.py` checks it once.
    lint = [sys.executable, "-m", "ruff", "check", "--extend-select", "ISC"]
    process = run([*lint, "--exclude", "_runtime", *directories])
    assert process.returncode == 0, process.stdout[-3000:]


@pytest.mark.parametrize("part", range(PARTS))
def test_emitted_tests_pass(projects: list[Made], part: int) -> None:
    ends = outcomes(package.project for package in projects[part::PARTS])
    failures = [end for end in ends if end.status]
    assert not failures, f"{failures[0].project}: {failures[0].output[-5000:]}"


def run(
    command: list[str], directory: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=directory, capture_output=True, encoding="utf-8", check=False
    )
