"""Selects values by JSON paths that lead to any number of them (RFC 9535)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .filters import Test
from .shapes import Alone

# More values would delay all other calls.
MOST = 200_000


class Wildcard(Enum):
    """The members of an object or the elements of an array."""

    CHILD = ".*"
    ELEMENT = "[*]"
    """In XML, a single element that stands for an array is its only element."""


CHILD = Wildcard.CHILD
ELEMENT = Wildcard.ELEMENT


@dataclass(frozen=True)
class Where:
    """The elements or members that pass a test."""

    test: Test


@dataclass(frozen=True)
class Descendants:
    """The values of a selector in a value and in everything inside it."""

    selector: "Selector"


Selector = str | int | slice | Wildcard | Where | Descendants | tuple[Any, ...]
"""A selector; a tuple has the values of several selectors, in their order."""


def select_all(value: Any, *selectors: Selector) -> list[Any]:
    """Return the values at a path; raises TypeError if it looks at too many."""
    walk = _Walk(value)
    nodes = [value]
    for selector in selectors:
        nodes = [child for node in nodes for child in walk.step(node, selector)]
    return nodes


def select_first(value: Any, *selectors: Selector) -> Any:
    """Return the first value at a path, or None; raises TypeError like `select_all`."""
    return next(iter(select_all(value, *selectors)), None)


class _Walk:
    """A search from a root, which may look at a limited number of values."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.left = MOST

    def step(self, node: Any, selector: Selector) -> Iterator[Any]:
        """Yield the values of a selector in a node."""
        match selector:
            case str():
                yield from self._seen(_member(node, selector))
            case int():
                yield from self._seen(_item(_array(node), selector))
            case slice():
                yield from self._seen(_array(node)[selector])
            case Wildcard.CHILD:
                yield from self._seen(_children(node))
            case Wildcard.ELEMENT:
                yield from self._seen(_elements(node))
            case Where(test=test):
                elements = self._seen(_elements(node))
                yield from (one for one in elements if test.holds(one, self.root))
            case Descendants(selector=inner):
                for inside in self._below(node):
                    yield from self.step(inside, inner)
            case tuple():
                for part in selector:
                    yield from self.step(node, part)

    def _below(self, node: Any) -> Iterator[Any]:
        """Yield a node and everything inside it, the outer values first."""
        waiting = [node]
        while waiting:
            current = waiting.pop()
            yield current
            waiting += reversed(list(self._seen(_children(current))))

    def _seen(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self.left -= 1
            if self.left < 0:
                raise TypeError(f"a path to at most {MOST} values was declared")
            yield value


def _member(node: Any, name: str) -> list[Any]:
    return [node[name]] if isinstance(node, dict) and name in node else []


def _item(array: list[Any], index: int) -> list[Any]:
    return [array[index]] if -len(array) <= index < len(array) else []


def _array(node: Any) -> list[Any]:
    if isinstance(node, Alone):
        return node.as_array()
    return node if isinstance(node, list) else []


def _elements(node: Any) -> Iterable[Any]:
    return node.as_array() if isinstance(node, Alone) else _children(node)


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()
