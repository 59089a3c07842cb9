"""Python as Black leaves it, at the price of the lines that Black would change.

Templates set the blank lines, and what fits on a line is written there, by templates
and encoders, as Black writes it. So Black is asked about the other lines alone: a whole
module takes it longer than all else that is done for one.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from black import format_str
from black.mode import Mode, TargetVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 88
_MODE = Mode(target_versions={TargetVersion.PY311}, line_length=_WIDTH)
_TRAILING_COMMA = re.compile(r", *[)\]}]")
# What begins a line that says nothing without the lines before or after it.
_PARTS = ("@", "case", "elif", "else", "except", "finally", "match")
_LAYOUT = (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT)


def formatted(module: str) -> str:
    """Return a module as Black leaves it, given that it would leave all that fits.

    Raises:
        SyntaxError: The module is no Python.
        ValueError: The module holds a null byte.
    """
    ast.parse(module)
    lines = [line for line in _logical_lines(module) if not line.is_settled]
    if not all(line.stands_alone for line in lines):
        return format_str(module, mode=_MODE)
    rows = module.split("\n")
    for line in reversed(lines):
        rows[line.first : line.first + len(line.rows)] = line.formatted()
    return "\n".join(rows)


@dataclass(frozen=True)
class _LogicalLine:
    """A simple statement, or the header of a compound one, and where its rows begin."""

    first: int
    rows: list[str]
    tokens: list[tokenize.TokenInfo]

    @property
    def is_settled(self) -> bool:
        """Say whether Black leaves it: a docstring, or what fits on its only row."""
        if [token.type for token in self.tokens] == [tokenize.STRING]:
            return True
        [row, *more] = self.rows
        # No character takes more columns than it has bytes.
        fits = not more and len(row.encode()) <= _WIDTH
        return fits and not _TRAILING_COMMA.search(row)

    @property
    def stands_alone(self) -> bool:
        """Say whether it can be moved, and is a statement if a body is added."""
        spanning = any(token.start[0] != token.end[0] for token in self.tokens)
        return not spanning and self.tokens[0].string not in _PARTS

    def formatted(self) -> list[str]:
        """Return its rows as Black leaves them in the width that its depth leaves."""
        column = self.tokens[0].start[1]
        row, *more = self.rows
        body = ["    pass"] if self.tokens[-1].string == ":" else []
        statement = "\n".join([row[column:], *more, *body, ""])
        mode = replace(_MODE, line_length=_WIDTH - column)
        rows = format_str(statement, mode=mode).split("\n")[: -1 - len(body)]
        return [f"{' ' * column}{row}" for row in rows]


def _logical_lines(module: str) -> Iterator[_LogicalLine]:
    rows = module.split("\n")
    tokens: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(module).readline):
        if token.type == tokenize.NEWLINE:
            first = tokens[0].start[0] - 1
            yield _LogicalLine(first, rows[first : token.end[0]], tokens)
            tokens = []
        elif token.type not in _LAYOUT:
            tokens.append(token)
