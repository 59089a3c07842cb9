"""Readers who follow a page get the outputs that it shows."""

from collections.abc import Callable
from pathlib import Path

import pytest
from journeys_fixtures import ENVIRONMENT, INSTALLATION
from page import Command, steps

from delivery import chosen_delivery
from naftiko_gen.configuration.options import Delivery

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    *sorted((DOCS / "journeys").glob("*.md")),
    DOCS / "building.md",
    DOCS / "extending.md",
]

OF_COPIES = {"building"}
"""Pages whose projects have packages with a copy of the runtime."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@each_page
def test_page_can_be_followed(page: Path, follow: Callable[[Path], None]) -> None:
    if page.stem in OF_COPIES and chosen_delivery() is Delivery.LIBRARY:
        pytest.skip("its project depends on the libraries of a copied runtime")
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
