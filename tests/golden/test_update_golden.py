"""`--update-golden` rewrites expected files, but never in CI."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from golden_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEST = """\
from pathlib import Path


def test_it(golden):
    golden.check(Path("expected.txt"), b"new\\n")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a directory with one test, whose expected file is out of date."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(TEST)
    (tmp_path / "expected.txt").write_text("old\n")
    return tmp_path


def run(project: Path, *options: str, **environment: str) -> tuple[int, str]:
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=project,
        # The modules that `conftest.py` imports.
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "tests"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.returncode, outcome.stdout + outcome.stderr


def test_a_difference_is_shown_with_the_command_that_accepts_it(project: Path) -> None:
    code, output = run(project)

    assert code == 1
    assert "-old\n+new\n" in output
    assert 'accept it with: .venv/bin/python -m pytest "test_it.py::test_it"' in output
    assert (project / "expected.txt").read_text() == "old\n"


def test_a_difference_is_accepted_and_shown(project: Path) -> None:
    code, output = run(project, "--update-golden")

    assert code == 0
    assert "-old\n+new\n" in output
    assert (project / "expected.txt").read_text() == "new\n"
    assert run(project)[0] == 0


def test_ci_accepts_nothing(project: Path) -> None:
    code, output = run(project, "--update-golden", CI="true")

    assert code == pytest.ExitCode.USAGE_ERROR
    assert "expected files are accepted by people" in output
    assert (project / "expected.txt").read_text() == "old\n"
