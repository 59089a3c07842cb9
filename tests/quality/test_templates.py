"""Templates own the shape of emitted code: most of it is their text."""

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from capabilities import read

from naftiko_gen.configuration.options import Layout
from naftiko_gen.emit import package_files, template_root
from naftiko_gen.emit.code import render

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from naftiko_gen.emit.code.imports import Origins

SPECS = sorted((Path(__file__).parents[1] / "golden").glob("*/spec.yaml"))
TEMPLATES = sorted(
    str(path.relative_to(template_root()))
    for kind in ("python", "tests", "frame", "skill")
    for path in (template_root() / kind).glob("*.jinja")
)
CONTROL = re.compile(r"\s*(\{%((?!%\}).)*%\}\s*)+")
"""A line that has only statements of Jinja."""


def characters(text: str) -> int:
    return len("".join(str(text).split()))


def test_most_of_the_emitted_python_is_text_of_templates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: Counter[str] = Counter()

    def measure(template: str, view: "DataclassInstance", origins: "Origins") -> bytes:
        rendering = render.render(template, view)
        sizes["own"] += sum(map(characters, rendering.pieces))
        # The imports are computed from the names in the rest: their fragment is empty.
        sizes["pasted"] += sum(map(characters, rendering.fragments))
        return python(template, view, origins)

    python = render.python
    monkeypatch.setattr(package_files, "python", measure)
    for spec in SPECS:
        assert list(package_files.Package(read(spec), Layout.PROJECT).tree())
    assert sizes["own"] / sizes.total() >= 0.65


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_more_text_than_control(template: str) -> None:
    lines = (template_root() / template).read_text("utf-8").splitlines()
    control = [line for line in lines if CONTROL.fullmatch(line)]
    assert len(control) / len(lines) <= 0.45
