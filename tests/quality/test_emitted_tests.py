"""The tests that a package comes with pass, whatever its capability holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from capabilities import CAPABILITIES

from emitted_tests import Outcome, outcomes


@pytest.fixture(scope="module")
def ends(packages: Path) -> dict[str, Outcome]:
    """Run the tests of every package; return how each ended, by its slug."""
    projects = [packages / slug for slug in CAPABILITIES]
    return {Path(one.project).name: one for one in outcomes(projects)}


@pytest.mark.parametrize("slug", CAPABILITIES)
def test_emitted_tests_pass(ends: dict[str, Outcome], slug: str) -> None:
    end = ends[slug]
    assert end.status == 0, end.output
    assert end.output.count(".") >= len(CAPABILITIES[slug].exposed)
