"""Reads the selectors of a JSONPath (RFC 9535): `[-1]`, `[0:2]`, `['a','b']`, `..a`.

Filters compare paths of names and indexes, their `length()`, and constants.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

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
    from naftiko_gen.ir import PathSegment
    from naftiko_gen.ir.selectors import Operand, Test

NAME = r"""[^\s.\[\]()*?'"$]+(?:[ ]+[^\s.\[\]()*?'"$]+)*"""
"""A name behind a dot: other characters than those of selectors, and inner blanks."""
# Each parenthesis and each selector may become a level of the emitted code.
_DEEPEST = 10
_MOST = 100
_NAME = re.compile(NAME)
# Names in a filter end at blanks and operators.
_MEMBER = re.compile(r"[^\s.\[\]()*?'\"$@,:=!<>&|]+")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,8}")
_NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?"
)
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_OPERATOR = re.compile("==|!=|<=|>=|<|>")
_WORD = re.compile(r"(?:true|false|null)\b")
_WORDS = {"true": True, "false": False, "null": None}


class _UnreadableError(Exception):
    """The text is no selector."""


def read_selector(text: str) -> tuple[PathSegment, str] | None:
    """Return the selector at the start of a text, and the rest of the text.

    It starts with `[`, `.` or `..`. The result is None if the text has other parts.
    """
    try:
        reader = _Reader(text)
        return reader.segment(), reader.rest
    except _UnreadableError:
        return None


@dataclass
class _Reader:
    """A text, of which `rest` isn't read yet."""

    rest: str
    left: int = _MOST
    """The selectors and tests that may follow."""

    def segment(self) -> PathSegment:
        if self._take(".."):
            return Descendants(self._below())
        self._take(".")
        return Wildcard.CHILD if self._take("*") else self._bracket()

    def _below(self) -> PathSegment:
        """Read what follows two dots: a name, a wildcard or a bracket."""
        if self._take("*"):
            return Wildcard.CHILD
        return self._bracket() if self.rest.startswith("[") else self._match(_NAME)

    def _bracket(self) -> PathSegment:
        self._need("[")
        selectors = [self._selector()]
        while self._next(","):
            selectors.append(self._selector())
        self._blank()
        self._need("]")
        return selectors[0] if len(selectors) == 1 else Several(tuple(selectors))

    def _selector(self) -> PathSegment:
        self._count()
        self._blank()
        if self._take("*"):
            return Each.ELEMENT
        if self._take("?"):
            return Filter(self._any_of(_DEEPEST))
        quoted = self._matched(_QUOTED)
        return self._position() if quoted is None else _unquoted(quoted)

    def _position(self) -> PathSegment:
        """Read an index or a slice."""
        start = self._integer()
        if not self._next(":"):
            return self._fail() if start is None else start
        stop = self._integer()
        step = self._integer() if self._next(":") else None
        if step == 0:
            return Several(())
        return Slice(start, stop, 1 if step is None else step)

    def _integer(self) -> int | None:
        self._blank()
        text = self._matched(_INTEGER)
        return None if text is None else int(text)

    # --- filters ---

    def _any_of(self, depth: int) -> Test:
        tests = [self._all_of(depth)]
        while self._next("||"):
            tests.append(self._all_of(depth))
        return tests[0] if len(tests) == 1 else Disjunction(tuple(tests))

    def _all_of(self, depth: int) -> Test:
        tests = [self._test(depth)]
        while self._next("&&"):
            tests.append(self._test(depth))
        return tests[0] if len(tests) == 1 else Conjunction(tuple(tests))

    def _test(self, depth: int) -> Test:
        self._count()
        if depth == 0:
            self._fail()
        is_negated = self._next("!")
        if self._next("("):
            test = self._any_of(depth - 1)
            self._blank()
            self._need(")")
        else:
            test = self._comparison(is_negated)
        return Negation(test) if is_negated else test

    def _comparison(self, is_negated: bool) -> Test:
        left = self._operand()
        self._blank()
        operator = None if is_negated else self._matched(_OPERATOR)
        if operator is not None:
            return Comparison(left, Operator(operator), self._operand())
        return Existence(left) if isinstance(left, Reference) else self._fail()

    def _operand(self) -> Operand:
        self._blank()
        if self.rest.startswith(("@", "$")):
            return self._reference()
        if self._take("length("):
            self._blank()
            reference = self._reference()
            self._blank()
            self._need(")")
            return Length(reference)
        return self._constant()

    def _reference(self) -> Reference:
        is_root = self._take("$")
        if not is_root:
            self._need("@")
        path: list[str | int] = []
        while self.rest.startswith((".", "[")):
            self._count()
            path.append(self._step())
        return Reference(is_root, tuple(path))

    def _step(self) -> str | int:
        if self._take("."):
            return self._match(_MEMBER)
        self._need("[")
        self._blank()
        quoted = self._matched(_QUOTED)
        step = self._integer() if quoted is None else _unquoted(quoted)
        self._blank()
        self._need("]")
        return self._fail() if step is None else step

    def _constant(self) -> Operand:
        quoted = self._matched(_QUOTED)
        if quoted is not None:
            return _unquoted(quoted)
        word = self._matched(_WORD)
        if word is not None:
            return _WORDS[word]
        number = self._match(_NUMBER)
        return float(number) if set(number) & set(".eE") else int(number)

    # --- characters ---

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            self._fail()

    def _blank(self) -> None:
        self.rest = self.rest.lstrip(" \t\r\n")

    def _next(self, mark: str) -> bool:
        """Read blanks, and a mark if it is next."""
        self._blank()
        return self._take(mark)

    def _take(self, mark: str) -> bool:
        is_next = self.rest.startswith(mark)
        self.rest = self.rest.removeprefix(mark)
        return is_next

    def _need(self, mark: str) -> None:
        if not self._take(mark):
            self._fail()

    def _matched(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.rest)
        if match is None:
            return None
        self.rest = self.rest[match.end() :]
        return match[0]

    def _match(self, pattern: re.Pattern[str]) -> str:
        text = self._matched(pattern)
        return self._fail() if text is None else text

    def _fail(self) -> NoReturn:
        raise _UnreadableError


def _unquoted(quoted: str) -> str:
    """Return the text between quotes, with the escapes of JSON."""
    inside = quoted[1:-1]
    if quoted[0] == "'":
        inside = inside.replace("\\'", "'").replace('"', '\\"')
    try:
        text = json.loads(f'"{inside}"', strict=False)
        text.encode()
    except ValueError:
        raise _UnreadableError from None
    return str(text)
