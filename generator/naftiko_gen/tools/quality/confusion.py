"""Pairs of tools that a model can't tell apart by their words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naftiko_gen.emit.tools import search
from naftiko_gen.ir import Tool

ALIKE = 0.85
"""The share of common words from which two tools of one effect are confusable."""
MOST_TOOLS = 4_000
"""The most tools of a server that are compared with each other."""
_MOST_PAIRS = 5
"""The most pairs of a tool with others that have as many words or more."""
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


@dataclass(frozen=True)
class Pair:
    """Two tools, the earlier one first, the words of both and those of only one."""

    first: Tool
    second: Tool
    common: frozenset[str]
    different: frozenset[str]

    @property
    def likeness(self) -> float:
        """Return the share of words that both tools have."""
        return len(self.common) / (len(self.common) + len(self.different))


def confusable_pairs(tools: Sequence[Tool]) -> list[Pair]:
    """Return the pairs of tools with too many common words, in the tools' order.

    Counted are the words of names and first sentences. Tools of different effects are
    confusable if all words are the same: a verb tells others apart.
    """
    sets = [words_of(tool) for tool in tools[:MOST_TOOLS]]
    pairs = (
        Pair(
            tools[first],
            tools[second],
            sets[first] & sets[second],
            sets[first] ^ sets[second],
        )
        for first, second in sorted(_alike(sets))
    )
    return [
        pair
        for pair in pairs
        if pair.first.effect is pair.second.effect or not pair.different
    ]


def _alike(word_sets: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Yield the places of pairs; integers hold the words, as there are many pairs."""
    numbers = {word: i for i, word in enumerate(frozenset().union(*word_sets))}
    masks = [sum(1 << numbers[word] for word in word_set) for word_set in word_sets]
    by_size = sorted(range(len(masks)), key=lambda place: masks[place].bit_count())
    times: Counter[int] = Counter()
    for index, small in enumerate(by_size):
        size = masks[small].bit_count()
        for large in by_size[index + 1 :]:
            larger = masks[large].bit_count()
            if size < ALIKE * larger or times[small] == _MOST_PAIRS:
                break
            common = (masks[small] & masks[large]).bit_count()
            if common >= ALIKE * (size + larger - common):
                times[small] += 1
                yield min(small, large), max(small, large)
