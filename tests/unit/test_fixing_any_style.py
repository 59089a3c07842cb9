"""However a document is typed, `naftiko-gen fix` keeps its word."""

import os
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import yaml
from examples import spec_names, unpack
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from styles import restyle

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.tools.fix import repair
from naftiko_gen.tools.fix.hints import without_hints
from naftiko_gen.tools.fix.resources import split_by_path
from naftiko_gen.tools.fix.rules import STEPS

pytestmark = [pytest.mark.slow, pytest.mark.long]

TESTS = Path(__file__).parents[1]
DOCUMENTS = [TESTS / "explaining" / "library.yaml", TESTS / "explaining" / "twins.yaml"]
"""Documents beside the specs of the pages of diagnostics."""
TEARING = {code for code, rule in STEPS if rule is split_by_path}
"""Codes whose fix tears a resource apart."""
OPTIONS = Options(output=Path())
COUNT = int(os.environ.get("NAFTIKO_FIX_STYLES", "100"))
"""How many documents are fixed."""
SETTINGS = settings(
    max_examples=COUNT,
    database=None,
    derandomize="NAFTIKO_FIX_STYLES" not in os.environ,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def fixable() -> list[Path]:
    """Return the documents that mean something, though something is assumed."""
    specs = [unpack(code.slug) / name for code in Code for name in spec_names(code)]
    there = [path for path in [*specs, *DOCUMENTS] if path.exists()]
    readings = [frontend.read(path, OPTIONS) for path in there]
    return [r.spec for r in readings if r.meaning and r.diagnostics]


@SETTINGS
# Deferred: every process of a run collects this module, and one of them runs the test.
@given(
    st.deferred(lambda: st.sampled_from(fixable())), st.randoms(use_true_random=False)
)
def test_a_document_in_any_style_is_fixed(path: Path, random: Random) -> None:
    content = path.read_bytes()
    restyled_text = restyle(content, random)
    note(restyled_text)
    assert plain(restyled_text) == plain(content.decode())
    before = frontend.read(path, OPTIONS, restyled_text.encode())
    result = repair.repair_spec(before, OPTIONS)
    after = frontend.read(path, OPTIONS, result.content)
    is_same = Code.UNSAFE_HINT not in result.fixed
    assert meaning_of(after, with_hints=is_same) == meaning_of(
        before, with_hints=is_same
    )
    assert count_codes(after) <= count_codes(before)
    assert result.content == restyled_text.encode() or count_codes(
        after
    ) != count_codes(before)
    assert repair.repair_spec(after, OPTIONS).content == result.content
    text = result.content.decode()
    is_torn = not TEARING.isdisjoint(result.fixed)
    assert comments(text, is_torn=is_torn) == comments(restyled_text, is_torn=False)
    assert_style_is_kept(restyled_text, text)


def plain(text: str) -> object:
    bare = text.removeprefix("\ufeff")
    return yaml.load(bare, yaml.CBaseLoader)  # noqa: S506 - only texts


def meaning_of(reading: frontend.Reading, *, with_hints: bool) -> ir.Capability:
    assert reading.meaning
    capability = reading.meaning.capability
    return capability if with_hints else without_hints(capability)


def count_codes(reading: frontend.Reading) -> Counter[Code]:
    return Counter(diagnostic.code for diagnostic in reading.diagnostics)


def assert_style_is_kept(before: str, after: str) -> None:
    """Show that lines and the file end as before."""
    assert after.startswith("\ufeff") == before.startswith("\ufeff")
    assert after.endswith("\n") == before.endswith("\n")
    added_bytes = after.count("\n") if "\r\n" in before else 0
    assert after.count("\r\n") == added_bytes


def comments(text: str, *, is_torn: bool) -> list[str]:
    """Return the numbers of the comments of a document in another style.

    A resource that is torn apart repeats those among its parameters.
    """
    numbers = re.findall(r"# (\d+): ", text)
    return sorted(set(numbers) if is_torn else numbers)
