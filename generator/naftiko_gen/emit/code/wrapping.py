"""How a statement that doesn't fit is broken into rows: as Black breaks it.

Black takes milliseconds for one. It lays tokens out by their kinds and widths alone,
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

from naftiko_gen.emit.code.shape import same_python

MODE = Mode(target_versions={TargetVersion.PY311}, line_length=88)
STRING = r"""
    (?i:\b[bfru]{1,2})?
    (?: "{3} [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* "{3}
      | '{3} [^'\\]* (?: (?: \\. | '(?!'') ) [^'\\]* )* '{3}
      | " [^"\\\n]* (?: \\. [^"\\\n]* )* " | ' [^'\\\n]* (?: \\. [^'\\\n]* )* ' )
"""
"""A string literal, as a verbose pattern in which a dot matches newlines."""

_WORD = re.compile(rf"({STRING} | \d[\w.]* | [^\W\d]\w*)", re.VERBOSE | re.DOTALL)
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
    pieces = _WORD.split(statement)
    words = pieces[1::2]
    stand_ins = [_stand_in(word) for word in words]
    pieces[1::2] = [
        stands or word for stands, word in zip(stand_ins, words, strict=True)
    ]
    rows = list(_by_black_once("".join(pieces), width))
    rows[1::2] = [
        # A word that nothing stands for is as Black has left it.
        word if stands else laid_out
        for stands, word, laid_out in zip(stand_ins, words, rows[1::2], strict=True)
    ]
    return "".join(rows)


@lru_cache(maxsize=16_384)
def _stand_in(word: str) -> str | None:
    """Return what stands for all words that are laid out like this one, if any does."""
    copied = _COPIED.fullmatch(word)
    if copied:
        return f'{copied[1]}{"x" * len(copied[2])}"'
    is_name = word.isascii() and word.isidentifier() and word not in _KEPT
    return "x" * len(word) if is_name else None


@lru_cache(maxsize=16_384)
def _by_black_once(statement: str, width: int) -> tuple[str, ...]:
    """Return what stands between the words, and the words, in turn."""
    return tuple(_WORD.split(_by_black(statement, width)))


def _by_black(statement: str, width: int) -> str:
    body = "    pass\n" if _is_header(statement) else ""
    return by_black(f"{statement}\n{body}", width).removesuffix(f"\n{body}")


def by_black(module: str, width: int = MODE.line_length) -> str:
    """Return a module as Black leaves it, once that is found to be of the same shape.

    Raises:
        ValueError: It is no Python, or Black has changed more than its layout.
    """
    laid_out = format_str(module, mode=replace(MODE, line_length=width))
    if not same_python(module.encode(), laid_out.encode()):
        raise ValueError("Black has changed what a module says")
    return laid_out


def _is_header(statement: str) -> bool:
    code = _COMMENT.sub("", _LITERAL.sub("", statement))
    return code.rstrip().endswith(":")
