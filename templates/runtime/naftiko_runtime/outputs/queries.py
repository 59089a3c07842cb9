"""JSONPaths with wildcards, slices, filters and descents."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextvars import ContextVar
from itertools import chain, islice
from typing import Any

from .shapes import MOST, Alone, Room, TooManyValuesError, check_size

Segment = Callable[[Any], Iterable[Any]]
"""Returns the values that a segment of a path selects in one value."""
FILTERED: ContextVar[Room | None] = ContextVar("filtered", default=None)
"""The room for values that the filters of a path look at."""

NOTHING = object()
"""The value of a path that leads nowhere; it equals itself alone."""


def nodes(value: Any, *segments: str | int | Segment) -> list[Any]:
    """Return the values to which segments lead, each applied to those of the last.

    A text is a member's name, and a number an index. Raises TooManyValuesError if a
    segment selects too many, or the filters look at too many.
    """
    if FILTERED.get() is not None:
        return _found(value, segments)
    token = FILTERED.set(Room())
    try:
        found = _found(value, segments)
    finally:
        FILTERED.reset(token)
    if any(one is below or isinstance(one, Union) for one in segments):
        check_size(found)
    return found


def _found(value: Any, segments: Iterable[str | int | Segment]) -> list[Any]:
    found = [value]
    for segment in segments:
        selected = chain.from_iterable(
            segment(node) if callable(segment) else _child(node, segment)
            for node in found
        )
        found = list(islice(selected, MOST + 1))
        if len(found) > MOST:
            raise TooManyValuesError
    return found


def _child(value: Any, step: str | int) -> list[Any]:
    if isinstance(step, str):
        return [value[step]] if isinstance(value, dict) and step in value else []
    array = _array(value)
    return [array[step]] if -len(array) <= step < len(array) else []


def every(value: Any) -> Collection[Any]:
    """Return the elements of an array, or the values of an object."""
    if isinstance(value, dict) and not isinstance(value, Alone):
        return value.values()
    return _array(value)


def _array(value: Any) -> list[Any]:
    """Return the elements of an array; a lone element of XML is an array of it."""
    if isinstance(value, Alone):
        try:
            return value.as_array()
        except TypeError:
            return [value]
    return value if isinstance(value, list) else []


def piece(
    start: int | None = None, stop: int | None = None, step: int | None = None
) -> Segment:
    """Return the segment that selects a slice of an array; a step of 0 selects none."""

    def select(value: Any) -> list[Any]:
        return [] if step == 0 else _array(value)[start:stop:step]

    return select


class Union:
    """The segment that selects the values of all segments, in their order."""

    def __init__(self, segments: Iterable[str | int | Segment]) -> None:
        self._segments = tuple(segments)

    def __call__(self, value: Any) -> Iterator[Any]:
        """Yield the values of each segment, which may be the same."""
        for segment in self._segments:
            yield from segment(value) if callable(segment) else _child(value, segment)


def either(*segments: str | int | Segment) -> Segment:
    """Return the segment that selects the values of all segments, in their order."""
    return Union(segments)


def _plain(value: Any) -> Any:
    """Return a value of XML as an object or a text, which it is as well as an array."""
    if not isinstance(value, Alone):
        return value
    return dict(value) if isinstance(value, dict) else str(value)


def below(value: Any) -> Iterator[Any]:
    """Yield a value and all values inside it, each before those inside it."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        yield _plain(node)
        inside = node.values() if isinstance(node, dict) else node
        if isinstance(node, dict | list):
            waiting += reversed(list(inside))


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
