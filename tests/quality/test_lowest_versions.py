"""Packages and the generator work with the oldest versions that they allow.

It takes a minute and downloads, so only `pytest -m full` runs it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = "3.11"

pytestmark = [
    pytest.mark.skipif(
        "NAFTIKO_LOWEST_VERSIONS" not in os.environ,
        reason="only `pytest -m full` runs it",
    ),
    pytest.mark.long,
]


def run(directory: Path, *command: str | Path) -> None:
    process = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.fixture(scope="session")
def uv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install uv, which can resolve to the lowest versions."""
    root = tmp_path_factory.mktemp("uv")
    run(root, sys.executable, "-m", "venv", root)
    run(root, root / "bin" / "pip", "install", "--quiet", "uv")
    return root / "bin" / "uv"


@pytest.mark.parametrize("slug", ["minimal", "only-tools", "credentials", "outputs"])
def test_the_lowest_versions_pass(
    packages: Path, uv: Path, tmp_path: Path, slug: str
) -> None:
    project, python = packages / slug, tmp_path / "bin" / "python"
    lock_file = tmp_path / "lowest.txt"
    group = ("--group", "pyproject.toml:dev", "pyproject.toml")
    resolution = ("--resolution", "lowest-direct", "--python-version", PYTHON)
    run(project, uv, "venv", "--quiet", "--clear", "--python", PYTHON, tmp_path)
    run(project, uv, "pip", "compile", "--quiet", *resolution, *group, "-o", lock_file)
    run(project, uv, "pip", "install", "--quiet", "-p", python, "-r", lock_file)
    run(project, python, "-m", "pytest", "-q")
    run(project, python, "-m", "mypy", "--strict", slug.replace("-", "_"), "tests")


def test_the_generator_writes_the_same_with_its_lowest_versions(
    uv: Path, tmp_path: Path
) -> None:
    python, lock_file = tmp_path / "bin" / "python", tmp_path / "lowest.txt"
    wanted = ("pyproject.toml", "--extra", "run", "--extra", "watch")
    resolution = ("--resolution", "lowest-direct", "--python-version", PYTHON)
    run(ROOT, uv, "venv", "--quiet", "--clear", "--python", PYTHON, tmp_path)
    run(ROOT, uv, "pip", "compile", "--quiet", *resolution, *wanted, "-o", lock_file)
    run(ROOT, uv, "pip", "install", "--quiet", "-p", python, "-r", lock_file)
    run(ROOT, uv, "pip", "install", "--quiet", "-p", python, "--no-deps", ROOT)
    run(ROOT, tmp_path / "bin" / "naftiko-gen", "--check", "--no-cache")
    run(tmp_path, tmp_path / "bin" / "naftiko-gen", "init", "capabilities")
