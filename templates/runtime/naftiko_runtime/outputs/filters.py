"""The tests of filters in JSON paths (RFC 9535)."""

from abc import ABC, abstractmethod
from typing import Any, Final

NOTHING: Final = object()
"""The absence of a value, which isn't null."""


class Test(ABC):
    """A condition of a filter."""

    @abstractmethod
    def holds(self, value: Any, root: Any) -> bool:
        """Return whether a value passes the test."""


class Reference:
    """A path from the tested value or from the root."""

    def __init__(self, *path: str | int, is_root: bool = False) -> None:
        self.path = path
        self.is_root = is_root

    def read(self, value: Any, root: Any) -> Any:
        """Return the value at the path, or NOTHING."""
        found = root if self.is_root else value
        for step in self.path:
            found = _step(found, step)
        return found


class Length(Reference):
    """The length of a text, an array or an object, or NOTHING for other values."""

    def read(self, value: Any, root: Any) -> Any:
        """Return the length."""
        found = super().read(value, root)
        return len(found) if isinstance(found, str | list | dict) else NOTHING


class Exists(Test):
    """Whether there is a value at a path, which may be null."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference

    def holds(self, value: Any, root: Any) -> bool:
        """Return whether there is a value."""
        return self.reference.read(value, root) is not NOTHING


class Compare(Test):
    """The comparison of references and constants."""

    def __init__(self, left: Any, operator: str, right: Any) -> None:
        self.left = left
        self.operator = operator
        self.right = right

    def holds(self, value: Any, root: Any) -> bool:
        """Return whether the comparison is true."""
        left, right = (
            side.read(value, root) if isinstance(side, Reference) else side
            for side in (self.left, self.right)
        )
        match self.operator:
            case "==":
                return _is_equal(left, right)
            case "!=":
                return not _is_equal(left, right)
            case "<":
                return _is_less(left, right)
            case "<=":
                return _is_less(left, right) or _is_equal(left, right)
            case ">":
                return _is_less(right, left)
            case _:
                return _is_less(right, left) or _is_equal(left, right)


class Not(Test):
    """Whether a test fails."""

    def __init__(self, test: Test) -> None:
        self.test = test

    def holds(self, value: Any, root: Any) -> bool:
        """Return whether the test fails."""
        return not self.test.holds(value, root)


class AllOf(Test):
    """Whether a value passes all of some tests."""

    def __init__(self, *tests: Test) -> None:
        self.tests = tests

    def holds(self, value: Any, root: Any) -> bool:
        """Return whether no test fails."""
        return all(test.holds(value, root) for test in self.tests)


class AnyOf(Test):
    """Whether a value passes one of some tests."""

    def __init__(self, *tests: Test) -> None:
        self.tests = tests

    def holds(self, value: Any, root: Any) -> bool:
        """Return whether a test passes."""
        return any(test.holds(value, root) for test in self.tests)


def _step(value: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return value.get(step, NOTHING) if isinstance(value, dict) else NOTHING
    inside = isinstance(value, list) and -len(value) <= step < len(value)
    return value[step] if inside else NOTHING


def _is_equal(left: Any, right: Any) -> bool:
    """Return whether two values are the same JSON: `true` isn't 1."""
    if left is right:
        return True
    match left, right:
        case list(), list():
            pairs = zip(left, right, strict=False)
            return len(left) == len(right) and all(_is_equal(*pair) for pair in pairs)
        case dict(), dict():
            is_alike = left.keys() == right.keys()
            return is_alike and all(_is_equal(left[key], right[key]) for key in left)
        case _:
            return isinstance(left, bool) is isinstance(right, bool) and bool(
                left == right
            )


def _is_less(left: Any, right: Any) -> bool:
    """Return whether one number or text is less than another one."""
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    match left, right:
        case (str(), str()) | (int() | float(), int() | float()):
            return bool(left < right)
        case _:
            return False
