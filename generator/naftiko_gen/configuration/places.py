"""The places of keys and values in a TOML document, which tomllib doesn't tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from naftiko_gen.diagnostics import Span

Steps = tuple[str | int, ...]

DEPTH = 5
"""The depth of places; deeper values have the place of their container."""

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")


@dataclass(frozen=True)
class Place:
    """The place of a key, and that of its value."""

    key: Span
    value: Span


class Places:
    """The places of a document's keys and values, by their paths."""

    def __init__(self, text: str) -> None:
        """Read the places of a document, which has to be valid TOML."""
        self._text = text
        ends = accumulate(len(line) + 1 for line in text.split("\n"))
        self._starts = [0, *ends]
        self._places: dict[Steps, Place] = {}
        self._lengths: dict[Steps, int] = {}
        """The number of tables so far in each array of tables."""
        self._at = 0
        self._scan()

    def closest(self, path: Steps) -> Place:
        """Return the place of a path, or of its closest ancestor that has one."""
        above = (path[:length] for length in range(len(path), 0, -1))
        start = Span(1, 1)
        places = (self._places[path] for path in above if path in self._places)
        return next(places, Place(start, start))

    def _scan(self) -> None:
        table: Steps = ()
        while self._skip_blank():
            if self._is("["):
                table = self._header()
            else:
                self._entry(table)

    # --- headers and entries ------------------------------------------------------

    def _header(self) -> Steps:
        """Read `[a.b]` or `[[a.b]]`, and return the path of the table that it opens."""
        start, is_array = self._at, self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        *above, last = self._key()
        self._at = self._text.index("]", self._at) + (2 if is_array else 1)
        path = (*self._within((), [step for step, _ in above]), last[0])
        if is_array:
            self._lengths[path] = self._lengths.get(path, 0) + 1
        span = self._span(start, self._at)
        table = self._last_item(path)
        self._places.setdefault(path, Place(span, span))
        self._places[table] = Place(span, span)
        return table

    def _entry(self, table: Steps) -> None:
        """Read `a.b = value`."""
        *above, (last, span) = self._key()
        for depth, (_, outer) in enumerate(above, 1):
            path = self._within(table, [step for step, _ in above[:depth]])
            self._places.setdefault(path, Place(outer, outer))
        path = (*self._within(table, [step for step, _ in above]), last)
        self._at = self._text.index("=", self._at) + 1
        self._places[path] = Place(span, self._value(path))

    def _within(self, table: Steps, steps: list[str]) -> Steps:
        """Go down from a table; in an array of tables, to the last one."""
        for step in steps:
            table = self._last_item((*table, step))
        return table

    def _last_item(self, path: Steps) -> Steps:
        length = self._lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _key(self) -> list[tuple[str, Span]]:
        """Read a key: its parts between dots, unquoted, and where each of them is."""
        parts = []
        while True:
            self._skip_blank()
            start = self._at
            pattern = _STRING if self._is('"', "'") else _BARE_KEY
            self._at = self._match(pattern).end()
            text = self._text[start : self._at]
            parts.append((_unquote(text), self._span(start, self._at)))
            self._skip_blank()
            if not self._is("."):
                return parts
            self._at += 1

    # --- values -------------------------------------------------------------------

    def _value(self, path: Steps) -> Span:
        self._skip_blank()
        start = self._at
        if self._is("[", "{") and len(path) >= DEPTH:
            self._skip_brackets()
        elif self._is("["):
            self._array(path)
        elif self._is("{"):
            self._inline_table(path)
        elif self._is('"', "'"):
            self._at = self._match(_STRING).end()
        else:
            bare = self._match(_BARE_VALUE)
            self._at = start + len(bare[0].rstrip())
        return self._span(start, self._at)

    def _array(self, path: Steps) -> None:
        for index, _ in enumerate(self._members("]")):
            here = (*path, index)
            span = self._value(here)
            self._places[here] = Place(span, span)

    def _inline_table(self, path: Steps) -> None:
        for _ in self._members("}"):
            self._entry(path)

    def _members(self, closing: str) -> Iterator[None]:
        """Yield at the start of each member in brackets; end behind the brackets."""
        self._at += 1
        while self._skip_blank() and not self._is(closing):
            yield
            self._skip_blank()
            self._at += self._is(",")
        self._at += 1

    def _skip_brackets(self) -> None:
        """Pass over a value in brackets, however deep it is nested."""
        depth = 0
        while True:
            self._skip_blank()
            depth += self._is("[", "{") - self._is("]", "}")
            string = _STRING.match(self._text, self._at)
            self._at = string.end() if string else self._at + 1
            if depth == 0:
                return

    # --- text ---------------------------------------------------------------------

    def _skip_blank(self) -> bool:
        """Skip blanks and comments; return whether any text is left."""
        self._at = self._match(_BLANK).end()
        return self._at < len(self._text)

    def _is(self, *characters: str) -> bool:
        return self._text.startswith(characters, self._at)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise AssertionError("a document that was parsed is valid")
        return match

    def _span(self, start: int, end: int) -> Span:
        """Return the span of a stretch of text; it ends with its first line."""
        line = bisect_right(self._starts, start)
        length = min(end, self._starts[line] - 1) - start
        return Span(line, start - self._starts[line - 1] + 1, max(length, 1))


def _unquote(key: str) -> str:
    return next(iter(tomllib.loads(f"{key} = 0")))
