"""The packages in generated/ are what the specs say, and their own tests pass."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = sorted(path.parent for path in ROOT.glob("generated/*/pyproject.toml"))


def run(*command: str, cwd: Path) -> None:
    """Run Python; the test fails if that does, and shows what it said."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_packages() -> None:
    assert PACKAGES, "run naftiko-gen"


def test_packages_are_what_the_specs_say() -> None:
    run("-P", "-m", "naftiko_gen", "--check", cwd=ROOT)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_package_passes_its_own_tests(package: Path) -> None:
    # Without -P: the tests import the package that stands here.
    run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=package)
