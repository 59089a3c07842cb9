"""Text in the columns of a terminal: no line is wider than it is allowed to be."""

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
"""Where an address may be broken: behind what divides it."""


def width(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def wrapped(text: str, first: int, rest: int, limit: int = WIDTH) -> list[str]:
    """Break a text into lines that begin at these columns, without their margins."""
    return list(_Lines(limit - first, limit - rest).of(text))


@dataclass
class _Lines:
    """Lines while they fill up; the first has a room of its own."""

    room: int
    rooms: int

    def of(self, text: str) -> Iterator[str]:
        line = ""
        for piece in self._pieces(text):
            if width(line + piece.rstrip()) > self.room:
                yield line.rstrip()
                self.room = self.rooms
                line = piece.lstrip()
            else:
                line += piece
        yield line.rstrip()

    def _pieces(self, text: str) -> Iterator[str]:
        """Yield what stays together: words, or parts of one that fits in no line."""
        room = min(self.room, self.rooms)
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
