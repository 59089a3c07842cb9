"""Changes of a spec's text: other values and keys, deletions, and comments."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import (
    BlockForm,
    Edit,
    Text,
    flow_to_block,
    is_whole,
)
from naftiko_gen.syntax.editing.nodes_at import Place, Places, point
from naftiko_gen.syntax.tree import Scalar, Sequence
from naftiko_gen.syntax.yaml_writer import literal_lines, respell, spell

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.tree import Entry, Mapping, Node

Proposal = tuple[Edit, ...]
"""Edits that must be applied together."""
_COMMENT = re.compile(r"(?:^|\s)#")
"""The start of a comment, or a similar text in quotes."""


@dataclass(frozen=True)
class Changes:
    """The text of a spec, for methods that propose edits.

    The methods return None if the style of the text allows no safe edit.
    """

    text: Text

    @cached_property
    def places(self) -> Places:
        """Return the places of the nodes as typed."""
        return Places.of(self.text.root)

    def first_comment(self, span: Span) -> int:
        """Return the first line of the comment directly above a key, or the key's line.

        The comment of the first key of an item is above the dash.
        """
        line = span.line
        before = self.text.line(line)[: span.column - 1]
        comment = before.split("-", maxsplit=1)[0] + "#"
        while line > 1 and self.text.line(line - 1).startswith(comment):
            line -= 1
        return line

    def is_item(self, node: Node) -> bool:
        """Return whether an item of a list starts on the line of its dash."""
        text = self.text.line(node.span.line)[: node.span.column - 1]
        return text.strip() == "-"

    def _to_block(self, holder: Mapping) -> BlockForm | None:
        around = self.places.mappings[point(holder.span)].around
        return flow_to_block(self.text, around, holder)

    # --- other values and keys ---

    def replace_value(self, place: Place, value: str | bool | int) -> Proposal | None:
        """Give a scalar another value, in the same quotes."""
        scalar, in_flow = place.node, any(map(self.text.is_flow, place.around))
        if _is_nothing(scalar) and not in_flow:
            start = self.text.offset(scalar.span)
            return (Edit(start, start, f" {spell(value)}"),)
        if not isinstance(scalar, Scalar):
            return None
        return self._replace_whole(scalar.span, scalar.typed, value, in_flow=in_flow)

    def rename_key(self, entry: Entry, key: str) -> Proposal | None:
        """Spell a key differently, in the same quotes."""
        return self._replace_whole(entry.span, entry.key, key, in_flow=True)

    def _replace_whole(
        self, span: Span, source: str | None, value: str | bool | int, *, in_flow: bool
    ) -> Proposal | None:
        raw = self.text.raw(span)
        is_replaceable = is_whole(source, raw)
        new = respell(value, raw, in_flow=in_flow)
        return (self.text.replace(span, new),) if is_replaceable else None

    def respell(self, span: Span, value: str) -> Proposal | None:
        """Give the scalar at a place another value, in the same quotes."""
        place = self.places.scalars.get(point(span))
        return self.replace_value(place, value) if place else None

    def with_text(self, holder: Mapping, entry: Entry, text: str) -> Proposal | None:
        """Give an entry another text; several lines become a literal block."""
        value = self.replace_value(Place((holder,), entry.value, entry), text)
        lines = literal_lines(text)
        if self.text.is_flow(holder) or lines is None:
            return value
        start = self.text.offset(entry.value.span)
        end = self.text.line_end(self.text.last_line(entry.value, entry.span.column))
        source = self.text.characters[start:end]
        is_all = value and source == self.text.raw(entry.value.span)
        if not is_all and not _is_block_alone(source, entry.value):
            return None
        begin = " " * (holder.span.column + 1)
        new = [lines[0], *(line and begin + line for line in lines[1:])]
        return (Edit(start, end, self.text.newline.join(new)),)

    def quote(self, scalar: Scalar) -> Proposal | None:
        """Turn a number or boolean into a text."""
        raw = self.text.raw(scalar.span)
        is_bare = raw == scalar.typed and raw[:1] not in "'\""
        return (self.text.replace(scalar.span, f"'{raw}'"),) if is_bare else None

    # --- deletions ---

    def without(self, holder: Mapping, keys: Collection[str]) -> Proposal | None:
        """Delete entries; None if nothing would be left, or a comment would be lost."""
        if all(entry.key in keys for entry in holder.entries):
            return None
        removal = (
            self._flow_cut(holder, keys)
            if self.text.is_flow(holder)
            else self._block_cut(holder, keys)
        )
        if removal is None or any(
            _COMMENT.search(self.text.characters[edit.start : edit.end])
            for edit in removal
        ):
            return None
        return removal

    def without_lines(self, entry: Entry) -> Proposal | None:
        """Delete an entry, the comment above it, and a superfluous blank line."""
        first = self.first_comment(entry.span)
        last = self.text.last_line(entry.value, entry.span.column)
        if self.text.line(entry.span.line)[: entry.span.column - 1].strip():
            return None
        is_apart = first == 1 or not self.text.line(first - 1).strip()
        if is_apart and not self.text.line(last + 1).strip():
            last += 1
        start, end = self.text.line_start(first), self.text.line_start(last + 1)
        return (Edit(start, end, ""),)

    def _flow_cut(self, holder: Mapping, keys: Collection[str]) -> Proposal | None:
        """Cut from each deleted key to the next kept one, or to the end."""
        others = [entry for entry in holder.entries if entry.key not in keys]
        behind = holder.entries.index(others[-1]) + 1
        pairs = zip(holder.entries[:behind], holder.entries[1:behind], strict=False)
        edits = tuple(
            Edit(self.text.offset(entry.span), self.text.offset(following.span), "")
            for entry, following in pairs
            if entry.key in keys
        )
        if behind == len(holder.entries):
            return edits
        comma = self._comma(holder.entries[behind])
        end = self._flow_end(holder.entries[-1], comma) if comma else None
        return (*edits, end) if end else None

    def _comma(self, entry: Entry) -> int | None:
        """Return the offset of the comma before an entry in braces.

        Return None if the comma is on a line above and might be in a comment.
        """
        text, at = self.text.characters, self.text.offset(entry.span)
        comma = text.rindex(",", 0, at)
        above = text[text.rfind("\n", 0, comma) + 1 : comma]
        is_above = "\n" in text[comma:at]
        return None if is_above and _COMMENT.search(above) else comma

    def _flow_end(self, last: Entry, start: int) -> Edit | None:
        """Cut to the end of the last value; None if its end isn't known."""
        scalar, raw = last.value, self.text.raw(last.value.span)
        if not isinstance(scalar, Scalar):
            return None
        if scalar.typed == "" and raw[:1] not in "'\"":
            # An empty value has the span of the next token.
            raw = ""
        if not is_whole(scalar.typed, raw):
            return None
        return Edit(start, self.text.offset(scalar.span) + len(raw), "")

    def _block_cut(self, holder: Mapping, keys: Collection[str]) -> Proposal:
        other = next(entry for entry in holder.entries if entry.key not in keys)
        start = self.text.offset(holder.entries[0].span)
        first = Edit(start, self.text.offset(other.span), "")
        behind = holder.entries[holder.entries.index(other) :]
        lines = (self._lines(entry) for entry in behind if entry.key in keys)
        return (*((first,) if first.end > first.start else ()), *lines)

    def _lines(self, entry: Entry) -> Edit:
        last = self.text.last_line(entry.value, entry.span.column)
        start = self.text.line_start(entry.span.line)
        return Edit(start, self.text.line_start(last + 1), "")

    # --- comments ---

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


def _is_block_alone(source: str, node: Node) -> bool:
    """Return whether a text is a block without a comment at its head or end."""
    has_comment = source.count("#") != str(node.plain()).count("#")
    return source[:1] in "|>" and not has_comment


def _is_nothing(node: Node) -> bool:
    """Return whether a key has no value."""
    return isinstance(node, Scalar) and node.value is None and node.typed == ""
