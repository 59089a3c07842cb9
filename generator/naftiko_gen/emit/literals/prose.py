"""Splits prose into paragraphs and lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_BLANK_LINE = re.compile(r"\n\s*\n")


def first_paragraph(text: str) -> str:
    """Return the first paragraph as one line."""
    return " ".join(_BLANK_LINE.split(text.strip())[0].split())


def columns(text: str) -> int:
    """Return the width of a text in terminal columns, or slightly more.

    The set of characters with two columns depends on the version of Unicode. The ranges
    here include all of them and never change.
    """
    if text.isascii():
        return len(text)
    return len(text) + sum("\u1100" <= c < "\u2000" or c >= "\u2300" for c in text)


def lines(pieces: Iterable[str], fits: Callable[[str], bool]) -> list[str]:
    """Join pieces into as few lines as possible; each newline ends a line.

    The joined lines equal the joined pieces. A piece that doesn't fit is a line by
    itself.
    """
    rows = [""]
    for piece in pieces:
        if rows[-1] and (rows[-1].endswith("\n") or not fits(rows[-1] + piece)):
            rows.append("")
        rows[-1] += piece
    return rows
