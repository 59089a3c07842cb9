"""The words of names and sentences, by which tools are compared."""

from __future__ import annotations

import re

from naftiko_gen.ir import Tool

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_LONGEST = 400
"""The most characters of a sentence that count."""
_COMMON = re.compile(
    "an?|all|and|as|at|be|by|for|from|in|is|its?|of|on|or|that|th(?:e|ese|is)|to|which"
    "|with|your"
)
"""Words that tell no two tools apart."""


def words(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, without plurals and common words."""
    parts = _WORD.findall(_CAPITAL.sub(" ", text[:_LONGEST]).lower())
    return frozenset(_singular(part) for part in parts if not _COMMON.fullmatch(part))


def words_of(tool: Tool) -> frozenset[str]:
    """Return the words of a tool's name and of the first sentence about it."""
    return words(tool.name) | words(first_sentence(tool.description))


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, or its first line."""
    return _SENTENCE_END.split(text.strip(), maxsplit=1)[0]


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    is_plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if is_plural else word
