"""Formats Python modules like Black, but runs Black on the lines that need it alone.

Templates and encoders write blank lines, and the statements that fit on a line, in
Black's style. Only the other lines are given to Black: formatting a whole module would
take longer than all other steps of its emission.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.black_layout import format_with_black
from naftiko_gen.emit.code.rows import LINE_LENGTH, NARROW, row_width
from naftiko_gen.emit.code.string_literals import STRING
from naftiko_gen.emit.code.wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

# Python 3.11 matches possessive groups wrongly, so groups aren't possessive. Each
# character of a row can match in one way alone.
_WORDS = r"""(?: [^()\[\]{}"'\#\\\n]++ | "(?!"")[^"\\\n]*+" | '(?!'')[^'\\\n]*+' )"""


def _nest(inner: str) -> str:
    return rf"(?: {_WORDS} | [(\[{{] {inner}* [)\]}}] )"


_ROW = re.compile(rf"{_nest(_nest(_nest(_nest(_WORDS))))}*\n", re.VERBOSE)
"""A logical line on one row, like most; others are parsed mark by mark."""
_UNCHANGED_LINES = re.compile(
    rf"""
    (?: [ ]* (?: \#[^\n]* )? \n
      | [ ]* "{{3}} [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* "{{3}} \n
      | (?= {NARROW}{{0,{LINE_LENGTH}}}+ \n) (?! [^\n]* ,[ ]*[)\]}}] ) {_ROW.pattern}
    )*
    """,
    re.VERBOSE | re.DOTALL,
)
"""A run of lines, perhaps empty, that Black leaves unchanged."""
_MARK = re.compile(
    rf"(?P<string>{STRING}) | \#[^\n]* | (?P<open>[(\[{{]) | (?P<close>[)\]}}]) | \n",
    re.VERBOSE | re.DOTALL,
)
_DOCSTRING = re.compile(rf"\s*{STRING}\s*", re.VERBOSE | re.DOTALL)
_BLANK_OR_COMMENT = re.compile(r"\s*(?:#.*)?", re.DOTALL)
_TRAILING_COMMA = re.compile(r", *[)\]}]")
# The beginning of a line that isn't valid without the lines before or after it.
_INCOMPLETE = re.compile(r"\s*(?:@|(?:case|elif|else|except|finally|match)\b)")


def format_module(module: str) -> str:
    """Format a module in which all lines that fit are already in Black's style.

    Raises:
        ValueError: A line that doesn't fit isn't valid Python.
    """
    lines = [line for line in _logical_lines(module) if not line.is_unchanged]
    if not all(line.is_complete for line in lines):
        return format_with_black(module)
    pieces, end = [], 0
    for line in lines:
        pieces += [module[end : line.start], line.format()]
        end = line.start + len(line.text)
    return "".join([*pieces, module[end:]])


@dataclass(frozen=True, slots=True)
class _LogicalLine:
    """A simple statement, or the header of a compound one, without its newline.

    `start` is its offset in the module.
    """

    start: int
    text: str
    has_spanning_string: bool

    @property
    def is_unchanged(self) -> bool:
        """Return whether Black doesn't change it: a docstring, or one row that fits."""
        if "\n" not in self.text and not _TRAILING_COMMA.search(self.text):
            return row_width(self.text) <= LINE_LENGTH or self._is_docstring
        return self._is_docstring

    @property
    def _is_docstring(self) -> bool:
        return _DOCSTRING.fullmatch(self.text) is not None

    @property
    def is_complete(self) -> bool:
        """Return whether it is a valid statement by itself, if a body is added."""
        return not self.has_spanning_string and not _INCOMPLETE.match(self.text)

    def format(self) -> str:
        """Return its rows as Black formats them in the width beside its margin."""
        statement = self.text.lstrip(" ")
        margin = " " * (len(self.text) - len(statement))
        rows = wrap(statement, LINE_LENGTH - len(margin)).split("\n")
        return "\n".join(f"{margin}{row}" for row in rows)


def _logical_lines(module: str) -> Iterator[_LogicalLine]:
    start = 0
    while (start := _skip_unchanged(module, start)) < len(module):
        row = _ROW.match(module, start)
        if row:
            line = _LogicalLine(start, row[0][:-1], has_spanning_string=False)
        else:
            line = _parse_line(module, start)
        if not _BLANK_OR_COMMENT.fullmatch(line.text):
            yield line
        start += len(line.text) + 1


def _skip_unchanged(module: str, start: int) -> int:
    lines = _UNCHANGED_LINES.match(module, start)
    return lines.end() if lines else start


def _parse_line(module: str, start: int) -> _LogicalLine:
    """Return the line up to a newline outside strings, comments and brackets."""
    depth, has_spanning_string = 0, False
    for mark in _MARK.finditer(module, start):
        match mark.lastgroup:
            case "open":
                depth += 1
            case "close":
                depth -= 1
            case "string":
                has_spanning_string |= "\n" in mark[0]
            case _ if mark[0] == "\n" and depth == 0:
                text = module[start : mark.start()]
                return _LogicalLine(start, text, has_spanning_string)
    return _LogicalLine(start, module[start:], has_spanning_string)
