"""The facts of small specs: each table of `resolved/` is a subject."""

from pathlib import Path

import pytest
from facts import Case, Facts, cases, spec_of

CASES = tuple(cases(Path(__file__).with_name("resolved")))


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_spec_has_its_facts(case: Case) -> None:
    differences = Facts(spec_of(case.spec)).differences(case.expected)
    assert not differences, case.title
