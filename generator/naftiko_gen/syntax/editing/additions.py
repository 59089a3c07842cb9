"""Adding entries, items and lines to a spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.changes import Changes
from naftiko_gen.syntax.editing.document_text import (
    BlockForm,
    Edit,
    flow_to_block,
    is_whole,
)
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence
from naftiko_gen.syntax.yaml_writer import (
    Fields,
    field_lines,
    in_braces,
    item_lines,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Sequence as ListABC

    from naftiko_gen.syntax.editing.changes import Proposal
    from naftiko_gen.syntax.tree import Entry, Node


@dataclass(frozen=True)
class Additions(Changes):
    """An editor that adds entries, items and lines."""

    def with_entries_behind(
        self, holder: Mapping, entry: Entry, new: Fields
    ) -> Proposal | None:
        """Write keys behind an entry whose value is on the line of its key."""
        node = entry.value
        if not isinstance(node, Scalar):
            return None
        raw = self.text.raw(node.span)
        if not is_whole(node.typed, raw) or node.span.line != entry.span.line:
            return None
        if self.text.is_flow(holder):
            at = self.text.offset(node.span) + len(raw)
            return (Edit(at, at, f", {in_braces(new)[1:-1]}"),)
        at = self.text.line_end(node.span.line)
        return (Edit(at, at, self._begun_lines(field_lines(new), holder)),)

    def with_entries(self, holder: Mapping, new: Fields) -> Proposal | None:
        """Write entries at the end of a mapping; new lists in brackets become blocks.

        The mapping stays in brackets if a block isn't safe.
        """
        if not self.text.is_flow(holder):
            last = self.text.last_line(holder.entries[-1].value, holder.span.column)
            at = self.text.line_end(last)
            return (Edit(at, at, self._begun_lines(field_lines(new), holder)),)
        if (block := self._block_for(holder, new)) is not None:
            return block.ending(self._begun_lines(field_lines(new), block.indentation))
        end = self.text.offset(holder.span) + holder.span.length - 1
        if self.text.characters[end] != "}":
            return None
        comma = ", " if holder.entries else ""
        return (Edit(end, end, f"{comma}{in_braces(new)[1:-1]}"),)

    def with_entries_before(
        self, holder: Mapping, entry: Entry, new: Fields
    ) -> Proposal:
        """Write entries before another one; new lists in brackets become blocks."""
        lines = field_lines(new)
        if not self.text.is_flow(holder):
            return self.with_lines_before(holder, entry, lines)
        at = self.text.offset(entry.span)
        if (block := self._block_for(holder, new)) is None:
            return (Edit(at, at, f"{in_braces(new)[1:-1]}, "),)
        end = self.text.newline + " " * block.indentation
        return (*block.edits, Edit(at, at, "".join(f"{line}{end}" for line in lines)))

    def _block_for(self, holder: Mapping, new: Fields) -> BlockForm | None:
        has_items = any(isinstance(value, list) and value for value in new.values())
        return self._to_block(holder) if has_items else None

    def with_arguments(self, unit: Mapping, fields: Fields) -> Proposal | None:
        """Write entries of the `with` of a route or tool."""
        call, existing = unit.entry("call"), unit.entry("with")
        if existing is not None:
            arguments = existing.value
            return (
                self.with_entries(arguments, fields)
                if isinstance(arguments, Mapping)
                else None
            )
        return self.with_entries_before(unit, call, {"with": fields}) if call else None

    def with_lines_before(
        self, holder: Mapping, entry: Entry, lines: list[str]
    ) -> Proposal:
        """Write lines before an entry and the comment directly above it."""
        indentation = " " * (holder.span.column - 1)
        if self.text.line(entry.span.line)[: entry.span.column - 1].strip():
            at = self.text.offset(entry.span)
            later = [indentation + line if line else line for line in lines[1:]]
            new = self.text.newline.join((lines[0], *later, indentation))
            return (Edit(at, at, new),)
        return self._with_lines(self.first_comment(entry.span), indentation, lines)

    def with_lines_before_items(
        self, entry: Entry, lines: list[str]
    ) -> Proposal | None:
        """Write lines before the items of a list."""
        sequence = entry.value
        if not isinstance(sequence, Sequence) or self.text.is_flow(sequence):
            return None
        line = self.first_comment(sequence.items[0].span)
        return self._with_lines(line, " " * (sequence.span.column - 1), lines)

    def with_items_first(
        self, entry: Entry, items: Collection[Fields]
    ) -> Proposal | None:
        """Write mappings before the items of a list."""
        sequence = entry.value
        if not isinstance(sequence, Sequence) or not sequence.items:
            return None
        if self.text.is_flow(sequence):
            at = self.text.offset(sequence.items[0].span)
            return (Edit(at, at, "".join(f"{in_braces(item)}, " for item in items)),)
        lines = [line for item in items for line in item_lines(item)]
        return self.with_lines_before_items(entry, lines)

    def _begun_lines(self, lines: ListABC[str], at: Node | int) -> str:
        """Return lines behind others, at a node or with an indentation."""
        indentation = at if isinstance(at, int) else at.span.column - 1
        begin = self.text.newline + " " * indentation
        return "".join(begin + line if line else self.text.newline for line in lines)

    def _with_lines(
        self, before: int, indentation: str, lines: ListABC[str]
    ) -> Proposal:
        at, newline = self.text.line_start(before), self.text.newline
        indented_lines = (indentation + line if line else line for line in lines)
        return (Edit(at, at, "".join(f"{line}{newline}" for line in indented_lines)),)

    def with_items(self, entry: Entry, items: Collection[Fields]) -> Proposal | None:
        """Write mappings at the end of a list."""
        sequence = entry.value
        if not isinstance(sequence, Sequence):
            return None
        start = self.text.offset(sequence.span)
        if self.text.is_flow(sequence):
            return self._with_flow_items(entry, sequence, items)
        if self.text.characters[start] != "-":
            return None
        at = self.text.line_end(self.text.last_line(sequence, sequence.span.column))
        lines = [line for item in items for line in item_lines(item)]
        return (Edit(at, at, self._begun_lines(lines, sequence)),)

    def _with_flow_items(
        self, entry: Entry, sequence: Sequence, items: Collection[Fields]
    ) -> Proposal | None:
        place = self.places.keys[point(entry.span)]
        block = flow_to_block(self.text, place.around, sequence)
        if block is not None:
            lines = [line for item in items for line in item_lines(item)]
            return block.ending(self._begun_lines(lines, block.indentation))
        end = self.text.offset(sequence.span) + sequence.span.length - 1
        if self.text.characters[end] != "]":
            return None
        comma = ", " if sequence.items else ""
        return (Edit(end, end, comma + ", ".join(map(in_braces, items))),)
