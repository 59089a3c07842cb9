"""Queries of JSONPath as expressions of `outputs.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.naming import names_in
from naftiko_gen.emit.literals import Code, bare, call_of, fill, join, py, verbatim
from naftiko_gen.language.patterns import interoperable

NAMES = names_in("""
    at at_most below contains either equal every length less matches node nodes only
    piece where
    """)
"""The names that expressions of queries use."""


@dataclass(frozen=True)
class QueryWriter:
    """Writes queries of the value `root`; `depth` counts the enclosing filters."""

    root: Code
    depth: int = 0

    def expression(self, query: ir.Query) -> Code:
        """Return the expression of the list of a query's results."""
        parts = [part for segment in query.segments for part in self._segment(segment)]
        return call_of("nodes", self._base(query), *parts)

    def _base(self, query: ir.Query) -> Code:
        return self.root if query.start is ir.Start.ROOT else self._node

    @property
    def _node(self) -> Code:
        return bare("node" if self.depth == 1 else f"node_{self.depth}")

    def _segment(self, segment: ir.Segment) -> Iterator[Code]:
        match segment:
            case ir.Child(selectors=selectors):
                pass
            case ir.Descendant(selectors=selectors):
                yield verbatim("below")
            case _:
                assert_never(segment)
        codes = [self._selector(selector) for selector in selectors]
        yield codes[0] if len(codes) == 1 else call_of("either", *codes)

    def _selector(self, selector: ir.Selector) -> Code:
        match selector:
            case str() | int():
                return py(selector)
            case ir.Every():
                return verbatim("every")
            case ir.Slice(start=start, stop=stop, step=step):
                bounds = [py(start), py(stop), *([] if step is None else [py(step)])]
                return call_of("piece", *bounds)
            case ir.Filter(condition=condition):
                inside = replace(self, depth=self.depth + 1)
                code = inside.condition(condition)
                return call_of("where", fill("lambda {}: {}", inside._node, code))
            case _:
                assert_never(selector)

    def condition(self, condition: ir.Condition) -> Code:
        """Return the expression of a condition on the innermost filter's value."""
        match condition:
            case ir.AnyOf(conditions=conditions):
                return join(" or ", map(self.condition, conditions))
            case ir.AllOf(conditions=conditions):
                return join(" and ", map(self._factor, conditions))
            case ir.Negated(condition=inner):
                return fill("not {}", self._factor(inner, ir.AllOf))
            case ir.Exists(query=query):
                return self.expression(query)
            case ir.Compared():
                return self._comparison(condition)
            case ir.Fits(value=value, pattern=pattern, extent=extent):
                name = "matches" if extent is ir.Extent.WHOLE else "contains"
                text = py(interoperable(pattern))
                return call_of(name, self._operand(value), text)
            case _:
                assert_never(condition)

    def _factor(self, condition: ir.Condition, *weaker: type[ir.AllOf]) -> Code:
        """Return an operand of a stronger operator, in parentheses if it needs them."""
        code = self.condition(condition)
        is_weaker = isinstance(condition, (ir.AnyOf, *weaker))
        return fill("({})", code) if is_weaker else code

    def _comparison(self, comparison: ir.Compared) -> Code:
        left, right = map(self._operand, (comparison.left, comparison.right))
        match comparison.operator:
            case "==":
                return call_of("equal", left, right)
            case "!=":
                return fill("not {}", call_of("equal", left, right))
            case "<" | ">" as operator:
                function = "less"
            case operator:
                function = "at_most"
        pair = (left, right) if operator.startswith("<") else (right, left)
        return call_of(function, *pair)

    def _operand(self, operand: ir.Operand) -> Code:
        match operand:
            case ir.Given(value=value):
                return py(value)
            case ir.Query():
                # A singular query has one result at most.
                base, steps = self._base(operand), map(py, operand.steps)
                return call_of("at", base, *steps) if operand.steps else base
            case ir.Length(of=inner):
                return call_of("length", self._operand(inner))
            case ir.Count(of=query):
                return call_of("len", self.expression(query))
            case ir.Only(of=query):
                return call_of("only", self.expression(query))
            case _:
                assert_never(operand)
