"""Asks Black for the layout of statements.

Black takes milliseconds for a statement. Its layout depends only on the kinds and the
widths of tokens. So names, and strings that Black would copy, are replaced by
placeholders of the same width, and each layout is computed once.
"""

from __future__ import annotations

import keyword
import re
from functools import lru_cache

from naftiko_gen.emit.code.rows import LINE_LENGTH
from naftiko_gen.emit.code.shape import same_python
from naftiko_gen.emit.code.string_literals import STRING

_WORD = re.compile(rf"({STRING} | \d[\w.]* | [^\W\d]\w*)", re.VERBOSE | re.DOTALL)
_LITERAL = re.compile(STRING, re.VERBOSE | re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*")
_COPIED_STRING = re.compile(r'(b?")([ !#-\[\]-~]*)"')
_KEYWORDS = frozenset((*keyword.kwlist, *keyword.softkwlist))


def layout_of_black(statement: str, width: int) -> str:
    """Return a statement, or the header of a compound one, as Black lays it out.

    Raises:
        ValueError: It isn't valid Python.
    """
    if "#" in statement:
        # Black's layout may depend on the text of a comment.
        return _format_statement(statement, width)
    pieces = _WORD.split(statement)
    words = pieces[1::2]
    placeholders = [_placeholder(word) for word in words]
    pieces[1::2] = [
        placeholder or word
        for placeholder, word in zip(placeholders, words, strict=True)
    ]
    parts = list(_cached_layout("".join(pieces), width))
    parts[1::2] = [
        # A word without a placeholder is taken from Black's output.
        word if placeholder else output
        for placeholder, word, output in zip(
            placeholders, words, parts[1::2], strict=True
        )
    ]
    return "".join(parts)


@lru_cache(maxsize=16_384)
def _placeholder(word: str) -> str | None:
    """Return a placeholder that Black lays out like the word, or None for others."""
    string = _COPIED_STRING.fullmatch(word)
    if string:
        return f'{string[1]}{"x" * len(string[2])}"'
    is_name = word.isascii() and word.isidentifier() and word not in _KEYWORDS
    return "x" * len(word) if is_name else None


@lru_cache(maxsize=16_384)
def _cached_layout(statement: str, width: int) -> tuple[str, ...]:
    """Return the text between words, and the words, alternately."""
    return tuple(_WORD.split(_format_statement(statement, width)))


def _format_statement(statement: str, width: int) -> str:
    body = "    pass\n" if _is_header(statement) else ""
    return format_with_black(f"{statement}\n{body}", width).removesuffix(f"\n{body}")


def format_with_black(module: str, width: int = LINE_LENGTH) -> str:
    """Format a module with Black, and check that only its layout has changed.

    Raises:
        ValueError: It isn't valid Python, or Black has changed more than its layout.
    """
    # Black takes long to import, and few packages have a statement for it.
    from black import format_str
    from black.mode import Mode, TargetVersion

    mode = Mode(target_versions={TargetVersion.PY311}, line_length=width)
    layout = format_str(module, mode=mode)
    if not same_python(module.encode(), layout.encode()):
        raise ValueError("Black has changed the meaning of a module")
    return layout


def _is_header(statement: str) -> bool:
    code = _COMMENT.sub("", _LITERAL.sub("", statement))
    return code.rstrip().endswith(":")
