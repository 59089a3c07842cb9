"""The steps of a computation: lines and calls of Python, as many on any machine."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import FrameType

IN_PROPORTION = 2.2
"""The most that `growth` is where each further unit takes as many steps as the last."""
AS_THEIR_SQUARE = 4.4
"""The most that it is where each further unit is compared with all of the others."""


@dataclass
class Steps:
    """A trace function that counts the steps of a function."""

    count: int = 0

    def __call__(self, *_: object) -> Steps:
        self.count += 1
        return self


def steps_by_function(work: Callable[[], object]) -> Counter[str]:
    """Do some work, and return how many lines and calls each function took."""
    functions: defaultdict[tuple[str, str], Steps] = defaultdict(Steps)

    def trace(frame: FrameType, *_: object) -> Steps:
        return functions[frame.f_code.co_filename, frame.f_code.co_name]()

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return Counter({": ".join(name): steps.count for name, steps in functions.items()})


def steps_of(work: Callable[[], object]) -> int:
    """Do some work, and return how many lines and calls of Python it took."""
    return steps_by_function(work).total()


def growing_functions(work: Callable[[int], object], units: int) -> list[str]:
    """Return the functions that take more steps for each further unit.

    Those that take few are left out.
    """
    work(units)
    single, double, quadruple = (
        steps_by_function(partial(work, n * units)) for n in (1, 2, 4)
    )
    last, first = quadruple - double, double - single
    return [n for n in last if last[n] > max(IN_PROPORTION * first[n], 8 * units)]


def growth(work: Callable[[int], object], units: int) -> float:
    """Compare the steps that two further `units` take with those of one further.

    That is 2 for work in proportion to the units, and 4 for work in proportion to their
    square. Work is done once before, so that values which are kept aren't counted.
    """
    work(units)
    single, double, quadruple = (steps_of(partial(work, n * units)) for n in (1, 2, 4))
    return (quadruple - double) / (double - single)
