"""How a statement that doesn't fit is broken into rows: as Black breaks it.

Black takes a millisecond for one. It lays tokens out by their kinds and widths alone,
so it is asked once about those that look alike: names, and strings that it would copy,
are stood for by others as wide.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import replace
from functools import lru_cache

from black import format_str
from black.mode import Mode, TargetVersion

MODE = Mode(target_versions={TargetVersion.PY311}, line_length=88)
STRING = r"""
    (?i:\b[bfru]{1,2})?
    (?: "{3} (?:[^\\]|\\.)*? "{3} | '{3} (?:[^\\]|\\.)*? '{3}
      | " (?:[^"\\\n]|\\.)* " | ' (?:[^'\\\n]|\\.)* ' )
"""
"""A string literal, as a verbose pattern in which a dot matches newlines."""

_WORD = re.compile(rf"{STRING} | \d[\w.]* | [^\W\d]\w*", re.VERBOSE | re.DOTALL)
_LITERAL = re.compile(STRING, re.VERBOSE | re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*")
_COPIED = re.compile(r'(b?")([ !#-\[\]-~]*)"')
_KEPT = frozenset((*keyword.kwlist, *keyword.softkwlist))


def wrapped(statement: str, width: int) -> str:
    """Return a statement's rows in that width; a header's are those without a body.

    Raises:
        ValueError: It is no Python.
    """
    if "#" in statement:
        # What a comment says isn't tokens, and can decide what Black does.
        return _by_black(statement, width)
    rows = _by_black_once(_WORD.sub(_stand_in, statement), width)
    words = iter(_WORD.findall(statement))
    return _WORD.sub(lambda row_word: _restored(row_word[0], next(words)), rows)


def _stand_in(match: re.Match[str]) -> str:
    """Return the word that stands for all that are laid out like this one."""
    word = match[0]
    copied = _COPIED.fullmatch(word)
    if copied:
        return f'{copied[1]}{"x" * len(copied[2])}"'
    return "x" * len(word) if _is_name(word) else word


def _restored(laid_out: str, word: str) -> str:
    """Return a word that was stood for; any other is as Black has left it."""
    return word if _is_name(word) or _COPIED.fullmatch(word) else laid_out


def _is_name(word: str) -> bool:
    return word.isascii() and word.isidentifier() and word not in _KEPT


@lru_cache(maxsize=16_384)
def _by_black_once(statement: str, width: int) -> str:
    return _by_black(statement, width)


def _by_black(statement: str, width: int) -> str:
    body = "    pass\n" if _is_header(statement) else ""
    mode = replace(MODE, line_length=width)
    return format_str(f"{statement}\n{body}", mode=mode).removesuffix(f"\n{body}")


def _is_header(statement: str) -> bool:
    code = _COMMENT.sub("", _LITERAL.sub("", statement))
    return code.rstrip().endswith(":")
