"""Answers with several lists, which are cut where all of them don't fit together."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, NamedTuple

from ..values import json_bytes
from .fields import Path, dotted

DEEPEST = 5
"""The most names that lead to a list."""
SHOWN = 10
"""The most lists that a notice names."""


class Shortened(NamedTuple):
    """A document whose lists have only leading items, and the words that say so."""

    document: Any
    words: str


Ends = Mapping[Path, Sequence[int]]
"""The bytes of each list up to the ends of its items."""


def shortened(document: Any, spared: Path | None, room: int) -> Shortened:
    """Return a document whose lists take so much room, the longest ones cut first.

    Each of them keeps an item. The list at `spared` stays: its caller cuts it. Others
    are cut only if they leave it no room.
    """
    ends = {
        path: [*accumulate(len(json_bytes(item)) + 1 for item in items)]
        for path, items in _lists_in(document)
        if items
    }
    room -= len(json_bytes(document)) - sum(end for *_, end in ends.values())
    kept = _kept(ends, spared, room)
    cut = {path: count for path, count in kept.items() if count < len(ends[path])}
    texts = [f"{dotted(path)} has {n} of {len(ends[path])}" for path, n in cut.items()]
    more = ", …" if len(texts) > SHOWN else ""
    return Shortened(_with_lists(document, kept), ", ".join(texts[:SHOWN]) + more)


def _kept(ends: Ends, spared: Path | None, room: int) -> dict[Path, int]:
    """Return how many items to keep of each list but the spared one."""
    whole = {path: len(sizes) for path, sizes in ends.items()}
    smallest = {**whole, spared: 1} if spared in whole else whole
    kept = whole if _size(ends, smallest) <= room else _cut_evenly(ends, room)
    return {path: count for path, count in kept.items() if path != spared}


def _cut_evenly(ends: Ends, room: int) -> dict[Path, int]:
    """Return how many items to keep if no list takes more than a share of the room."""
    shares = sorted({0, *chain.from_iterable(ends.values())})
    fitting = bisect_right(
        shares, room, key=lambda share: _size(ends, _up_to(ends, share))
    )
    return _up_to(ends, shares[max(fitting - 1, 0)])


def _up_to(ends: Ends, share: int) -> dict[Path, int]:
    return {path: max(bisect_right(sizes, share), 1) for path, sizes in ends.items()}


def _size(ends: Ends, counts: Mapping[Path, int]) -> int:
    return sum(ends[path][count - 1] for path, count in counts.items())


def _lists_in(document: Any, before: Path = ()) -> Iterator[tuple[Path, Sequence[Any]]]:
    """Yield the lists in objects, but none in other lists, with their paths."""
    if not isinstance(document, dict) or len(before) == DEEPEST:
        return
    for name, value in document.items():
        if isinstance(value, list):
            yield (*before, name), value
        else:
            yield from _lists_in(value, (*before, name))


def _with_lists(document: Any, counts: Mapping[Path, int], before: Path = ()) -> Any:
    """Return a document with so many leading items of its lists."""
    if isinstance(document, list) and before in counts:
        return document[: counts[before]]
    if not isinstance(document, dict) or len(before) == DEEPEST:
        return document
    return {
        name: _with_lists(value, counts, (*before, name))
        for name, value in document.items()
    }
