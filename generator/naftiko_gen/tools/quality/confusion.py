"""Pairs of tools that a model can't tell apart by their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naftiko_gen.ir import Tool
from naftiko_gen.tools.quality.words import words_of

ALIKE = 0.85
"""The share of common words from which two tools of one effect are confusable."""
MOST_TOOLS = 4_000
"""The most tools of a server that are compared with each other."""
_MOST_PAIRS = 5
"""The most pairs of a tool with others that have as many words or more."""


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


@dataclass(frozen=True)
class _Bits:
    """The words of a tool, a bit for each."""

    place: int
    bits: int
    count: int


def confusable_pairs(tools: Sequence[Tool]) -> list[Pair]:
    """Return the pairs of tools with too many common words, in the tools' order.

    Counted are the words of names and first sentences. Tools of different effects are
    confusable if all words are the same: a verb tells others apart.
    """
    word_sets = [words_of(tool) for tool in tools[:MOST_TOOLS]]
    pairs = (
        Pair(
            tools[first],
            tools[second],
            word_sets[first] & word_sets[second],
            word_sets[first] ^ word_sets[second],
        )
        for first, second in sorted(_alike(word_sets))
    )
    return [
        pair
        for pair in pairs
        if pair.first.effect is pair.second.effect or not pair.different
    ]


def _alike(word_sets: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Yield the places of pairs; integers hold the words, as there are many pairs."""
    signatures = sorted(_signatures(word_sets), key=lambda item: item.count)
    times: Counter[int] = Counter()
    for index, small in enumerate(signatures):
        for large in signatures[index + 1 :]:
            if small.count < ALIKE * large.count or times[small.place] == _MOST_PAIRS:
                break
            common = (small.bits & large.bits).bit_count()
            if common >= ALIKE * (small.count + large.count - common):
                times[small.place] += 1
                yield min(small.place, large.place), max(small.place, large.place)


def _signatures(word_sets: Sequence[frozenset[str]]) -> Iterator[_Bits]:
    numbers: dict[str, int] = {}
    for place, word_set in enumerate(word_sets):
        bits = sum(1 << numbers.setdefault(word, len(numbers)) for word in word_set)
        yield _Bits(place, bits, len(word_set))
