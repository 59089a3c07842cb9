"""Encodes prose as docstrings, splits it into lines, and encodes paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

from naftiko_gen.emit.literals.code import Code
from naftiko_gen.syntax.readable import escape_unreadable

_BLANK_LINE = re.compile(r"\n\s*\n")


def first_paragraph(text: str) -> str:
    """Return the first paragraph as one line."""
    return " ".join(_BLANK_LINE.split(text.strip())[0].split())


def columns(text: str) -> int:
    """Return the width of a text in terminal columns, or slightly more.

    The set of characters with two columns depends on the version of Unicode. The ranges
    here include all of them and never change.
    """
    if text.isascii():
        return len(text)
    return len(text) + sum("\u1100" <= c < "\u2000" or c >= "\u2300" for c in text)


def lines(pieces: Iterable[str], fits: Callable[[str], bool]) -> list[str]:
    """Join pieces into as few lines as possible; each newline ends a line.

    The joined lines equal the joined pieces. A piece that doesn't fit is a line by
    itself.
    """
    rows = [""]
    for piece in pieces:
        if rows[-1] and (rows[-1].endswith("\n") or not fits(rows[-1] + piece)):
            rows.append("")
        rows[-1] += piece
    return rows


_SUB_DELIMS = "!$&'()*+,;="
_ENCODED = re.compile("(%[0-9A-Fa-f]{2})")


def url_path(text: str) -> str:
    """Percent-encode literal text of a path, except slashes (`pchar` of RFC 3986).

    Encoded characters stay encoded, because a spec has no other way to write a space in
    a path. A lone surrogate, which UTF-8 can't represent, becomes a question mark.
    """
    # With one group, `split` returns unencoded and encoded parts alternately.
    return "".join(
        part if i % 2 else quote(part, safe=f"/:@{_SUB_DELIMS}", errors="replace")
        for i, part in enumerate(_ENCODED.split(text))
    )


_LINE_LENGTH = 88
_QUOTES = '"""'
_BLANK = re.compile(r"\n\s*\n")
_PUNCTUATED = re.compile(r"[.!?:…。！？][)\]]*$")
_LAST_WORD = re.compile(r"[^.!?]*[.!?]+[\"')\]]*")
_UNDOCUMENTED = ["Undocumented."]

_Words = list[str]


def docstring(*texts: str, indent: int) -> Code:
    """Return a docstring with its quotes, which begins at column `indent`.

    Its first paragraph is the first sentence. Each text, and each block of lines
    between empty lines, is a paragraph. Other white space becomes one space.
    """
    blocks = [words for text in texts for words in _paragraphs(text)]
    first, *rest = blocks or [_UNDOCUMENTED]
    summary, remainder = _split_sentence(first)
    paragraphs = [summary, *([remainder] if remainder else []), *rest]
    body = _lay_out([[_escape(word) for word in words] for words in paragraphs], indent)
    return Code(body, f"{_QUOTES}X.{_QUOTES}")


def first_sentence(text: str) -> str:
    """Return the first sentence of a text on one line, without its full stop."""
    for words in _paragraphs(text):
        sentence, _ = _split_sentence(words)
        return escape_unreadable(" ".join(sentence)).removesuffix(".")
    return ""


def _paragraphs(text: str) -> list[_Words]:
    newlines = text.replace("\r\n", "\n").replace("\r", "\n")
    blocks = _BLANK.split(newlines)
    return [words for block in blocks if (words := block.split())]


def _split_sentence(words: _Words) -> tuple[_Words, _Words]:
    """Split off the first sentence, with a full stop added if it has none."""
    ends = (
        end
        for end in range(1, len(words))
        if _is_sentence_end(words[end - 1], words[end])
    )
    end = next(ends, len(words))
    *head, last = words[:end]
    # The full stop also separates a final quotation mark from the closing quotes.
    last_word = last if _PUNCTUATED.search(last) else f"{last}."
    return [*head, last_word], words[end:]


def _is_sentence_end(last: str, first: str) -> bool:
    """Return whether a sentence ends between two words (not after "e.g." or "i.e.")."""
    ends = _LAST_WORD.fullmatch(last)
    return ends is not None and not "a" <= first[0] <= "z"


def _escape(word: str) -> str:
    safe = escape_unreadable(word.replace("\\", "\\\\")).replace(_QUOTES, '\\"\\"\\"')
    # Doctest would run a line that starts with this prompt.
    return f"\\\\{safe}" if safe.startswith(">>>") else safe


def _lay_out(paragraphs: list[_Words], indent: int) -> str:
    width = _LINE_LENGTH - indent
    (first, *words), *rest = paragraphs
    # Black separates an initial quotation mark from the opening quotes by a space.
    opening = _QUOTES + (" " if first.startswith('"') else "") + first
    blocks = [_wrap(block, width) for block in ([opening, *words], *rest)]
    match blocks:
        case [[line]]:
            # Black does the same, even if the row is up to three columns too long.
            return line + _QUOTES
        case _:
            rows = [row for block in blocks for row in (*block, "")]
            return _indent([*rows[:-1], _QUOTES], indent)


def _indent(rows: list[str], indent: int) -> str:
    """Join rows and indent all but the first, which the template indents."""
    first, *others = rows
    margin = " " * indent
    return "\n".join([first, *(margin + row if row else "" for row in others)])


def _wrap(words: _Words, width: int) -> list[str]:
    pieces = (f"{word} " for word in words)
    rows = lines(pieces, lambda row: columns(row.rstrip(" ")) <= width)
    return [row.rstrip(" ") for row in rows]
