"""The output of `fix` for each code, and the specs that it leaves alone.

It leaves a spec alone because a comment or a description would be lost, or because the
fix is a guess.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from examples import (
    FURTHER,
    LEFT,
    SPEC,
    files,
    fix_output,
    page_of,
    text_of,
    unpack,
    with_fix,
)

from golden_files import Golden
from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.tools.fix.hints import without_hints
from naftiko_gen.tools.fix.repair import Repair, repair_spec
from naftiko_gen.tools.fix.repair import read as repair_read
from naftiko_gen.tools.fix.rules import LAST_STEPS, STEPS

pytestmark = pytest.mark.slow

OPTIONS = Options(Path("out"))
STEPPED = {code for code, _ in (*STEPS, *LAST_STEPS)}
LEFT_EXAMPLES = {Code.UNGUARDED_OPERATION}
"""Codes whose examples `fix` leaves alone; it changes their further specs."""


def parametrize(
    examples: set[Code], beginning: str
) -> tuple[list[tuple[Code, str]], pytest.MarkDecorator]:
    """Return these examples with further specs, and the mark for tests of each."""
    specs = [
        (code, name)
        for code in Code
        for name in files(code)
        if (name == SPEC and code in examples) or name.startswith(beginning)
    ]
    names = [f"{code.slug}/{name.removesuffix('.yaml')}" for code, name in specs]
    return specs, pytest.mark.parametrize(("code", "name"), specs, ids=names)


FIXABLE_SPECS, each_fixable_spec = parametrize(STEPPED - LEFT_EXAMPLES, FURTHER)
_, each_left_spec = parametrize(LEFT_EXAMPLES, LEFT)


@each_fixable_spec
def test_a_fix_leaves_no_diagnostic(code: Code, name: str, golden: Golden) -> None:
    result = repair(code, name)

    assert result.fixed[code] > 0
    assert result.left == ()
    difference = with_fix(code, name, result.content.decode())
    golden.check(page_of(code), difference.encode())


@each_fixable_spec
def test_a_fixed_spec_means_the_same_and_stays(code: Code, name: str) -> None:
    spec, content = unpack(code.slug) / name, fix_output(code, name).encode()

    before, after = read(spec), read(spec, content)

    assert meaning(code, after) == meaning(code, before)
    assert repair_spec(after, OPTIONS).content == content


@each_left_spec
def test_a_fix_leaves_a_spec_alone(code: Code, name: str) -> None:
    result = repair(code, name)

    assert code in {diagnostic.code for diagnostic in result.left}
    assert result.content.decode() == files(code)[name]


def test_every_code_with_a_fix_has_a_fixed_spec() -> None:
    assert {code for code, _ in FIXABLE_SPECS} == STEPPED


def test_every_fence_is_tested() -> None:
    """A page has files, a message, and the diffs of specs that `fix` changes."""
    diffs = Counter(code for code, _ in FIXABLE_SPECS)
    for code in Code:
        fences = re.findall(r"^```\w+$", text_of(code), re.MULTILINE)
        assert len(fences) == len(files(code)) + 1 + diffs[code], code.slug


def read(spec: Path, content: bytes | None = None) -> frontend.Reading:
    reading = repair_read(spec, OPTIONS, content)
    assert reading.meaning is not None
    return reading


def repair(code: Code, name: str) -> Repair:
    return repair_spec(read(unpack(code.slug) / name), OPTIONS)


def meaning(code: Code, reading: frontend.Reading) -> ir.Capability:
    """Return the part of a capability that a fix keeps: not the hints it corrects."""
    assert reading.meaning is not None
    capability = reading.meaning.capability
    return without_hints(capability) if code is Code.UNSAFE_HINT else capability
