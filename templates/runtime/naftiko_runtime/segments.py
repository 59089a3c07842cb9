"""Paths of URLs with variables, matched in linear time.

A regular expression tries all splits of a segment with several variables, of which a
long one has billions.
"""

import re
from collections.abc import Sequence

VARIABLE = re.compile(r"\{([^{}]*)\}")
TAIL = ":path"
"""The end of the name of a variable that is any number of whole segments."""
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
        self._segments = [VARIABLE.split(segment) for segment in path.split("/")]
        tails = [at for at, pieces in enumerate(self._segments) if _is_tail(pieces)]
        self._tail = tails[0] if tails else None
        self.has_several = any(len(pieces) > 3 for pieces in self._segments)
        """Whether a segment has several variables."""

    def match(self, path: str) -> Variables | None:
        """Return the variables of a path, None if it doesn't match."""
        texts = path.split("/")
        if self._tail is not None:
            # The segments of the tail are one, which may be empty.
            end = len(texts) - (len(self._segments) - self._tail - 1)
            if end <= self._tail:
                return None
            texts[self._tail : end] = ["/".join(texts[self._tail : end])]
        if len(texts) != len(self._segments):
            return None
        variables = Variables()
        for pieces, text in zip(self._segments, texts, strict=True):
            values = [text] if _is_tail(pieces) else _values(pieces, text)
            if values is None:
                return None
            names = (name.removesuffix(TAIL) for name in pieces[1::2])
            variables |= zip(names, values, strict=True)
        return variables


def _is_tail(pieces: Pieces) -> bool:
    return len(pieces) == 3 and pieces[1].endswith(TAIL)


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
