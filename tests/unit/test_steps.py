"""The measure by which tests tell work in proportion from work that isn't."""

from __future__ import annotations

import sys

import pytest

from steps import IN_PROPORTION, growth, steps_of


def each(units: int) -> int:
    return sum(1 for _ in range(units))


def pairs(units: int) -> int:
    return sum(1 for unit in range(units) for _ in range(unit))


def test_steps_are_the_same_every_time() -> None:
    assert len({steps_of(lambda: pairs(20)) for _ in range(5)}) == 1


def test_work_in_proportion_is_told_from_its_square() -> None:
    assert growth(each, 50) < IN_PROPORTION
    assert growth(pairs, 50) > IN_PROPORTION


def test_a_square_counts_beside_proportional_work() -> None:
    assert growth(lambda units: each(40 * units) + pairs(units), 50) > IN_PROPORTION


def test_tracing_ends_with_the_work() -> None:
    def failing() -> None:
        raise LookupError

    before = sys.gettrace()
    with pytest.raises(LookupError):
        steps_of(failing)
    assert sys.gettrace() is before
