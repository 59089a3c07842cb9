"""The page of each code: its meaning, its remedy, and an example.

A page is read when a run explains its code: a remedy is a hint, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_FURTHER = "\n\n## "
"""The beginning of the specs beyond the example."""


@dataclass(frozen=True)
class Page:
    """The parts of a page that `--explain` prints."""

    meaning: str
    remedy: str
    example: str
    """A spec, the message about it and the changes of `fix`, each in a fence."""


@cache
def page_root() -> Path:
    """Return the directory of the pages, in the installed package or a checkout."""
    directory = _PACKAGE / "diagnostics" / "pages"
    return directory if directory.is_dir() else _PACKAGE.parents[1] / "docs/diagnostics"


@cache
def read_page(slug: str) -> Page:
    """Return the page of a code; paragraphs become lines."""
    text = (page_root() / f"{slug}.md").read_text("utf-8")
    _, _, body = text.split("---\n", 2)
    _, meaning, remedy, *rest = body.split(_FURTHER)[0].strip().split("\n\n", 3)
    return Page(_join(meaning), _join(remedy), "".join(rest))


def page_address(slug: str) -> str:
    """Return the address of a page, relative to the root of the project."""
    return f"docs/diagnostics/{slug}.md"


def _join(paragraph: str) -> str:
    return " ".join(paragraph.split("\n"))
