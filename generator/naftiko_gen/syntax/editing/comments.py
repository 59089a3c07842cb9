"""Writing comments, and commenting out parts of a spec."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document import Editor
from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.syntax.editing.flow_to_block import flow_to_block
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.syntax.editing.document import Proposal
    from naftiko_gen.syntax.tree import Entry, Node


@dataclass(frozen=True)
class Comments(Editor):
    """An editor that writes comments, and comments out entries and items."""

    def with_comment_above(self, line: int, comment: str) -> Proposal:
        """Write a comment above a line, with the line's indentation."""
        at, text = self.text.line_start(line), self.text.line(line)
        indentation = text[: len(text) - len(text.lstrip(" "))]
        return (Edit(at, at, f"{indentation}{comment}{self.text.newline}"),)

    def comment_out(self, holder: Mapping, entry: Entry) -> Proposal | None:
        """Comment out an entry, or its holder if that has no other entry."""
        if len(holder.entries) == 1:
            place = self.places.mappings[point(holder.span)]
            if place.entry is None or place.mapping is None:
                return None
            return self.comment_out(place.mapping, place.entry)
        if self.text.is_flow(holder):
            return self._comment_out_of_brackets(holder, entry)
        last = self.text.last_line(entry.value, entry.span.column)
        lines = range(entry.span.line, last + 1)
        return self._comment_out_lines(lines, entry.span.column - 1)

    def _comment_out_of_brackets(
        self, holder: Mapping, entry: Entry
    ) -> Proposal | None:
        """Turn a flow mapping into a block with the entry as a comment.

        The first key of an item stays behind its dash, so it can't be a comment.
        """
        place, block = self.places.mappings[point(holder.span)], self._to_block(holder)
        is_behind_dash = place.entry is None and holder.entries[0] is entry
        if block is None or is_behind_dash:
            return None
        at = self.text.offset(entry.span)
        return (*block.edits, Edit(at, at, "# "))

    def comment_out_items(
        self, holder: Mapping, entry: Entry, items: Collection[Node]
    ) -> Proposal | None:
        """Comment out items of a list, or the whole entry if these are all items."""
        sequence = entry.value
        if not isinstance(sequence, Sequence):
            return None
        if len(items) == len(sequence.items):
            return self.comment_out(holder, entry)
        if self.text.is_flow(sequence):
            return self._comment_items_out_of_brackets(holder, sequence, items)
        column = sequence.span.column
        parts = [
            self._comment_out_lines(
                range(item.span.line, self.text.last_line(item, column) + 1), column - 1
            )
            for item in items
        ]
        edits = tuple(edit for part in parts if part for edit in part)
        return edits if all(parts) else None

    def _comment_items_out_of_brackets(
        self, holder: Mapping, sequence: Sequence, items: Collection[Node]
    ) -> Proposal | None:
        """Turn a flow list into a block with some items as comments."""
        around = (*self.places.mappings[point(holder.span)].around, holder)
        block = flow_to_block(self.text, around, sequence)
        if block is None:
            return None
        starts = {self.text.offset(item.span) for item in items}
        edits = (
            (
                replace(edit, text=edit.text.removesuffix("- ") + "# - ")
                if edit.end in starts
                else edit
            )
            for edit in block.edits
        )
        return tuple(edits)

    def _comment_out_lines(self, numbers: range, column: int) -> Proposal | None:
        """Comment out lines; None if one of them has text before the column."""
        lines = {number: self.text.line(number) for number in numbers}
        if any(line[:column].strip() for line in lines.values()):
            return None
        return tuple(
            Edit(at, at, "# ")
            for number, line in lines.items()
            if line.strip() and not line.lstrip().startswith("#")
            for at in (self.text.line_start(number) + column,)
        )
