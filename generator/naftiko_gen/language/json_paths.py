"""JSONPath of RFC 9535, in the spellings that specs have."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeVar

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
    Query,
    Segment,
    Selector,
    Slice,
    Start,
)
from naftiko_gen.language.patterns import PatternError, sample_of

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MOST = 100
"""The most selectors and conditions of a path."""
_DEEPEST = 20
_NAME = re.compile(r"@?[^\s.\[\]()*?'\"$@,:&|!<>=]+(?: +[^\s.\[\]()*?'\"$@,:&|!<>=]+)*")
_FILTER_NAME = re.compile(r"[^\W\d][\w-]*")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,8}")
_NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?"
)
_STRING = re.compile(
    r"'((?:[^'\\\x00-\x1f]|\\(?:[bfnrt/\\']|u[0-9A-Fa-f]{4}))*)'"
    r'|"((?:[^"\\\x00-\x1f]|\\(?:[bfnrt/\\"]|u[0-9A-Fa-f]{4}))*)"'
)
_CALL = re.compile(r"([a-z][a-z0-9_]*)\(")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>")
_WORD = re.compile(r"(true|false|null)(?![\w(-])")
_CONSTANTS = {"true": True, "false": False, "null": None}
_BRACES = re.compile(r"\s*\{\{\s*(\$.*?)\s*\}\}\s*")
_BLANK = re.compile(r"[ \t\n\r]*")


class PathError(ValueError):
    """A part of a JSONPath that can't be compiled."""


def query(text: str) -> Query:
    """Return the query of a JSONPath, which may leave out its `$.` or be in braces.

    Raises:
        PathError: It isn't a JSONPath of RFC 9535, or it is too long.
    """
    braces = _BRACES.fullmatch(text)
    return _Reader(braces[1] if braces else text).whole()


