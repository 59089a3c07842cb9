"""The modules of any document look as Black makes them look."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from black import format_str
from black.mode import Mode, TargetVersion
from hostile_specs import Marker, as_yaml, benign, everything, filled, markers
from hostile_texts import TEXTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from naftiko_gen.configuration.options import Options
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.publish.outcome import Compiled

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = everything()
MARKERS = markers(DOCUMENT)
MODE = Mode(target_versions={TargetVersion.PY311}, line_length=88)
MORE = "NAFTIKO_HOSTILE_TEXTS"
"""Names how many documents are tried, 3 if it isn't there; others each time."""
PLAIN = st.characters(exclude_categories=["Cs"], exclude_characters="\0{}$")
PROSE = st.sampled_from(TEXTS) | st.text(PLAIN, max_size=200)
FILLINGS = st.lists(st.tuples(PROSE, st.integers(0, 90)), min_size=1, max_size=9)


def filling(marker: Marker, text: str, length: int) -> str:
    """Return a text for a place; of names and paths only the length is free."""
    match marker.kind:
        case "text":
            return text
        case "template" if "{" not in text and not text.startswith("$"):
            return text
        case "name" | "path":
            return benign(marker) + "x" * length
        case _:
            return benign(marker)


@given(FILLINGS)
@settings(
    max_examples=int(os.environ.get(MORE, "3")),
    derandomize=MORE not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_text_is_formatted(
    modules: dict[str, str], tmp_path: Path, fillings: list[tuple[str, int]]
) -> None:
    modules.clear()

    def fill(marker: Marker) -> str:
        return filling(marker, *fillings[MARKERS.index(marker) % len(fillings)])

    spec = tmp_path / "everything.yaml"
    spec.write_text(as_yaml(filled(DOCUMENT, fill)), encoding="utf-8")
    result = compile_spec(spec, Options(tmp_path / "out", dry=True))

    assert isinstance(result.outcome, Compiled)
    assert modules
    for rendered, emitted in modules.items():
        assert emitted == formatted_by_black(rendered)


@lru_cache(maxsize=256)
def formatted_by_black(module: str) -> str:
    """Return a module as Black formats it; many documents have some in common."""
    return format_str(module, mode=MODE)
