"""Reads values in the answers of steps."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from ..errors import CallError
from ..json import JsonObject
from ..outputs.limits import Room
from ..outputs.shapes import Alone, pick


class UnusableAnswerError(CallError):
    """An answer of an upstream that the next steps can't use."""

    def __init__(self, fault: str) -> None:
        detail = f"the upstream API gave an answer {fault}"
        super().__init__(502, "Bad Gateway", detail)


class Wildcard(Enum):
    """The wildcard of a path: every item of an array."""

    EACH = "*"


EACH = Wildcard.EACH


def needed(value: Any, *steps: str | int) -> Any:
    """Return the value at a path; raises CallError if there is none."""
    part = pick(value, *steps)
    if part is None:
        raise UnusableAnswerError("that lacks a value for the next one")
    return part


def pick_each(value: Any, *steps: str | int | Wildcard) -> Any:
    """Return the value at a path in which `EACH` stands for every item of an array.

    Raises TooManyValuesError if there are too many items.
    """
    return _picked(value, steps, Room())


def _picked(value: Any, steps: tuple[str | int | Wildcard, ...], room: Room) -> Any:
    if EACH not in steps:
        return pick(value, *(step for step in steps if not isinstance(step, Wildcard)))
    at = steps.index(EACH)
    array = as_array(_picked(value, steps[:at], room))
    if not isinstance(array, list):
        return None
    room.take(len(array))
    return [_picked(item, steps[at + 1 :], room) for item in array]


def with_declared(value: Any, members: Callable[[Any], JsonObject]) -> Any:
    """Return the object of the declared members of an answer.

    The elements of an array have them beside their own. Raises CallError if an array
    was declared, and the answer has another value.
    """
    try:
        if isinstance(value, list):
            return [_with_members(item, members) for item in value]
        return None if value is None else members(value)
    except TypeError:
        raise UnusableAnswerError("that lacks a declared array") from None


def _with_members(item: Any, members: Callable[[Any], JsonObject]) -> Any:
    return {**item, **members(item)} if isinstance(item, dict) else item


def as_array(value: Any) -> Any:
    """Return an array; in XML, one of a single element looks like the element."""
    return value.as_array() if isinstance(value, Alone) else value
