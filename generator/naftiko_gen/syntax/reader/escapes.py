r"""Invalid escapes in double-quoted strings, and escapes of NUL.

All other escapes are allowed: a reviewer sees `"\u202e"`, but not the character itself.
"""

from __future__ import annotations

import re

from naftiko_gen.diagnostics.report import Code
from naftiko_gen.syntax.reader.places import span_at
from naftiko_gen.syntax.reader.refusal import RefusedError

UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that a string mustn't contain, not even escaped."""

_ESCAPE = re.compile(
    r"\\(?:x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})"
    r"|(?P<letter>.?))",
    re.DOTALL,
)
_LETTERS = frozenset('0abt\tnvfre "/\\N_LP\r\n')


def refusal_of_escape(text: str, quote: int) -> RefusedError:
    """Return the error about the first invalid escape behind the quote at an offset.

    The string must have an invalid escape.
    """
    return next(
        RefusedError(code, message, span_at(text, escape.start(), len(escape[0])), hint)
        for escape in _ESCAPE.finditer(text, quote)
        for code, message, hint in _faults(escape)
    )


def _faults(escape: re.Match[str]) -> list[tuple[Code, str, str]]:
    letter, digits = escape["letter"], escape["x"] or escape["u"] or escape["U"]
    if letter is None:
        return _faults_of_number(int(digits, 16))
    if letter == "0":
        return _faults_of_number(0)
    if letter in _LETTERS:
        return []
    return [
        (
            Code.YAML_SYNTAX,
            "a backslash in double quotes starts an escape, but this isn't one",
            "write the backslash twice, or use single quotes",
        )
    ]


def _faults_of_number(number: int) -> list[tuple[Code, str, str]]:
    if number == 0:
        return [(Code.FORBIDDEN_CHARACTER, "a string can't contain NUL", "delete it")]
    if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
        return [
            (
                Code.FORBIDDEN_CHARACTER,
                "this escape isn't the code of a character",
                "write the character itself, or \\U and its eight hexadecimal digits",
            )
        ]
    return []
