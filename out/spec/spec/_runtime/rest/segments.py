"""Paths with several variables in a segment, matched in linear time.

A regular expression tries all splits of a segment, of which a long one has billions.
"""

import re
from collections.abc import Sequence

NAME = re.compile(r"\{(\w+)\}")
Pieces = Sequence[str]
"""The pieces of a segment: a literal, then a name and a literal for each variable."""


class Variables(dict[str, str]):
    """The variables of a path by name, in place of a match of an expression."""

    def groupdict(self) -> dict[str, str]:
        """Return the variables."""
        return self


class Segments:
    """Matches paths as Starlette's expression does: earlier variables are longer."""

    def __init__(self, path: str) -> None:
        self._segments = [NAME.split(segment) for segment in path.split("/")]

    def match(self, path: str) -> Variables | None:
        """Return the variables of a path, None if it doesn't match."""
        texts = path.split("/")
        if len(texts) != len(self._segments):
            return None
        variables = Variables()
        for pieces, text in zip(self._segments, texts, strict=True):
            values = _values(pieces, text)
            if values is None:
                return None
            variables |= zip(pieces[1::2], values, strict=True)
        return variables


def has_several(path: str) -> bool:
    """Return whether a segment of a path has several variables, but no remainder."""
    return ":path}" not in path and any(
        len(NAME.findall(segment)) > 1 for segment in path.split("/")
    )


def _values(pieces: Pieces, text: str) -> list[str] | None:
    """Return the values of a segment's variables, None if it doesn't match.

    Each literal is where it stands last, so that earlier variables are the longest.
    """
    first, *between, last = pieces[::2] if len(pieces) > 1 else (pieces[0], "")
    rest = text.removeprefix(first).removesuffix(last)
    if len(first) + len(rest) + len(last) != len(text):
        return None
    if len(pieces) == 1:
        return None if rest else []
    values = []
    for literal in reversed(between):
        at = rest.rfind(literal, 1, len(rest) - 1)
        if at < 0:
            return None
        values.append(rest[at + len(literal) :])
        rest = rest[:at]
    return [rest, *reversed(values)] if rest else None
