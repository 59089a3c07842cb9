"""Quote, escape and cut text from a spec for messages, and find similar names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_CUT = 60
SUGGESTION = "did you mean"
"""The beginning of hints that name something similar."""
_BLANK_LETTERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that count as printable, but look blank."""


def quote(value: object, limit: int = _CUT) -> str:
    """Return the value for a message, in single quotes and cut to 60 characters.

    null, booleans and numbers are written as in YAML, without quotes.
    """
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return _cut(str(value), limit)
        case _:
            text = str(value).replace("\\", "\\\\").replace("'", "\\'")
            return f"'{_cut(text, limit)}'"


def safe(text: str) -> str:
    r"""Escape the control and invisible characters of a text (`\x1b`)."""
    return text if text.isascii() and text.isprintable() else "".join(map(_safe, text))


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def line_start(path: str) -> str:
    """Return a path that GitHub doesn't read as a command at the start of a line."""
    name = safe(path)
    return f"./{name}" if name.lstrip().startswith(("::", "##[")) else name


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that is most similar to the name, or None."""
    if len(name) > _CUT:
        return None
    return next(iter(get_close_matches(name, candidates, n=1)), None)


def suggestion(name: str, candidates: Iterable[str]) -> str | None:
    """Return the hint that asks for the most similar candidate, or None."""
    close = nearest(name, candidates)
    return f"{SUGGESTION} {quote(close)}?" if close else None


def _safe(character: str) -> str:
    if character.isprintable() and character not in _BLANK_LETTERS:
        return character
    return character.encode("unicode_escape").decode()


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit and safe(text) == text:
        return text
    # Escaping never shortens a text, so characters beyond the limit can't matter.
    characters = [_safe(character) for character in text[: limit + 1]]
    if sum(map(len, characters)) <= limit:
        return "".join(characters)
    width = 0
    pieces = []
    for piece in characters:
        width += len(piece)
        if width >= limit:
            break
        pieces.append(piece)
    return "".join(pieces) + "…"
