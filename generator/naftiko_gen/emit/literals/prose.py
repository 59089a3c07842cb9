"""How prose is broken into paragraphs and lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_BLANK_LINE = re.compile(r"\n\s*\n")


def first_paragraph(text: str) -> str:
    """Return what stands before the first empty line; white space is one space."""
    return " ".join(_BLANK_LINE.split(text.strip())[0].split())


def columns(text: str) -> int:
    """Return how many columns of a terminal the text takes, or a few more.

    Which characters are two columns wide changes with the version of Unicode: the
    ranges here hold them all and never change.
    """
    if text.isascii():
        return len(text)
    return len(text) + sum("\u1100" <= c < "\u2000" or c >= "\u2300" for c in text)


def lines(pieces: Iterable[str], fits: Callable[[str], bool]) -> list[str]:
    """Put pieces into as few lines as they fit in; a line ends after a newline.

    The lines in a row are the pieces in a row. A piece too long for a line has one of
    its own.
    """
    rows = [""]
    for piece in pieces:
        if rows[-1] and (rows[-1].endswith("\n") or not fits(rows[-1] + piece)):
            rows.append("")
        rows[-1] += piece
    return rows
