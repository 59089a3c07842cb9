"""The shapes of a module's rows that tell how its statements are laid out."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.]+""")
_KEYWORD = re.compile(r"(?:async |assert|await|class|def|for|if|raise|return|with|)\b")
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_WIDEST = 88

RowShape: TypeAlias = tuple[str | int, ...]


def row_shapes(module: str) -> Iterator[RowShape]:
    """Yield the shapes of the code around each split, and of rows near the widest.

    A module that Black would lay out differently has other shapes, or rows of a width
    that decides about a split.
    """
    rows = module.splitlines()
    for row, following in pairwise(rows):
        if row.endswith(_OPENING) or following.strip().startswith(_CLOSING):
            yield _shape(row), _shape(following)
    for row in rows:
        if len(row) >= _WIDEST:
            yield _shape(row), len(row)
    for start, inner, end in zip(rows, rows[1:], rows[2:], strict=False):
        joined = len(start) + len(inner.strip()) + len(end.strip())
        if start.endswith(_OPENING) and joined in (_WIDEST, _WIDEST + 1):
            yield _shape(start), joined


def _shape(row: str) -> str:
    """Return how a row begins and ends, without its words and strings."""
    text = row.strip()
    keyword = _KEYWORD.match(text)
    marks = _TOKEN.sub(lambda token: "s" if token[0][0] in "\"'" else "w", text)
    return f"{keyword[0] if keyword else ''} {marks[:1]} {marks[-2:]}"
