"""A document as typed: its text, and where its parts stand in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import Edit, Text
from naftiko_gen.syntax.editing.flow_to_block import unfolded
from naftiko_gen.syntax.editing.nodes_at import Places, point

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.flow_to_block import Unfolded
    from naftiko_gen.syntax.tree import Mapping, Node

Proposal = tuple[Edit, ...]
"""Edits that belong together."""


@dataclass(frozen=True)
class Page:
    """The text of a document, and what edits have to know of it.

    Whatever makes edits returns None where the way that something is typed leaves no
    safe ones.
    """

    text: Text

    @cached_property
    def places(self) -> Places:
        """Return the places of the document as typed."""
        return Places.of(self.text.root)

    def first_comment(self, span: Span) -> int:
        """Return the line of a key, or of the comment that is right above it.

        In front of the first key of an item, that comment is above the dash.
        """
        line = span.line
        before = self.text.line(line)[: span.column - 1]
        comment = before.split("-", maxsplit=1)[0] + "#"
        while line > 1 and self.text.line(line - 1).startswith(comment):
            line -= 1
        return line

    def is_item(self, node: Node) -> bool:
        """Say whether an item of a list starts on the line of its dash."""
        typed = self.text.line(node.span.line)[: node.span.column - 1]
        return typed.strip() == "-"

    def _unfolded(self, holder: Mapping) -> Unfolded | None:
        around = self.places.mappings[point(holder.span)].around
        return unfolded(self.text, around, holder)

    def _begun_lines(self, lines: Collection[str], indentation: int) -> str:
        begin = self.text.newline + " " * indentation
        return "".join(f"{begin}{line}" for line in lines)
