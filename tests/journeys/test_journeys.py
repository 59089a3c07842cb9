"""Readers who follow a page get the outputs that it shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from journeys_fixtures import ENVIRONMENT, INSTALLATION
from page import Command, steps

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    *sorted((DOCS / "journeys").glob("*.md")),
    DOCS / "building.md",
    DOCS / "extending.md",
]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@each_page
def test_page_can_be_followed(page: Path, follow: Callable[[Path], None]) -> None:
    follow(page)


def commands(page: Path) -> list[Command]:
    return [step for step in steps(page) if isinstance(step, Command)]


@each_page
def test_page_shows_its_output(page: Path) -> None:
    assert any(command.expected for command in commands(page))


@each_page
def test_page_begins_with_the_installation(page: Path) -> None:
    first, second, *_ = commands(page)

    assert first.line == ENVIRONMENT
    assert second.line.startswith(INSTALLATION)
