"""The words of names and sentences, by which tools are compared."""

from __future__ import annotations

import re

from naftiko_gen.emit.tools import search
from naftiko_gen.ir import Tool

_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_LONGEST = 400
"""The most characters of a sentence that count."""


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a search sees them: in lower case and singular."""
    return frozenset(search.words(text[:_LONGEST]))


def words_of(tool: Tool) -> frozenset[str]:
    """Return the words of a tool's name and of the first sentence about it."""
    return words(tool.name) | words(first_sentence(tool.description))


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, or its first line."""
    return _SENTENCE_END.split(text.strip(), maxsplit=1)[0]
