"""A line of a file with carets under a span, cut to fit a terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.diagnostics.span import Span

_WIDTH = 100
_LEAD = 30
"""Columns to keep in front of the span when a line must be cut."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line in three parts, the second one marked; all are safe to print.

    Attributes:
        number: The line's number, printed in front of it.
        margin: The text in front of the carets, below the number.
        indent: The blanks below the first part.
        carets: The number of carets below the second part.
    """

    number: str
    before: str
    marked: str
    after: str
    margin: str
    indent: str
    carets: int


def cut_excerpt(lines: Sequence[str], span: Span) -> Excerpt | None:
    """Return the line of the span, or None if that line is blank or missing.

    A line of more than 100 columns is cut on both sides of the span's start.
    """
    if span.line > len(lines) or not lines[span.line - 1].strip():
        return None
    number = f"{span.line:>5} | "
    start = span.column - 1
    line = lines[span.line - 1].removesuffix("\r")
    before, after = _cut(line[:start], line[start:], _WIDTH - len(number))
    text = after[: len(_visible(line[start : start + min(span.length, _WIDTH)]))]
    margin = " " * (len(number) - 2) + "| "
    indent = " " * _columns(before)
    rest = after[len(text) :]
    carets = max(_columns(text), 1)
    return Excerpt(number, before, text, rest, margin, indent, carets)


def _cut(before: str, after: str, room: int) -> tuple[str, str]:
    """Return the text before and after the span's start, cut to `room` columns."""
    if len(before) + len(after) <= room:
        parts = _visible(before), _visible(after)
        if _columns("".join(parts)) <= room:
            return parts
    # A line may have millions of characters: read no more than fit.
    kept_before = _fit(before[: -room - 1 : -1], _LEAD)
    shown_before = "".join(reversed(kept_before))
    kept_after = _fit(after[:room], room - _columns(shown_before) - 2)
    return (
        "…" * (len(kept_before) < len(before)) + shown_before,
        "".join(kept_after) + "…" * (len(kept_after) < len(after)),
    )


def _fit(characters: str, room: int) -> list[str]:
    cells = [_visible(character) for character in characters]
    columns = accumulate(map(_columns, cells))
    return [cell for cell, end in zip(cells, columns, strict=True) if end <= room]


def _visible(characters: str) -> str:
    return safe(characters.replace("\t", "    "))


def _columns(visible: str) -> int:
    return len(visible) if visible.isascii() else sum(map(_width, visible))


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
