"""Limits of inputs: which a type can have, and a value that is within them."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.language.patterns import LONGEST_TEXT, PatternError, sample_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.language.models import Kind

_OF_NUMBERS = (
    ir.Limit.MINIMUM,
    ir.Limit.MAXIMUM,
    ir.Limit.EXCLUSIVE_MINIMUM,
    ir.Limit.EXCLUSIVE_MAXIMUM,
)
_USUAL_NUMBERS = (7, 2.5)


def limit_keys(kind: Kind) -> tuple[str, ...]:
    """Return the keys of the limits that values of a type can have."""
    match kind:
        case "integer" | "number":
            return _OF_NUMBERS
        case "string":
            return ir.Limit.MIN_LENGTH, ir.Limit.MAX_LENGTH
        case "array":
            return ir.Limit.MIN_ITEMS, ir.Limit.MAX_ITEMS
        case "boolean" | "object":
            return ()


def sample_within(limits: ir.Limits, base: ir.Type) -> str | int | float | None:
    """Return a scalar of a type within limits, or None if none is found."""
    candidates = _candidates(dict(limits), base)
    return next((sample for sample in candidates if ir.are_kept(limits, sample)), None)


def _candidates(
    limits: dict[ir.Limit, int | float], base: ir.Type
) -> Iterator[str | int | float]:
    match base:
        case ir.Primitive.STRING:
            yield "x" * int(max(limits.get(ir.Limit.MIN_LENGTH, 0), _one(limits)))
        case ir.Matching(pattern=pattern):
            yield from _matching(pattern, limits)
        case ir.OneOf(values=values):
            yield from values
        case ir.Primitive.INTEGER:
            yield from map(math.floor, _numbers(limits.values()))
        case ir.Primitive.NUMBER:
            yield from _numbers(limits.values())
        case _:
            pass


def _one(limits: dict[ir.Limit, int | float]) -> int | float:
    """Return the length of a usual text: one character, if it may have one."""
    return min(1, limits.get(ir.Limit.MAX_LENGTH, 1))


def _matching(pattern: str, limits: dict[ir.Limit, int | float]) -> Iterator[str]:
    least = limits.get(ir.Limit.MIN_LENGTH, 0)
    most = limits.get(ir.Limit.MAX_LENGTH, LONGEST_TEXT)
    with suppress(PatternError):
        yield sample_of(pattern, int(least), int(most))


def _numbers(bounds: Iterable[int | float]) -> Iterator[int | float]:
    """Yield usual numbers, then some at, beside and between the bounds."""
    numbers = sorted(bounds)
    yield from _USUAL_NUMBERS
    for bound in numbers:
        yield from (bound, bound + 1, bound - 1)
    if numbers:
        yield (numbers[0] + numbers[-1]) / 2
