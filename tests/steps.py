"""The steps of a computation: lines and calls of Python, as many on any machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any

IN_PROPORTION = 2.2
"""The most that `growth` is where each further unit takes as many steps as the last."""
AS_THEIR_SQUARE = 4.4
"""The most that it is where each further unit is compared with all of the others."""


@dataclass
class Counter:
    """A trace function that counts the steps of the interpreter."""

    steps: int = 0

    def __call__(self, _: FrameType, _event: str, _argument: Any) -> Counter:
        self.steps += 1
        return self


def steps_of(work: Callable[[], object]) -> int:
    """Do some work, and return how many lines and calls of Python it took."""
    counter, before = Counter(), sys.gettrace()
    sys.settrace(counter)
    try:
        work()
    finally:
        sys.settrace(before)
    return counter.steps


def growth(work: Callable[[int], object], units: int) -> float:
    """Compare the steps that two further `units` take with those of one further.

    That is 2 for work in proportion to the units, and 4 for work in proportion to their
    square. Work is done once before, so that values which are kept aren't counted.
    """
    work(units)
    single, double, quadruple = (steps_of(partial(work, n * units)) for n in (1, 2, 4))
    return (quadruple - double) / (double - single)
