"""Deleting entries of a spec."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document import Editor
from naftiko_gen.syntax.editing.document_text import Edit, is_whole
from naftiko_gen.syntax.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.syntax.editing.document import Proposal
    from naftiko_gen.syntax.tree import Entry, Mapping

_COMMENT = re.compile(r"(?:^|\s)#")
"""The start of a comment, or a similar text in quotes."""


@dataclass(frozen=True)
class Removals(Editor):
    """An editor that deletes entries."""

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
