"""Paths that lead to any number of values, as expressions of emitted modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import Code, fill, join, py, verbatim
from naftiko_gen.ir import Each
from naftiko_gen.ir.selectors import (
    Comparison,
    Conjunction,
    Descendants,
    Disjunction,
    Existence,
    Filter,
    Length,
    Negation,
    Reference,
    Several,
    Slice,
    Wildcard,
)

if TYPE_CHECKING:
    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.ir import PathSegment
    from naftiko_gen.ir.selectors import Operand, Test

FUNCTIONS = frozenset({"select_all", "select_first"})
CLASSES = frozenset(
    (
        "AllOf",
        "AnyOf",
        "Compare",
        "Descendants",
        "Exists",
        "Length",
        "Not",
        "Reference",
        "Where",
    )
)
"""The classes that the expressions name."""


@dataclass(frozen=True)
class Selections:
    """Writes paths with selectors, and imports the names that they need."""

    imports: Imports

    def all(self, value: Code, path: tuple[PathSegment, ...]) -> Code:
        """Return the expression of all values at a path."""
        return self._call("select_all", value, *map(self._selector, path))

    def first(self, value: Code, path: tuple[PathSegment, ...]) -> Code:
        """Return the expression of the first value at a path."""
        return self._call("select_first", value, *map(self._selector, path))

    def _selector(self, segment: PathSegment) -> Code:
        match segment:
            case str() | int():
                return py(segment)
            case Each():
                return self._constant("ELEMENT")
            case Wildcard():
                return self._constant("CHILD")
            case Slice(start=start, stop=stop, step=1):
                return fill("slice({}, {})", py(start), py(stop))
            case Slice(start=start, stop=stop, step=step):
                return fill("slice({}, {}, {})", py(start), py(stop), py(step))
            case Several(selectors=selectors):
                return _tuple([self._selector(each) for each in selectors])
            case Descendants(selector=inner):
                return self._call("Descendants", self._selector(inner))
            case Filter(test=test):
                return self._call("Where", self._test(test))
            case _:
                assert_never(segment)

    def _test(self, test: Test) -> Code:
        match test:
            case Comparison(left=left, operator=operator, right=right):
                sides = self._operand(left), py(operator.value), self._operand(right)
                return self._call("Compare", *sides)
            case Existence(reference=reference):
                return self._call("Exists", self._operand(reference))
            case Negation(test=inner):
                return self._call("Not", self._test(inner))
            case Conjunction(tests=tests):
                return self._call("AllOf", *map(self._test, tests))
            case Disjunction(tests=tests):
                return self._call("AnyOf", *map(self._test, tests))
            case _:
                assert_never(test)

    def _operand(self, operand: Operand) -> Code:
        match operand:
            case Reference():
                return self._call("Reference", *_arguments(operand))
            case Length(reference=reference):
                return self._call("Length", *_arguments(reference))
            case _:
                return py(operand)

    def _constant(self, name: str) -> Code:
        self.imports.use(name)
        return verbatim(name)

    def _call(self, name: str, *arguments: Code) -> Code:
        self.imports.use(name)
        return fill("{}({})", verbatim(name), join(", ", arguments))


def _arguments(reference: Reference) -> list[Code]:
    steps = [py(step) for step in reference.path]
    return [*steps, verbatim("is_root=True")] if reference.is_root else steps


def _tuple(items: list[Code]) -> Code:
    return fill("({},)" if len(items) == 1 else "({})", join(", ", items))
