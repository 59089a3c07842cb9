"""JSONPath of RFC 9535, in the spellings that specs have."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from naftiko_gen.ir.queries import (
    AllOf,
    AnyOf,
    Child,
    Compared,
    Condition,
    Count,
    Descendant,
    Every,
    Exists,
    Extent,
    Filter,
    Fits,
    Given,
    Length,
    Negated,
    Only,
    Operand,
    PathSegment,
    Query,
    Segment,
    Selector,
    Slice,
    Start,
)
from naftiko_gen.language.expressions import json_path
from naftiko_gen.language.patterns import PatternError, sample_of

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery
    from jsonpath_rfc9535.filter_expressions import Expression
    from jsonpath_rfc9535.segments import JSONPathSegment
    from jsonpath_rfc9535.selectors import JSONPathSelector

MOST = 100
"""The most selectors and conditions of a path."""
_DEEPEST = 20
_LONGEST = 10_000
_MOST_INDEX = 10**9
_BRACES = re.compile(r"\s*\{\{\s*(\$.*?)\s*\}\}\s*")
_WORD = r"[^\s.\[\]()*?'\"$@,:&|!<>=]+"
_NAME = rf"@?{_WORD}(?: +{_WORD})*"
_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_SPELLINGS = re.compile(
    rf"(?:{_STRING}|\b[0-9]+(?:\.[0-9]+)?)|(?P<dots>\.\.?)(?P<name>{_NAME})|(?<!\.)\.(?=\[)"
)
"""Names with characters that the standard has in quotes only, and dots too many."""
_FIRST = re.compile(rf"[$@]?\.?(?:{_NAME}|\[\s*(?:{_STRING})\s*\])")


class PathError(ValueError):
    """A part of a JSONPath that can't be compiled."""


def query(text: str) -> Query:
    """Return the query of a JSONPath, which may leave out its `$.` or be in braces.

    Raises:
        PathError: It isn't a JSONPath of RFC 9535, or it is too long.
    """
    # It takes 20 ms to import, and few specs need it.
    import jsonpath_rfc9535

    path = _without_braces(text)
    if len(path) > _LONGEST:
        raise PathError(f"it has more than {_LONGEST} characters")
    if path[:1] in ("$", "@"):
        path = path[1:]
    elif path[:1] not in ("", ".", "["):
        path = f".{path}"
    try:
        standard = _SPELLINGS.sub(_respelt, "" if path == "." else path)
        query = jsonpath_rfc9535.compile(f"${standard}")
    except jsonpath_rfc9535.JSONPathError as error:
        raise PathError(str(error.args[0])) from None
    except RecursionError:
        raise PathError("it is nested too deeply") from None
    except (ValueError, OverflowError):
        # The library doesn't expect numbers of hundreds of digits.
        raise PathError("a number in it is too large") from None
    return Query(_Reader().segments(query), f"${path}")


def path_or_query(text: str) -> tuple[PathSegment, ...] | Query:
    """Return the steps of a JSONPath to one value, else its query.

    Raises:
        PathError: It isn't a JSONPath of RFC 9535, or it is too long.
    """
    steps = json_path(text)
    if steps is not None:
        return steps
    parsed_query = query(text)
    return parsed_query.steps if parsed_query.is_singular else parsed_query


def step_query(text: str) -> tuple[str, Query]:
    """Return the step with which a JSONPath starts, and the query in its answer.

    Raises:
        PathError: It isn't a JSONPath of RFC 9535 that starts with a name.
    """
    path = _without_braces(text)
    match query(path).segments, _FIRST.match(path):
        case (Child(selectors=(str() as name,)), *_), re.Match() as first:
            return name, query(f"${path[first.end() :]}")
        case _:
            raise PathError("it doesn't start with the name of a step")


def _without_braces(text: str) -> str:
    braces = _BRACES.fullmatch(text)
    return (braces[1] if braces else text).strip()


def _respelt(part: re.Match[str]) -> str:
    """Return a part of a path as the standard has it."""
    if part["name"] is None:
        return part[0] if part[0] != "." else ""
    dots = ".." if part["dots"] == ".." else ""
    return f"{dots}[{json.dumps(part['name'], ensure_ascii=False)}]"