def step_query(text: str) -> tuple[str, Query]:
    """Return the step with which a JSONPath starts, and the query in its answer.

    Raises:
        PathError: It isn't a JSONPath of RFC 9535 that starts with a name.
    """
    braces = _BRACES.fullmatch(text)
    reader = _Reader(braces[1] if braces else text)
    query = reader.whole()
    match query.segments:
        case (Child(selectors=(str() as name,)), *segments):
            return name, Query(tuple(segments), f"${reader.behind_first}")
        case _:
            raise PathError("it doesn't start with the name of a step")


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._at = 0
        self._parts = 0
        self._depth = 0
        self._first_end = 0

    @property
    def behind_first(self) -> str:
        """Return the text behind the first segment."""
        return self._text[self._first_end :]

    def whole(self) -> Query:
        """Return the query that is the whole text."""
        is_rooted = self._take("$") or self._take("@")
        segments: list[Segment] = []
        if is_rooted and self._text[self._at :] == ".":
            self._at += 1
        elif not is_rooted and self._next not in ("", ".", "["):
            segments.append(self._shorthand())
        elif self._next in (".", "["):
            segments.append(self._segment())
        self._first_end = self._at
        segments += self._segments()
        if self._at < len(self._text):
            raise self._fault()
        return Query(tuple(segments), self._rooted_text)

    @property
    def _rooted_text(self) -> str:
        path = self._text.lstrip("$@")
        dot = "." if path and path[0] not in ".[" else ""
        return f"${dot}{path}"

    # --- segments ---

    def _segments(self) -> list[Segment]:
        segments: list[Segment] = []
        while self._next in (".", "["):
            segments.append(self._segment())
        return segments

    def _segment(self) -> Segment:
        if self._take(".."):
            if self._depth:
                raise PathError("'..' inside a filter isn't supported")
            if self._next == "[":
                return Descendant(self._selectors())
            return Descendant(self._shorthand().selectors)
        self._take(".")
        return Child(self._selectors()) if self._next == "[" else self._shorthand()

    def _shorthand(self) -> Child:
        self._count()
        if self._take("*"):
            return Child((Every.VALUE,))
        # In a filter, a blank ends a name.
        name = self._match(_FILTER_NAME if self._depth else _NAME)
        if name is None or self._next == "(":
            raise self._fault()
        return Child((name[0],))

    def _selectors(self) -> tuple[Selector, ...]:
        self._take("[")
        selectors = [self._selector()]
        while self._take_spaced(","):
            selectors.append(self._selector())
        if not self._take_spaced("]"):
            raise self._fault()
        return tuple(selectors)

    def _selector(self) -> Selector:
        self._count()
        self._match(_BLANK)
        if self._take("*"):
            return Every.VALUE
        if self._take("?"):
            return Filter(self._read_nested(self._any_of))
        if self._next in ("'", '"'):
            return self._string()
        return self._position()

    def _position(self) -> int | Slice:
        start = self._integer()
        if not self._take_spaced(":"):
            if start is None:
                raise self._fault()
            return start
        stop = self._integer()
        step = self._integer() if self._take_spaced(":") else None
        return Slice(start, stop, step)

    def _integer(self) -> int | None:
        self._match(_BLANK)
        digits = self._match(_INTEGER)
        if digits is not None and (self._next.isdigit() or digits[0] == "-0"):
            raise self._fault()
        return None if digits is None else int(digits[0])

    # --- conditions ---

    def _any_of(self) -> Condition:
        conditions = [self._all_of()]
        while self._take_spaced("||"):
            conditions.append(self._all_of())
        return conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions))

    def _all_of(self) -> Condition:
        conditions = [self._basic()]
        while self._take_spaced("&&"):
            conditions.append(self._basic())
        return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))

    def _basic(self) -> Condition:
        self._count()
        if self._take_spaced("!"):
            return Negated(self._negatable())
        if self._take_spaced("("):
            return self._in_parentheses()
        return self._test()

    def _negatable(self) -> Condition:
        if self._take_spaced("("):
            return self._in_parentheses()
        condition = self._test()
        if isinstance(condition, Compared):
            raise PathError("'!' stands before parentheses, a path or a function")
        return condition

    def _in_parentheses(self) -> Condition:
        condition = self._read_nested(self._any_of)
        if not self._take_spaced(")"):
            raise self._fault()
        return condition

    def _test(self) -> Condition:
        self._match(_BLANK)
        function = _CALL.match(self._text, self._at)
        if function is not None and function[1] in ("match", "search"):
            self._at = function.end()
            return self._fits(Extent(function[1]))
        left = self._operand()
        self._match(_BLANK)
        operator = self._match(_OPERATOR)
        if operator is not None:
            right = self._operand()
            return Compared(_single(left), operator[0], _single(right))
        if isinstance(left, Query):
            return Exists(left)
        raise self._fault()

    def _fits(self, extent: Extent) -> Fits:
        value = _single(self._operand())
        if not self._take_spaced(","):
            raise self._fault()
        self._match(_BLANK)
        if self._next not in ("'", '"'):
            raise PathError(f"the pattern of {extent.value}() must be a text")
        pattern = self._string()
        if not self._take_spaced(")"):
            raise self._fault()
        try:
            sample_of(pattern)
        except PatternError as error:
            raise PathError(f"the pattern of {extent.value}(): {error}") from None
        return Fits(value, pattern, extent)

    def _operand(self) -> Operand:
        self._match(_BLANK)
        if self._next in ("@", "$"):
            return self._inner_query()
        if self._next in ("'", '"'):
            return Given(self._string())
        word = self._match(_WORD)
        if word is not None:
            return Given(_CONSTANTS[word[0]])
        function = self._match(_CALL)
        if function is not None:
            return self._read_nested(lambda: self._function(function[1]))
        number = self._match(_NUMBER)
        if number is None or self._next.isalnum():
            raise self._fault()
        return Given(_number(number[0]))

    def _function(self, name: str) -> Operand:
        self._count()
        operand: Operand
        if name == "length":
            operand = Length(_single(self._operand()))
        elif name in ("count", "value"):
            self._match(_BLANK)
            argument = self._operand()
            if not isinstance(argument, Query):
                raise PathError(f"{name}() needs a path")
            operand = Count(argument) if name == "count" else Only(argument)
        else:
            raise PathError(f"{name}() isn't a function of RFC 9535")
        if not self._take_spaced(")"):
            raise self._fault()
        return operand

    def _inner_query(self) -> Query:
        begin = self._at
        start = Start(self._next)
        self._at += 1
        segments = tuple(self._segments())
        query = Query(segments, self._text[begin : self._at], start)
        if start is Start.ROOT and not query.is_singular:
            raise PathError("in a filter, '$' leads through names and indexes only")
        return query

    # --- characters ---

    def _string(self) -> str:
        match = self._match(_STRING)
        if match is None:
            raise self._fault()
        if match[2] is not None:
            inside = match[2]
        else:
            inside = match[1].replace("\\'", "'").replace('"', '\\"')
        try:
            text: str = json.loads(f'"{inside}"')
            text.encode()
        except ValueError:
            raise PathError("a text has half of a surrogate pair") from None
        return text

    def _read_nested(self, read: Callable[[], T]) -> T:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PathError("it is nested too deeply")
        value = read()
        self._depth -= 1
        return value

    def _count(self) -> None:
        self._parts += 1
        if self._parts > MOST:
            raise PathError(f"it has more than {MOST} parts")

    @property
    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return match

    def _take(self, token: str) -> bool:
        is_next = self._text.startswith(token, self._at)
        self._at += len(token) if is_next else 0
        return is_next

    def _take_spaced(self, token: str) -> bool:
        """Take a token behind blanks; leave the blanks if it isn't there."""
        before = self._at
        self._match(_BLANK)
        if not self._take(token):
            self._at = before
            return False
        return True

    def _fault(self) -> PathError:
        token = self._next or "the end"
        return PathError(f"{token!r} at position {self._at + 1} isn't supported")


def _single(operand: Operand) -> Operand:
    if isinstance(operand, Query) and not operand.is_singular:
        raise PathError(f"{operand.text} may have several results")
    return operand


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else float(text)
