r"""Patterns of parameters, in the syntax that RE2, Python and ECMAScript share.

That syntax has no lookaround and no `\u`. The pattern of a path segment accepts the
texts that `segment` of the runtime's `upstream/urls.py` accepts: without CR, LF and
NUL, and without a piece `.` or `..` between slashes, not even percent-encoded.
"""

from __future__ import annotations

_CONTROL = r"\x00\n\r"
_DOT = r"(?:\.|%2[Ee])"
_SEPARATOR = r"(?:[/\\]|%2[Ff]|%5[Cc])"
_SEMICOLON = r"(?:;|%3[Bb])"
_PUNCTUATION = r"(?:\.|;|%2[Ee]|%3[Bb])"
# A percent sign, and maybe the first digit of an escape with a meaning. The next
# character doesn't complete such an escape.
_PERCENT = "%[0235]?"


def _other_than(characters: str = "") -> str:
    """Return the class of all characters without a meaning, except the given ones."""
    return rf"[^{_CONTROL}./\\;%{characters}]"


_ESCAPED = "|".join(
    (
        f"%{_other_than('0235')}",
        f"%0{_other_than('0AaDd')}",
        f"%2{_other_than('EFef')}",
        f"%3{_other_than('Bb')}",
        f"%5{_other_than('Cc')}",
    )
)
_CHARACTER = f"(?:{_other_than()}|(?:{_PERCENT})*(?:{_ESCAPED}))"
_PERCENTS = f"(?:{_PERCENT})+"
# A piece isn't empty, and isn't one or two dots.
_BEGINNING = (
    f"(?:{_DOT}{{0,2}}(?:{_CHARACTER}|{_PERCENTS}{_PUNCTUATION})"
    f"|{_DOT}{{3}}|{_SEMICOLON})"
)
_REST = f"(?:{_CHARACTER}|(?:{_PERCENTS})?{_PUNCTUATION})*(?:{_PERCENTS})?"
_PIECE = f"(?:{_BEGINNING}{_REST}|{_DOT}{{0,2}}{_PERCENTS})"

SEGMENT = f"^(?:{_PIECE}(?:{_SEPARATOR}|$)|{_SEPARATOR})+$"
HEADER = r"^[\t\x20-\x7e]*$"
"""The values that `header_value` of `values.py` accepts."""
COOKIE = r"^[!#-+\--:<-\[\]-~]*$"
"""The values that `cookie_header` of `upstream/cookies.py` accepts."""