class _Reader:
    """Makes queries of the syntax trees of a path, and limits it."""

    def __init__(self) -> None:
        self._parts = 0
        self._depth = 0

    def segments(self, query: JSONPathQuery) -> tuple[Segment, ...]:
        return tuple(self._segment(segment) for segment in query.segments)

    def _segment(self, segment: JSONPathSegment) -> Segment:
        from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment

        selectors = tuple(self._selector(selector) for selector in segment.selectors)
        if not isinstance(segment, JSONPathRecursiveDescentSegment):
            return Child(selectors)
        if self._depth:
            raise PathError("'..' inside a filter isn't supported")
        return Descendant(selectors)

    def _selector(self, selector: JSONPathSelector) -> Selector:
        from jsonpath_rfc9535 import selectors as syntax

        self._count()
        match selector:
            case syntax.NameSelector(name=name):
                return name
            case syntax.IndexSelector(index=index):
                return _check(index)
            case syntax.SliceSelector(slice=piece):
                bounds = (piece.start, piece.stop, piece.step)
                return Slice(*[None if at is None else _check(at) for at in bounds])
            case syntax.FilterSelector(expression=expression):
                self._enter()
                condition = self._condition(expression.expression)
                self._depth -= 1
                return Filter(condition)
            case _:
                return Every.VALUE

    def _condition(self, expression: Expression) -> Condition:
        from jsonpath_rfc9535 import filter_expressions as syntax

        self._count()
        match expression:
            case syntax.LogicalExpression(left=left, operator=operator, right=right):
                both = (self._condition(left), self._condition(right))
                return AllOf(both) if operator == "&&" else AnyOf(both)
            case syntax.PrefixExpression(right=right):
                self._enter()
                condition = self._condition(right)
                self._depth -= 1
                return Negated(condition)
            case syntax.ComparisonExpression(left=left, operator=operator, right=right):
                return Compared(self._operand(left), operator, self._operand(right))
            case syntax.FunctionExtension(name=name, args=[value, pattern]):
                return self._fits(Extent(name), value, pattern)
            case _:
                operand = self._operand(expression)
                if isinstance(operand, Query):
                    return Exists(operand)
                raise PathError("a filter needs a comparison, a path or a function")

    def _fits(self, extent: Extent, value: Expression, pattern: Expression) -> Fits:
        from jsonpath_rfc9535.filter_expressions import StringLiteral

        if not isinstance(pattern, StringLiteral):
            raise PathError(f"the pattern of {extent.value}() must be a text")
        try:
            sample_of(pattern.value)
        except PatternError as error:
            raise PathError(f"the pattern of {extent.value}(): {error}") from None
        return Fits(self._operand(value), pattern.value, extent)

    def _operand(self, expression: Expression) -> Operand:
        from jsonpath_rfc9535 import filter_expressions as syntax

        match expression:
            case syntax.RelativeFilterQuery(query=query):
                return Query(self.segments(query), _text("@", query), Start.NODE)
            case syntax.RootFilterQuery(query=query):
                inner = Query(self.segments(query), _text("$", query))
                if not inner.is_singular:
                    raise PathError(
                        "in a filter, '$' leads through names and indexes only"
                    )
                return inner
            case syntax.IntegerLiteral() | syntax.FloatLiteral():
                return Given(_number(expression.token.value))
            case syntax.FilterExpressionLiteral(value=value):
                return Given(value)
            case syntax.FunctionExtension(name=name, args=[argument]):
                self._enter()
                operand = self._operand(argument)
                self._depth -= 1
                return _function(name, operand)
            case _:
                raise PathError("'!' stands before parentheses, a path or a function")

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PathError("it is nested too deeply")

    def _count(self) -> None:
        self._parts += 1
        if self._parts > MOST:
            raise PathError(f"it has more than {MOST} parts")


def _number(text: str) -> float:
    """Return a number of a filter, which the library may have rounded."""
    try:
        number: int | float = json.loads(text)
    except ValueError:
        # The library allows zeros after a minus sign.
        raise PathError(f"the number {text} has a leading zero") from None
    return number


def _function(name: str, operand: Operand) -> Operand:
    if not isinstance(operand, Query) or name == "length":
        return Length(operand)
    return Count(operand) if name == "count" else Only(operand)


def _text(start: str, query: JSONPathQuery) -> str:
    return start + str(query)[1:]


def _check(index: int) -> int:
    if abs(index) >= _MOST_INDEX:
        raise PathError(f"the index {index} is too large")
    return index
