"""The output of `fix` for each code, and the specs that it leaves alone.

In the directory of a code, `fix` turns `spec.yaml` into `fixed.yaml`, and each further
`spec-<case>.yaml` into `fixed-<case>.yaml`. It leaves a `left-<reason>.yaml` unchanged,
because a comment or a description would be lost, or because the fix is a guess.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cases import CASES, FIXED, LEFT, SPEC, example

from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.tools.fix.hints import without_hints
from naftiko_gen.tools.fix.repair import read as repair_read
from naftiko_gen.tools.fix.repair import repair_spec
from naftiko_gen.tools.fix.rules import LAST_STEPS, STEPS

if TYPE_CHECKING:
    from golden_files import Golden
    from naftiko_gen import frontend, ir
    from naftiko_gen.tools.fix.repair import Repair

OPTIONS = Options(Path("out"))
STEPPED = {code for code, _ in (*STEPS, *LAST_STEPS)}
LEFT_EXAMPLES = {Code.UNGUARDED_OPERATION}
"""Codes whose examples `fix` leaves alone; it changes their further specs."""
FIXABLE_SPECS = (
    *(example(code) for code in Code if code in STEPPED - LEFT_EXAMPLES),
    *sorted(CASES.glob(f"*/{SPEC}-*.yaml")),
)
LEFT_SPECS = (
    *(example(code) for code in Code if code in LEFT_EXAMPLES),
    *sorted(CASES.glob(f"*/{LEFT}-*.yaml")),
)


def name_case(spec: Path) -> str:
    return f"{spec.parent.name}/{spec.stem}"


each_fixable_spec = pytest.mark.parametrize("spec", FIXABLE_SPECS, ids=name_case)
each_left_spec = pytest.mark.parametrize("spec", LEFT_SPECS, ids=name_case)


@each_fixable_spec
def test_a_fix_leaves_no_diagnostic(spec: Path, golden: Golden) -> None:
    repaired = repair(spec)

    assert repaired.fixed[code_of(spec)] > 0
    assert repaired.left == ()
    golden.check(fixed(spec), repaired.content)


@each_fixable_spec
def test_a_fixed_spec_means_the_same_and_stays(spec: Path) -> None:
    content = fixed(spec).read_bytes()

    before, after = read(spec), read(spec, content)

    assert meaning(spec, after) == meaning(spec, before)
    assert repair_spec(after, content, OPTIONS).content == content


@each_left_spec
def test_a_fix_leaves_a_spec_alone(spec: Path) -> None:
    repaired = repair(spec)

    assert code_of(spec) in {diagnostic.code for diagnostic in repaired.left}
    assert repaired.content == spec.read_bytes()


def test_every_code_with_a_fix_has_a_fixed_spec() -> None:
    assert {code_of(spec) for spec in FIXABLE_SPECS} == STEPPED


def test_every_fixed_file_is_that_of_a_spec() -> None:
    assert set(CASES.glob(f"*/{FIXED}*.yaml")) == set(map(fixed, FIXABLE_SPECS))


def fixed(spec: Path) -> Path:
    """Return the file with the output of `fix` for a spec."""
    return spec.with_name(spec.name.replace(SPEC, FIXED, 1))


def code_of(spec: Path) -> Code:
    [code] = (code for code in Code if code.slug == spec.parent.name)
    return code


def read(spec: Path, content: bytes | None = None) -> frontend.Reading:
    reading = repair_read(spec, OPTIONS, content)
    assert reading.meaning is not None
    return reading


def repair(spec: Path) -> Repair:
    content = spec.read_bytes()
    return repair_spec(read(spec, content), content, OPTIONS)


def meaning(spec: Path, reading: frontend.Reading) -> ir.Capability:
    """Return the part of a capability that a fix keeps: not the hints it corrects."""
    assert reading.meaning is not None
    capability = reading.meaning.capability
    is_hint = code_of(spec) is Code.UNSAFE_HINT
    return without_hints(capability) if is_hint else capability
