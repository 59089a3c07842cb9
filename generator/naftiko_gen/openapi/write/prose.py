"""Tidy and shorten texts of a document for a capability."""

from __future__ import annotations

import re

from naftiko_gen.syntax.readable import shown

_LIMIT = 8_000


def prose(text: str | None) -> str:
    """Return a description without blanks around it and at the ends of its lines.

    Several empty lines become one. A text of several pages is cut.
    """
    if not text:
        return ""
    lines = (line.expandtabs(4).rstrip() for line in text[: _LIMIT * 2].splitlines())
    tidy = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return tidy if len(tidy) <= _LIMIT else f"{tidy[:_LIMIT].rstrip()} …"


def brief(text: str, limit: int) -> str:
    """Return a text on one line, with unreadable characters escaped, and cut."""
    tidy = shown(line(text))
    return tidy if len(tidy) <= limit else f"{tidy[: limit - 1].rstrip()}…"


def line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def sentence(text: str) -> str:
    """Return a text with a full stop at its end."""
    return text if not text or text[-1] in ".!?:…" else f"{text}."
