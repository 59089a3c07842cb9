"""The base of the editors: a spec's text and the places of its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import Edit, Text
from naftiko_gen.syntax.editing.flow_to_block import flow_to_block
from naftiko_gen.syntax.editing.nodes_at import Places, point

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.flow_to_block import BlockForm
    from naftiko_gen.syntax.tree import Mapping, Node

Proposal = tuple[Edit, ...]
"""Edits that must be applied together."""


@dataclass(frozen=True)
class Editor:
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

    def _begun_lines(self, lines: Collection[str], indentation: int) -> str:
        begin = self.text.newline + " " * indentation
        return "".join(f"{begin}{line}" for line in lines)
