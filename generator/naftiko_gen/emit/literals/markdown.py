"""Encodes text and code for Markdown (CommonMark and GitHub's)."""

from __future__ import annotations

import re

from naftiko_gen.emit.literals.code import Code
from naftiko_gen.syntax.readable import (
    disarm_markdown,
    escape_unreadable,
    is_obeyed,
    is_plain,
    is_readable,
    is_substituted,
)

# Characters to escape by a backslash. Inside a word, `_` and `#` have no meaning.
_MARKUP = re.compile(
    r"""
      [\\`*\[\]<|~$@]                   # code, emphasis, links, HTML, tables, mentions
    | (?<![A-Za-z0-9])[_#]  | _(?![A-Za-z0-9])
    | &(?=\#?[A-Za-z0-9]+;)             # character references
    | :(?=//)  |  (?<=[Ww]{3})\.        # addresses that become links by themselves
    | ^[-+=>]                           # lists, headings, quotations
    """,
    re.VERBOSE,
)
_BACKQUOTES = re.compile("`+")
_ORDERED_LIST = re.compile(r"^([0-9]+)([.)])(?=\s|$)")


def markdown(text: str) -> Code:
    """Return prose for a paragraph, a heading, a list item or a table cell.

    White space becomes one space; invisible characters are omitted.
    """
    words = (_readable(word) for word in text.split())
    escaped_text = _MARKUP.sub(_literally, " ".join(filter(None, words)))
    return Code(_ORDERED_LIST.sub(r"\1\\\2", escaped_text), "x")


def markdown_code(text: str, *, table: bool = False) -> Code:
    """Return a code span; with `table`, for a table cell.

    White space becomes one space; invisible characters become escapes.
    """
    line = escape_unreadable(" ".join(text.split())) or " "
    span = _span(line)
    if is_obeyed(span):
        span = _element(line)
    return Code(span.replace("|", "\\|") if table else span, "`x`")


def markdown_document(text: str) -> Code:
    """Return Markdown of an author as it is, but for text that hosts of agents obey."""
    return Code(disarm_markdown(text).strip("\n"), "x")


def _readable(word: str) -> str:
    return word if is_plain(word) else "".join(filter(is_readable, word))


def _literally(mark: re.Match[str]) -> str:
    # Two backslashes at the end of a cell would escape the bar after them.
    if mark[0] == "\\" or is_substituted(mark.string, mark.start()):
        return f"&#{ord(mark[0])};"
    return f"\\{mark[0]}"


def _span(text: str) -> str:
    runs = (len(run) for run in _BACKQUOTES.findall(text))
    fence = "`" * (max(runs, default=0) + 1)
    padding = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _element(text: str) -> str:
    escaped_text = re.sub(r"[!-/:-@\[-`{-~]", lambda mark: f"&#{ord(mark[0])};", text)
    return f"<code>{escaped_text}</code>"
