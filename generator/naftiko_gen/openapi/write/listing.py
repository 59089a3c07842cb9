"""A table of the tags of an API, for those who choose among its operations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.language.tokens import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.openapi.read.api import Operation

_WIDEST = 40
Sizes = list[tuple["Operation", int]]
"""Operations, each with about how many tokens its tool takes."""


def lines(sizes: Sequence[tuple[Operation, int]]) -> Iterator[str]:
    """Yield a line for each tag, those with the most tokens first, and one for all.

    An operation counts for its first tag alone.
    """
    groups: dict[str, Sizes] = {}
    for operation, tokens in sizes:
        groups.setdefault(operation.group, []).append((operation, tokens))
    width = min(max(map(len, ("in all", *map(safe, groups)))), _WIDEST)
    for tag, members in sorted(groups.items(), key=_order):
        yield _line(safe(tag)[:_WIDEST].ljust(width), members)
    yield _line("in all".ljust(width), list(sizes))


def _order(group: tuple[str, Sizes]) -> tuple[int, str]:
    tag, members = group
    return -sum(tokens for _, tokens in members), tag


def _line(title: str, members: Sizes) -> str:
    counts = Counter(operation.method for operation, _ in members)
    methods = ", ".join(f"{count} {method}" for method, count in sorted(counts.items()))
    noun = "operation" if len(members) == 1 else "operations"
    tokens = in_words(sum(tokens for _, tokens in members))
    return f"{title}  {len(members):>5} {noun}, {tokens} ({methods})"
