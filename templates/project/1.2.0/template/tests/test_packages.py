"""The packages in generated/ are up to date, and their own tests pass."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# The library that packages may depend on has no tests.
PACKAGES = sorted(path.parent for path in ROOT.glob("generated/*/tests"))


def run(*command: str, cwd: Path) -> None:
    """Run Python; the test fails if that does, and shows its output."""
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


def test_packages_are_up_to_date() -> None:
    run("-P", "-m", "naftiko_gen", "--check", cwd=ROOT)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_package_passes_its_own_tests(package: Path) -> None:
    # Without -P: the tests import the package that stands here.
    run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=package)
