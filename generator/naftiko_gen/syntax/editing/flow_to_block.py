"""Turning flow lists and mappings (in brackets) into blocks (on lines)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import Edit, Text
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

_BETWEEN = re.compile(r" *, *")
_END = re.compile(r" *,? *[\]}]")


@dataclass(frozen=True)
class BlockForm:
    """A list or mapping that was converted to a block.

    Attributes:
        edits: The edits that remove its brackets, and those around it.
        indentation: The indentation of its dashes or keys.
    """

    edits: tuple[Edit, ...]
    indentation: int

    def ending(self, lines: str) -> tuple[Edit, ...]:
        """Return the edits, with these lines at the end of the block."""
        *others, last = self.edits
        return (*others, replace(last, text=lines))


def flow_to_block(text: Text, around: tuple[Node, ...], node: Node) -> BlockForm | None:
    """Convert a node and the flow nodes around it to blocks.

    Return None if that isn't safe: each of the nodes must be on one line.
    """
    nodes = (*around, node)
    first = next((at for at, part in enumerate(nodes) if text.is_flow(part)), None)
    if not first:
        return None
    all_edits: list[Edit] = []
    indentation = nodes[first - 1].span.column - 1
    for holder, child in pairwise(nodes[first - 1 :]):
        entry = _entry(holder, child)
        if isinstance(child, Mapping) and (entry or not text.is_flow(holder)):
            indentation = indentation + 2 if entry else child.span.column - 1
        elif isinstance(child, Mapping):
            indentation += 2
        elif entry is None:
            return None
        edits = _on_lines(text, child, entry, indentation)
        if edits is None:
            return None
        all_edits += edits
    return BlockForm(tuple(all_edits), indentation)


def _entry(holder: Node, node: Node) -> Entry | None:
    """Return the entry whose value a node is, None for an item of a list."""
    entries = holder.entries if isinstance(holder, Mapping) else ()
    return next((entry for entry in entries if entry.value is node), None)


def _on_lines(
    text: Text, node: Node, entry: Entry | None, indentation: int
) -> list[Edit] | None:
    """Return edits that put the parts of a node on lines; the last one is its end."""
    start = text.offset(node.span)
    begin = text.newline + " " * indentation
    begin += "- " if isinstance(node, Sequence) else ""
    # The first key of an item stays on the line of its dash.
    behind = start if entry is None else text.end_of_key(entry)
    parts = list(_parts(text, node))
    if not parts:
        return [Edit(behind, text.end(node), "")]
    edits = [Edit(behind, parts[0][0], "" if entry is None else begin)]
    for (_, end), (following, _) in pairwise(parts):
        if not _BETWEEN.fullmatch(text.characters, end, following):
            return None
        edits.append(Edit(end, following, begin))
    closing = _END.match(text.characters, parts[-1][1])
    return [*edits, Edit(*closing.span(), "")] if closing else None


def _parts(text: Text, node: Node) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each entry or item."""
    match node:
        case Mapping(entries=entries):
            for entry in entries:
                yield text.offset(entry.span), text.end(entry.value)
        case Sequence(items=items):
            for item in items:
                yield text.offset(item.span), text.end(item)
        case _:
            pass
