"""Tidy and shorten texts of a document for a capability."""

from __future__ import annotations

import re

from naftiko_gen.openapi.html_text import html_text
from naftiko_gen.syntax.readable import escape_unreadable

_LIMIT = 2_000
"""The most characters of a description, which models read again and again."""
_LONGEST = 20_000


def prose(text: str | None) -> str:
    """Return a description without HTML, and without blanks around it and its lines.

    Several empty lines become one. A long text is cut at the end of a word.
    """
    if not text:
        return ""
    plain = html_text(text[:_LONGEST])
    lines = (line.expandtabs(4).rstrip() for line in plain.splitlines())
    return cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), _LIMIT)


def cut(text: str, limit: int) -> str:
    """Return a text of up to so many characters, cut at the end of a word."""
    if len(text) <= limit:
        return text
    start, blank, _ = text[: limit - 1].rpartition(" ")
    return f"{start.rstrip() if blank else text[: limit - 2]} …"


def brief(text: str, limit: int) -> str:
    """Return a text on one line, cut at a word, with unreadable characters escaped."""
    return cut(escape_unreadable(line(text)), limit)


def line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def sentence(text: str) -> str:
    """Return a text with a full stop at its end."""
    return text if not text or text[-1] in ".!?:…" else f"{text}."
