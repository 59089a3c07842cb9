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

from emitted_modules import MORE, assert_formatted_by_black, new
from naftiko_gen.configuration.options import Options
from naftiko_gen.pipeline import compile_spec

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_the_corpus

LARGEST = int(os.environ.get(MORE, "4000"))
"""Characters of a module that is worth formatting: larger ones repeat their forms."""
OTHERS = 1 if MORE in os.environ else 3
"""One of so many other documents is compiled."""


@each(compilable())
def test_published_documents(document: Published, packages: Path) -> None:
    modules = emitted(document, packages)
    assert_formatted_by_black(worth(modules))


def test_other_documents(modules: dict[str, str], tmp_path: Path) -> None:
    published = {document.path for document in documents()}
    others = sorted({*CORPUS.rglob("*.y*ml")} - published)
    for spec in others[::OTHERS]:
        compile_spec(spec, Options(tmp_path, dry=True))
    assert_formatted_by_black(worth(modules))


def worth(modules: dict[str, str]) -> dict[str, str]:
    """Return the modules that are worth formatting, by their length and rows."""
    assert modules
    return new({r: f for r, f in modules.items() if len(r) <= LARGEST})
