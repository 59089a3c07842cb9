"""The index by which servers find tools (Okapi BM25F); the runtime ranks by it."""

from __future__ import annotations

import runpy
from collections import Counter
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from naftiko_gen.emit.runtime.source import runtime_root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    order: list[int] = _runtime()["rank"](index, query)
    return order


def words(text: str) -> list[str]:
    """Return the words of a text by which documents are found."""
    return list(_runtime()["words"](text))


def index_of(documents: Sequence[Sequence[tuple[str, int]]]) -> Index:
    """Return the index of documents, whose texts count as often as the number says.

    Documents have the same kinds of texts in the same order. The length of a text is
    compared with those of its kind, so a long description makes no name weaker.
    """
    counts = [[Counter(words(text)) for text, _ in texts] for texts in documents]
    averages = [
        max(1, sum(map(Counter.total, kind))) / len(counts)
        for kind in zip(*counts, strict=True)
    ]
    frequencies = Counter(word for texts in counts for word in {*chain(*texts)})
    index: dict[str, list[str]] = {word: [] for word in sorted(frequencies)}
    for number, (texts, document) in enumerate(zip(counts, documents, strict=True)):
        factors = [
            times / (1 - _LENGTH + _LENGTH * text.total() / average)
            for text, (_, times), average in zip(texts, document, averages, strict=True)
        ]
        for word in {*chain(*texts)}:
            pairs = zip(texts, factors, strict=True)
            count = sum(text[word] * factor for text, factor in pairs)
            rarity = _rarity(len(counts), frequencies[word])
            share = count * (_SATURATION + 1) / (count + _SATURATION)
            index[word].append(f"{number} {round(rarity * share * _SCALE)}")
    return {word: " ".join(entries) for word, entries in index.items()}


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
