"""The groups of tools: tags of the operations that they call, else words of paths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from naftiko_gen import ir

OTHER = "other"
"""The group of tools that call nothing."""
_VERSION = re.compile(r"v\d+(?:\.\d+)*|api|rest", re.IGNORECASE)
_Segments = tuple[str | None, ...]
"""The segments of a path; None for those with variables."""


def groups(tools: Sequence[ir.Tool]) -> tuple[str, ...]:
    """Return the group of each tool.

    It is the first tag of the first operation that the tool calls. Without tags, it is
    the first word by which its path differs from those of the other tools: `orders` for
    `/api/v1/orders/{id}`.
    """
    calls = (next(iter(ir.calls(tool.implementation)), None) for tool in tools)
    operations = [call.operation if call else None for call in calls]
    paths: dict[str, list[_Segments]] = {}
    for operation in filter(None, operations):
        namespace = operation.upstream.namespace
        paths.setdefault(namespace, []).append(_segments(operation))
    starts = {name: _common_start(lists) for name, lists in paths.items()}
    return tuple(
        _group(operation, starts[operation.upstream.namespace]) if operation else OTHER
        for operation in operations
    )


def _segments(operation: ir.Operation) -> _Segments:
    """Return the segments of a path, without those that name a version."""
    text = "".join(part if isinstance(part, str) else "\0" for part in operation.path)
    segments = (segment for segment in text.split("/") if segment)
    return tuple(
        None if "\0" in segment else segment
        for segment in segments
        if not _VERSION.fullmatch(segment)
    )


def _common_start(paths: Sequence[_Segments]) -> int:
    columns = zip(*paths, strict=False)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))


def _group(operation: ir.Operation, start: int) -> str:
    if operation.tags:
        return operation.tags[0]
    segments = _segments(operation)
    words = [segment for segment in segments[start:] if segment is not None]
    shared_words = [segment for segment in segments[:start] if segment is not None]
    return next(iter((*words, *reversed(shared_words))), OTHER)
