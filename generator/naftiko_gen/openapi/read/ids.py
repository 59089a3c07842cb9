"""Ids of operations: those that are too long, and those of several operations.

Frameworks for web servers make long ids, which end in the path and the method of their
operation: `read_item_items__item_id__get`.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.names import words
from naftiko_gen.openapi.read.api import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.openapi.read.api import Operation

_SHOWN = 8
"""The most operations of an id in a remark."""


def short_id(own_id: str, method: str, path: str) -> str:
    """Return an id without its own path and method at the end.

    A single word says too little, unless it is of the path: it keeps the path.
    """
    path_words = _words(path) if re.search(r"[A-Za-z0-9]", path) else []
    id_words, end = _words(own_id), [*path_words, method.lower()]
    start = id_words[: -len(end)]
    if not (path_words and start and id_words[-len(end) :] == end):
        return own_id
    is_telling = len(start) > 1 or start[0] in path_words
    return "-".join(start if is_telling else id_words[:-1])


def with_distinct_ids(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return the operations; ids that would be equal if they were short stay long."""
    keys = [" ".join(_words(operation.short_id)) for operation in operations]
    counts = Counter(keys)
    return tuple(
        (
            replace(operation, short_id=operation.id or "")
            if counts[key] > 1
            else operation
        )
        for key, operation in zip(keys, operations, strict=True)
    )


def doubled_ids(operations: Sequence[Operation]) -> Iterator[Remark]:
    """Yield a remark for each id that several operations have."""
    groups: dict[str, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(operation.id or "", []).append(operation)
    for own_id, group in groups.items():
        if own_id and len(group) > 1:
            yield Remark(_name_operations(own_id, group), group[1].span)


def _name_operations(own_id: str, operations: Sequence[Operation]) -> str:
    titles = [f"{operation.method} {operation.path}" for operation in operations]
    listing = ", ".join(map(quote, titles[:_SHOWN]))
    more = ", …" if len(titles) > _SHOWN else ""
    command = f"import --operation {shlex.quote(titles[0])}"
    return f"the id {quote(own_id)} is that of {listing}{more}; `{command}` takes one"


def _words(text: str) -> list[str]:
    return [word.lower() for word in words(text)]
