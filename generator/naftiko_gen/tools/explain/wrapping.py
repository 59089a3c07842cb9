"""Wrapping text to the width of a terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 80
_WORDS = re.compile(r" +|[^ ]+")
_PARTS = re.compile(r"[^/&?]*[/&?]+|[^/&?]+")
"""Parts of a URL; a line may break after its separators."""


def width(text: str) -> int:
    """Return the number of columns of a text."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def wrap_lines(text: str, first: int, rest: int, limit: int = WIDTH) -> list[str]:
    """Break a text into lines without margins.

    The first line begins in column `first`, the others in column `rest`.
    """
    return list(_Lines(limit - first, limit - rest).of(text))


@dataclass
class _Lines:
    """A line breaker; the first line may have another width."""

    width: int
    later_width: int

    def of(self, text: str) -> Iterator[str]:
        line = ""
        for piece in self._pieces(text):
            if width(line + piece.rstrip()) > self.width:
                yield line.rstrip()
                self.width = self.later_width
                line = piece.lstrip()
            else:
                line += piece
        yield line.rstrip()

    def _pieces(self, text: str) -> Iterator[str]:
        """Yield unbreakable pieces: words, or parts of a word too long for a line."""
        room = min(self.width, self.later_width)
        for word in _WORDS.findall(text):
            if width(word) <= room:
                yield word
                continue
            for part in _PARTS.findall(word):
                yield from _cut(part, room)


def _cut(text: str, room: int) -> Iterator[str]:
    piece = ""
    for character in text:
        if width(piece + character) > room:
            yield piece
            piece = ""
        piece += character
    yield piece


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
