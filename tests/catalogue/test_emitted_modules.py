"""The modules of published documents' packages are formatted as Black does it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from published import (
    CORPUS,
    Published,
    compilable,
    documents,
    each,
    emitted,
    needs_the_corpus,
)
from row_shapes import row_shapes

from emitted_modules import assert_formatted_by_black
from naftiko_gen.configuration.options import Options
from naftiko_gen.pipeline import compile_spec

if TYPE_CHECKING:
    from pathlib import Path

    from row_shapes import RowShape

pytestmark = needs_the_corpus

MORE = "NAFTIKO_FORMATTED_MODULES"
LARGEST = int(os.environ.get(MORE, "4000"))
"""Characters of a module that is worth formatting: larger ones repeat their forms."""
OTHERS = 1 if MORE in os.environ else 3
"""One of so many other documents is compiled."""
COMPARED: set[RowShape] = set()
"""The shapes of rows that this process has compared: most modules have no others."""


@each(compilable())
def test_published_documents(document: Published, packages: Path) -> None:
    modules = emitted(document, packages)
    assert_formatted_by_black(new(modules))


def test_other_documents(modules: dict[str, str], tmp_path: Path) -> None:
    known = {document.path for document in documents()}
    others = sorted({*CORPUS.rglob("*.y*ml")} - known)
    for spec in others[::OTHERS]:
        compile_spec(spec, Options(tmp_path, dry=True))
    assert_formatted_by_black(new(modules))


def new(modules: dict[str, str]) -> dict[str, str]:
    """Return the modules that are worth formatting: they have rows of a new shape."""
    assert modules
    chosen: dict[str, str] = {}
    for rendered, formatted in modules.items():
        shapes = set(row_shapes(formatted))
        is_new = MORE in os.environ or not shapes <= COMPARED
        if len(rendered) <= LARGEST and is_new:
            COMPARED.update(shapes)
            chosen[rendered] = formatted
    return chosen
