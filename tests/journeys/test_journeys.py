"""Whoever does what a page says gets what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from page import Command, steps

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    *sorted((DOCS / "journeys").glob("*.md")),
    DOCS / "building.md",
    DOCS / "extending.md",
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_can_be_followed(page: Path, follow: Callable[[Path], None]) -> None:
    follow(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_shows_what_comes_of_it(page: Path) -> None:
    commands = [step for step in steps(page) if isinstance(step, Command)]
    assert any(command.expected for command in commands)
