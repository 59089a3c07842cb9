"""Processes that collect tests begin in different folders, and agree on the order."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import collecting

if TYPE_CHECKING:
    from collections.abc import Sequence

A, B, C = (Path(name) for name in "abc")
FOLDERS = {A: 5, B: 1, C: 4}
CONFTESTS = sorted(Path(__file__).parents[1].glob("*/conftest.py"))


@pytest.mark.parametrize(
    ("share", "order"),
    [(0, [A, B, C]), (0.5, [B, C, A]), (0.6, [C, A, B]), (0.7, [A, B, C])],
)
def test_a_process_begins_where_its_share_of_the_modules_begins(
    share: float, order: Sequence[Path]
) -> None:
    assert collecting.turned(FOLDERS, share) == order


def test_every_order_of_the_folders_becomes_the_same(
    request: pytest.FixtureRequest,
) -> None:
    items = request.session.items
    backwards = reversed(collecting.folders())
    mixed = [
        item for folder in backwards for item in items if item.path.parent == folder
    ]

    collecting.put_in_order(mixed)

    assert mixed == items


def test_every_folder_of_tests_is_known(request: pytest.FixtureRequest) -> None:
    assert {item.path.parent for item in request.session.items} <= {
        *collecting.folders()
    }


@pytest.mark.parametrize("path", CONFTESTS, ids=lambda path: path.parent.name)
def test_a_conftest_only_names_fixtures(path: Path) -> None:
    """It isn't type-checked, as the modules that define them are."""
    document, *imports, names = ast.parse(path.read_text("utf-8")).body

    assert isinstance(document, ast.Expr)
    assert {type(statement) for statement in imports} == {ast.ImportFrom}
    assert ast.unparse(names).startswith("__all__ = ")
