"""The values that a JSON path selects in a sample, as the emitted tests expect them.

They are computed apart from the runtime, which the tests check.
"""

from __future__ import annotations

from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, assert_never

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
    Operator,
    Reference,
    Several,
    Slice,
    Wildcard,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import PathSegment
    from naftiko_gen.ir.selectors import Operand, Test

_ORDERS: dict[Operator, Callable[[float, float], bool]] = {
    Operator.LESS: lt,
    Operator.AT_MOST: le,
    Operator.GREATER: gt,
    Operator.AT_LEAST: ge,
}


def selected(root: Plain, path: tuple[PathSegment, ...]) -> list[Plain]:
    """Return the values at a path."""
    nodes = [root]
    for segment in path:
        nodes = [child for node in nodes for child in _step(node, segment, root)]
    return nodes


def _step(node: Plain, segment: PathSegment, root: Plain) -> list[Plain]:
    match segment, node:
        case str(), dict():
            return [node[segment]] if segment in node else []
        case int(), list():
            return node[segment:][:1] if -len(node) <= segment < len(node) else []
        case Slice(start=start, stop=stop, step=step), list():
            return node[start:stop:step]
        case (Each() | Wildcard()), _:
            return _children(node)
        case Several(selectors=selectors), _:
            return [one for each in selectors for one in _step(node, each, root)]
        case Descendants(selector=inner), _:
            return [one for each in _below(node) for one in _step(each, inner, root)]
        case Filter(test=test), _:
            return [child for child in _children(node) if _passes(test, child, root)]
        case _:
            return []


def _children(node: Plain) -> list[Plain]:
    match node:
        case dict():
            return list(node.values())
        case list():
            return node
        case _:
            return []


def _below(node: Plain) -> Iterator[Plain]:
    yield node
    for child in _children(node):
        yield from _below(child)


def _passes(test: Test, value: Plain, root: Plain) -> bool:
    match test:
        case Comparison(left=left, operator=operator, right=right):
            return _compare(
                _operand(left, value, root), operator, _operand(right, value, root)
            )
        case Existence(reference=reference):
            return bool(_operand(reference, value, root))
        case Negation(test=inner):
            return not _passes(inner, value, root)
        case Conjunction(tests=tests):
            return all(_passes(each, value, root) for each in tests)
        case Disjunction(tests=tests):
            return any(_passes(each, value, root) for each in tests)
        case _:
            assert_never(test)


def _operand(operand: Operand, value: Plain, root: Plain) -> list[Plain]:
    """Return a list of the operand's value, which is empty without one."""
    match operand:
        case Reference(is_root=is_root, path=path):
            return selected(root if is_root else value, path)
        case Length(reference=reference):
            found = _operand(reference, value, root)
            return [len(one) for one in found if isinstance(one, str | list | dict)]
        case _:
            return [operand]


def _compare(left: list[Plain], operator: Operator, right: list[Plain]) -> bool:
    is_equal = repr(_typed(left)) == repr(_typed(right))
    match operator, left, right:
        case Operator.EQUAL, _, _:
            return is_equal
        case Operator.UNEQUAL, _, _:
            return not is_equal
        case _, [str() as a], [str() as b]:
            return _ORDERS[operator]((a > b) - (a < b), 0)
        case _, [int() | float() as a], [int() | float() as b]:
            are_numbers = not isinstance(a, bool) and not isinstance(b, bool)
            return are_numbers and _ORDERS[operator](a, b)
        case _:
            has_equality = operator in (Operator.AT_MOST, Operator.AT_LEAST)
            return has_equality and is_equal


def _typed(value: Plain) -> Plain:
    """Return a value whose `repr` is that of all equal ones."""
    match value:
        case bool() | str() | None:
            return value
        case int() | float():
            return float(value)
        case list():
            return [_typed(item) for item in value]
        case dict():
            return {key: _typed(value[key]) for key in sorted(value)}
        case _:
            return value
