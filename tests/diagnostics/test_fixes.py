"""Every code that `fix` takes away has a case that shows what is written for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cases import CASES, FIXED, example

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.tools.fix.repair import repair_spec
from naftiko_gen.tools.fix.rules import LAST_STEPS, STEPS

if TYPE_CHECKING:
    from golden_files import Golden

OPTIONS = Options(Path("out"))
ELSEWHERE = {Code.IMPLICIT_PARAMETER, Code.UNGUARDED_OPERATION}
"""Codes that are fixed in other documents than their cases."""
STEPPED = {code for code, _ in (*STEPS, *LAST_STEPS)}
FIXABLE = [code for code in Code if code in STEPPED - ELSEWHERE]


@pytest.mark.parametrize("code", FIXABLE, ids=lambda code: code.slug)
def test_a_fix_takes_the_finding_away(code: Code, golden: Golden) -> None:
    spec = example(code)

    fixed = repair_spec(frontend.read(spec, OPTIONS), spec.read_bytes(), OPTIONS)

    assert code not in {finding.code for finding in fixed.left}
    golden.check(spec.with_name(FIXED), fixed.content)


@pytest.mark.parametrize("code", FIXABLE, ids=lambda code: code.slug)
def test_what_a_fix_writes_compiles_without_the_finding(code: Code) -> None:
    understood = frontend.read(example(code).with_name(FIXED), OPTIONS)

    assert understood.meaning is not None
    assert code not in {finding.code for finding in understood.diagnostics}


def test_every_fixed_document_is_that_of_a_code() -> None:
    documents = {path.parent.name for path in CASES.glob(f"*/{FIXED}")}

    assert documents == {code.slug for code in FIXABLE}
