"""The emitted tests of every capability's package pass."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from capabilities import CAPABILITIES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("slug", CAPABILITIES)
def test_emitted_tests_pass(packages: Path, slug: str) -> None:
    command = [
        "pytest",
        "-q",
        "-W",
        "error",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=packages / slug,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = CAPABILITIES[slug]
    assert done.stdout.count(".") >= len(found.exposed)
