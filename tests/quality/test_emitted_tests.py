"""The emitted tests of every capability's package pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from capabilities import CAPABILITIES

from emitted_tests import outcomes

PARTS = 2


@pytest.mark.parametrize("part", range(PARTS))
def test_emitted_tests_pass(packages: Path, part: int) -> None:
    slugs = [*CAPABILITIES][part::PARTS]
    outputs = {}
    for end in outcomes(packages / slug for slug in slugs):
        assert end.status == 0, f"{end.project}: {end.output}"
        outputs[Path(end.project).name] = end.output
    assert list(outputs) == slugs
    for slug, output in outputs.items():
        assert output.count(".") >= len(CAPABILITIES[slug].exposed)
