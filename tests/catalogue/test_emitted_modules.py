"""The modules of published documents' packages are formatted as Black does it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from zlib import crc32

from published import (
    CORPUS,
    Published,
    compilable,
    documents,
    each,
    emitted,
    needs_the_corpus,
)

from emitted_modules import assert_formatted_by_black
from naftiko_gen.configuration.options import Options
from naftiko_gen.pipeline import compile_spec

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_the_corpus

MORE = "NAFTIKO_FORMATTED_MODULES"
LARGEST = int(os.environ.get(MORE, "4000"))
"""Characters of a module that is worth formatting: larger ones repeat their forms."""
SHARE = 1 if MORE in os.environ else 6
"""One of so many modules is formatted: many say nearly the same."""
OTHERS = 1 if MORE in os.environ else 3
"""One of so many other documents is compiled, and so many times the share formatted."""


@each(compilable())
def test_published_documents(document: Published, packages: Path) -> None:
    modules = emitted(document, packages)
    assert_formatted_by_black(small(modules))


def test_other_documents(modules: dict[str, str], tmp_path: Path) -> None:
    known = {document.path for document in documents()}
    others = sorted({*CORPUS.rglob("*.y*ml")} - known)
    for spec in others[::OTHERS]:
        compile_spec(spec, Options(tmp_path, dry=True))
    assert_formatted_by_black(small(modules, SHARE // OTHERS))


def small(modules: dict[str, str], share: int = SHARE) -> dict[str, str]:
    """Return the modules that are worth formatting; there are some."""
    assert modules
    return {
        rendered: emitted
        for rendered, emitted in modules.items()
        if len(rendered) <= LARGEST and crc32(rendered.encode()) % share == 0
    }
