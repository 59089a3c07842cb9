"""The index by which servers find tools (Okapi BM25); `naftiko_runtime` ranks by it."""

from __future__ import annotations

import runpy
from collections import Counter
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from naftiko_gen.emit.runtime.source import runtime_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SATURATION = 1.2
_LENGTH = 0.75
"""How much a long document loses, from 0 to 1."""
_SCALE = 1_000
"""The weight of a word is a whole number of such parts."""

Index = dict[str, str]


def rank(index: Mapping[str, str], query: str) -> list[int]:
    """Return the numbers of the documents that have words of a query, the best first.

    The code is that of the runtime, so servers find the same tools.
    """
    ranked: list[int] = _runtime()["rank"](index, query)
    return ranked


def words(text: str) -> list[str]:
    """Return the words of a text by which documents are found."""
    return list(_runtime()["words"](text))


def index_of(documents: Sequence[Iterable[tuple[str, int]]]) -> Index:
    """Return the index of documents, whose texts count as often as the number says."""
    counts = [_counts(texts) for texts in documents]
    average = sum(map(Counter.total, counts)) / len(counts)
    frequencies = Counter(word for words in counts for word in words)
    index: dict[str, list[str]] = {word: [] for word in sorted(frequencies)}
    for number, words in enumerate(counts):
        length = 1 - _LENGTH + _LENGTH * words.total() / average
        for word, count in words.items():
            rarity = _rarity(len(counts), frequencies[word])
            share = count * (_SATURATION + 1) / (count + _SATURATION * length)
            index[word].append(f"{number} {round(rarity * share * _SCALE)}")
    return {word: " ".join(entries) for word, entries in index.items()}


def _counts(texts: Iterable[tuple[str, int]]) -> Counter[str]:
    counts = Counter[str]()
    for text, times in texts:
        for word in words(text):
            counts[word] += times
    return counts


@cache
def _rarity(documents: int, frequency: int) -> float:
    """Return the weight of a word that some of the documents have.

    Decimal arithmetic rounds logarithms correctly; those of C libraries differ.
    """
    ratio = (Decimal(documents) - frequency + Decimal("0.5")) / (
        frequency + Decimal("0.5")
    )
    return float((1 + ratio).ln())


@cache
def _runtime() -> dict[str, Any]:
    """Return the names of the runtime's module, which imports no other one."""
    return runpy.run_path(str(runtime_root() / "mcp" / "ranking.py"))
