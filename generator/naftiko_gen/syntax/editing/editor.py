"""Edits of a spec's text: other values and keys, deletions, comments and additions."""

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
from naftiko_gen.syntax.editing.nodes_at import (
    Places,
    expect,
    need,
    point,
    require,
)
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence
from naftiko_gen.syntax.yaml_writer import (
    Fields,
    field_lines,
    in_braces,
    item_lines,
    literal_lines,
    respell,
    spell,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.tree import Entry, Node

Proposal = tuple[Edit, ...]
"""Edits that must be applied together."""
_COMMENT = re.compile(r"(?:^|\s)#")
"""The start of a comment, or a similar text in quotes."""


@dataclass(frozen=True)
class Editor:
    """The text of a spec, for methods that propose edits.

    The methods raise a NoEditError if the style of the text allows no safe edit.
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

    def _to_block(self, node: Mapping | Sequence) -> BlockForm | None:
        """Convert a node in brackets to a block; None if that isn't safe."""
        is_mapping = isinstance(node, Mapping)
        index = self.places.mappings if is_mapping else self.places.lists
        return flow_to_block(self.text, index[point(node.span)].around, node)

    # --- other values and keys ---

    def replace_value(self, span: Span, value: str | bool | int) -> Proposal:
        """Give the scalar at a place another value, in the same quotes."""
        place = need(self.places.scalars.get(point(span)))
        scalar, in_flow = place.node, any(map(self.text.is_flow, place.around))
        if scalar.value is None and scalar.typed == "" and not in_flow:
            start = self.text.offset(scalar.span)
            return (Edit(start, start, f" {spell(value)}"),)
        return self._replace_whole(scalar.span, scalar.typed, value, in_flow=in_flow)

    def rename_key(self, entry: Entry, key: str) -> Proposal:
        """Spell a key differently, in the same quotes."""
        return self._replace_whole(entry.span, entry.key, key, in_flow=True)

    def _replace_whole(
        self, span: Span, source: str | None, value: str | bool | int, *, in_flow: bool
    ) -> Proposal:
        raw = self.text.raw(span)
        require(is_whole(source, raw))
        return (self.text.replace(span, respell(value, raw, in_flow=in_flow)),)

    def with_text(self, holder: Mapping, entry: Entry, text: str) -> Proposal:
        """Give an entry another text; several lines become a literal block."""
        scalar, lines = expect(Scalar, entry.value), literal_lines(text)
        if self.text.is_flow(holder) or lines is None:
            return self.replace_value(scalar.span, text)
        start = self.text.offset(scalar.span)
        end = self.text.line_end(self.text.last_line(scalar, entry.span.column))
        source = self.text.characters[start:end]
        is_all = source == self.text.raw(scalar.span) and is_whole(scalar.typed, source)
        # A comment at the head or end of a block would be lost.
        has_comment = source.count("#") != str(scalar.value).count("#")
        require(is_all or (source[:1] in "|>" and not has_comment))
        first, *others = lines
        below = self.text.on_lines(others, holder.span.column + 1)
        return (Edit(start, end, first + below),)

    def quote(self, span: Span) -> Proposal:
        """Turn a number or boolean into a text."""
        scalar = need(self.places.scalars.get(point(span))).node
        raw = self.text.raw(scalar.span)
        require(raw == scalar.typed, raw[:1] not in "'\"")
        return (self.text.replace(scalar.span, f"'{raw}'"),)

    # --- deletions ---

    def without(self, holder: Mapping, *keys: str) -> Proposal:
        """Delete entries, unless nothing would be left, or a comment would be lost."""
        require(any(entry.key not in keys for entry in holder.entries))
        cut = self._flow_cut if self.text.is_flow(holder) else self._block_cut
        removal = cut(holder, keys)
        texts = (self.text.characters[edit.start : edit.end] for edit in removal)
        require(not any(map(_COMMENT.search, texts)))
        return removal

    def without_lines(self, entry: Entry) -> Proposal:
        """Delete an entry, the comment above it, and a superfluous blank line."""
        first = self.first_comment(entry.span)
        last = self.text.last_line(entry.value, entry.span.column)
        require(not self.text.before(entry.span).strip())
        is_apart = first == 1 or not self.text.line(first - 1).strip()
        if is_apart and not self.text.line(last + 1).strip():
            last += 1
        return (self.text.delete_lines(first, last),)

    def _flow_cut(self, holder: Mapping, keys: Collection[str]) -> Proposal:
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
        start = self._comma(holder.entries[behind])
        return (*edits, Edit(start, self._flow_end(holder.entries[-1].value), ""))

    def _comma(self, entry: Entry) -> int:
        """Return the offset of the comma before an entry in braces.

        A comma on a line above might be in a comment.
        """
        text, at = self.text.characters, self.text.offset(entry.span)
        comma = text.rindex(",", 0, at)
        above = text[text.rfind("\n", 0, comma) + 1 : comma]
        require("\n" not in text[comma:at] or not _COMMENT.search(above))
        return comma

    def _flow_end(self, last: Node) -> int:
        """Return the end of the last value in braces."""
        scalar, raw = expect(Scalar, last), self.text.raw(last.span)
        if scalar.typed == "" and raw[:1] not in "'\"":
            # An empty value has the span of the next token.
            raw = ""
        require(is_whole(scalar.typed, raw))
        return self.text.offset(scalar.span) + len(raw)

    def _block_cut(self, holder: Mapping, keys: Collection[str]) -> Proposal:
        """Cut the deleted entries before the first kept one, and lines behind it."""
        other = next(entry for entry in holder.entries if entry.key not in keys)
        first = holder.entries[0]
        start, end = self.text.offset(first.span), self.text.offset(other.span)
        behind = holder.entries[holder.entries.index(other) :]
        lines = (
            self.text.delete_lines(
                entry.span.line, self.text.last_line(entry.value, entry.span.column)
            )
            for entry in behind
            if entry.key in keys
        )
        return (*((Edit(start, end, ""),) if end > start else ()), *lines)

    # --- comments ---

    def with_comment_above(self, line: int, comment: str) -> Proposal:
        """Write a comment above a line, with the line's indentation."""
        text = self.text.line(line)
        return self._above(line, len(text) - len(text.lstrip(" ")), [comment])

    def comment_out(self, holder: Mapping, entry: Entry) -> Proposal:
        """Comment out an entry, or its holder if that has no other entry."""
        place = self.places.mappings[point(holder.span)]
        if len(holder.entries) == 1:
            return self.comment_out(*place.pair)
        if not self.text.is_flow(holder):
            return self._comment_out_lines(entry.value, entry.span)
        # The first key of an item stays behind its dash, so it can't be a comment.
        require(place.entry or holder.entries[0] is not entry)
        at = self.text.offset(entry.span)
        return (*need(self._to_block(holder)).edits, Edit(at, at, "# "))

    def comment_out_items(
        self, holder: Mapping, entry: Entry, items: Collection[Node]
    ) -> Proposal:
        """Comment out items of a list, or the whole entry if these are all items."""
        sequence = expect(Sequence, entry.value)
        if len(items) == len(sequence.items):
            return self.comment_out(holder, entry)
        if not self.text.is_flow(sequence):
            column = sequence.span.column
            starts = (replace(item.span, column=column) for item in items)
            return combine(*map(self._comment_out_lines, items, starts))
        offsets = {self.text.offset(item.span) for item in items}
        return tuple(
            (
                replace(edit, text=edit.text.removesuffix("- ") + "# - ")
                if edit.end in offsets
                else edit
            )
            for edit in need(self._to_block(sequence)).edits
        )

    def _comment_out_lines(self, node: Node, start: Span) -> Proposal:
        """Comment out the lines of a node; no text may stand before the start."""
        last = self.text.last_line(node, start.column)
        lines = {n: self.text.line(n) for n in range(start.line, last + 1)}
        require(not any(line[: start.column - 1].strip() for line in lines.values()))
        return tuple(
            Edit(at, at, "# ")
            for number, line in lines.items()
            if line.strip() and not line.lstrip().startswith("#")
            for at in (self.text.line_start(number) + start.column - 1,)
        )

    # --- additions ---

    def with_entries_behind(
        self, holder: Mapping, entry: Entry, new: Fields
    ) -> Proposal:
        """Write keys behind an entry whose value is on the line of its key."""
        node = expect(Scalar, entry.value)
        raw = self.text.raw(node.span)
        require(is_whole(node.typed, raw), node.span.line == entry.span.line)
        if self.text.is_flow(holder):
            at = self.text.offset(node.span) + len(raw)
            return (Edit(at, at, f", {in_braces(new)[1:-1]}"),)
        return self._below(node.span.line, holder, field_lines(new))

    def with_entries(self, holder: Mapping, new: Fields) -> Proposal:
        """Write entries at the end of a mapping; new lists in brackets become blocks.

        The mapping stays in brackets if a block isn't safe.
        """
        block = self._block_for(holder, new)
        return self._at_end(holder, block, field_lines(new), in_braces(new)[1:-1])

    def with_items(self, list_: Sequence, items: Collection[Fields]) -> Proposal:
        """Write mappings at the end of a list."""
        lines = [line for item in items for line in item_lines(item)]
        block = self._to_block(list_) if self.text.is_flow(list_) else None
        return self._at_end(list_, block, lines, ", ".join(map(in_braces, items)))

    def _at_end(
        self,
        holder: Mapping | Sequence,
        block: BlockForm | None,
        lines: list[str],
        text: str,
    ) -> Proposal:
        """Write lines at the end of a holder or of its new block, or else a text."""
        if not self.text.is_flow(holder):
            last = self.text.last_line(holder, holder.span.column)
            return self._below(last, holder, lines)
        if block is not None:
            return block.ending(self.text.on_lines(lines, block.indentation))
        end = self.text.end(holder) - 1
        require(self.text.characters[end] in "}]")
        comma = ", " if self.text.raw(holder.span)[1:-1].strip() else ""
        return (Edit(end, end, comma + text),)

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
        is_flow = self.text.is_flow(holder)
        return self._to_block(holder) if has_items and is_flow else None

    def with_arguments(self, unit: Mapping, fields: Fields) -> Proposal:
        """Write entries of the `with` of a route or tool."""
        if (existing := unit.get("with")) is not None:
            return self.with_entries(expect(Mapping, existing), fields)
        call = need(unit.entry("call"))
        return self.with_entries_before(unit, call, {"with": fields})

    def with_lines_before(
        self, holder: Mapping, entry: Entry, lines: list[str]
    ) -> Proposal:
        """Write lines before an entry and the comment directly above it."""
        indentation = holder.span.column - 1
        if not self.text.before(entry.span).strip():
            return self._above(self.first_comment(entry.span), indentation, lines)
        at = self.text.offset(entry.span)
        later = self.text.on_lines(lines[1:], indentation)
        end = self.text.newline + " " * indentation
        return (Edit(at, at, lines[0] + later + end),)

    def with_lines_before_items(self, list_: Sequence, lines: list[str]) -> Proposal:
        """Write lines before the items of a list."""
        require(not self.text.is_flow(list_))
        line = self.first_comment(list_.items[0].span)
        return self._above(line, list_.span.column - 1, lines)

    def with_items_first(self, list_: Sequence, items: Collection[Fields]) -> Proposal:
        """Write mappings before the items of a list."""
        require(list_.items)
        if self.text.is_flow(list_):
            at = self.text.offset(list_.items[0].span)
            return (Edit(at, at, "".join(f"{in_braces(item)}, " for item in items)),)
        lines = [line for item in items for line in item_lines(item)]
        return self.with_lines_before_items(list_, lines)

    def _below(self, line: int, holder: Node, lines: list[str]) -> Proposal:
        at = self.text.line_end(line)
        return (Edit(at, at, self.text.on_lines(lines, holder.span.column - 1)),)

    def _above(self, line: int, indentation: int, lines: list[str]) -> Proposal:
        at, newline = self.text.line_start(line), self.text.newline
        new = self.text.on_lines(lines, indentation).removeprefix(newline)
        return (Edit(at, at, new + newline),)


def combine(*parts: Proposal) -> Proposal:
    """Return the edits of all parts; raises a NoEditError if a part has none."""
    require(*parts)
    return tuple(edit for part in parts for edit in part)
