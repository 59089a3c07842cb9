"""Selectors of JSONPaths, as RFC 9535 writes them."""

from __future__ import annotations

import json
import re
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
    Reference,
    Several,
    Slice,
    Wildcard,
)

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import PathSegment
    from naftiko_gen.ir.selectors import Operand, Test


_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def segment_text(segment: PathSegment) -> str:
    """Return a segment behind a dot or in brackets."""
    match segment:
        case Descendants(selector=inner):
            return f"..{segment_text(inner).removeprefix('.')}"
        case str() if _NAME.fullmatch(segment):
            return f".{segment}"
        case _:
            return f"[{_selector(segment)}]"


def _selector(segment: PathSegment) -> str:
    match segment:
        case str() | int():
            return _constant(segment)
        case Each() | Wildcard():
            return "*"
        case Slice():
            return _slice(segment)
        case Several(selectors=selectors):
            # A slice whose step is 0 selects nothing.
            return ",".join(map(_selector, selectors)) or "::0"
        case Filter(test=test):
            return f"?{_test(test)}"
        case Descendants():
            raise TypeError("descendants are no selector in brackets")
        case _:
            assert_never(segment)


def _slice(slice_: Slice) -> str:
    bounds = ("" if end is None else str(end) for end in (slice_.start, slice_.stop))
    step = "" if slice_.step == 1 else f":{slice_.step}"
    return ":".join(bounds) + step


def _test(test: Test) -> str:
    match test:
        case Comparison(left=left, operator=operator, right=right):
            return f"{_operand(left)} {operator.value} {_operand(right)}"
        case Existence(reference=reference):
            return _operand(reference)
        case Negation(test=Existence() as inner):
            return f"!{_test(inner)}"
        case Negation(test=inner):
            return f"!({_test(inner)})"
        case Conjunction(tests=tests):
            return " && ".join(map(_part, tests))
        case Disjunction(tests=tests):
            return " || ".join(map(_part, tests))
        case _:
            assert_never(test)


def _part(test: Test) -> str:
    """Return a part of a test, in parentheses if it has parts itself."""
    has_parts = isinstance(test, Conjunction | Disjunction)
    return f"({_test(test)})" if has_parts else _test(test)


def _operand(operand: Operand) -> str:
    match operand:
        case Reference(is_root=is_root, path=path):
            return "@$"[is_root] + "".join(map(segment_text, path))
        case Length(reference=reference):
            return f"length({_operand(reference)})"
        case _:
            return _constant(operand)


def _constant(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False)
