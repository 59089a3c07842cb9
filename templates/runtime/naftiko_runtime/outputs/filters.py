"""Conditions of JSONPath's filters (RFC 9535)."""

from collections.abc import Callable
from typing import Any

from .queries import FILTERED, Segment, every, nodes

NOTHING = object()
"""The value of a path that leads nowhere; it equals itself alone."""


def where(condition: Callable[[Any], object]) -> Segment:
    """Return the segment that selects elements or values by a condition."""

    def select(value: Any) -> list[Any]:
        values = every(value)
        if room := FILTERED.get():
            room.take(len(values))
        return [node for node in values if condition(node)]

    return select


def only(found: list[Any]) -> Any:
    """Return the single value of a list; a list of none or several has no value."""
    return found[0] if len(found) == 1 else NOTHING


def at(value: Any, *steps: str | int) -> Any:
    """Return the value at a path of names and indexes."""
    return only(nodes(value, *steps))


def length(value: Any) -> Any:
    """Return the length of a text, an array or an object; others have none."""
    return len(value) if isinstance(value, str | list | dict) else NOTHING


def equal(left: Any, right: Any) -> bool:
    """Return whether two values are equal in JSON: `true` isn't 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            equal(value, right[key]) for key, value in left.items()
        )
    return bool(left == right)


def less(left: Any, right: Any) -> bool:
    """Return whether one number or text is less than another; others never are."""
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return _is_number(left) and _is_number(right) and bool(left < right)


def at_most(left: Any, right: Any) -> bool:
    """Return whether a value is less than another one or equal to it."""
    return less(left, right) or equal(left, right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
