"""Replacing values and keys of a spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document import Editor
from naftiko_gen.syntax.editing.document_text import Edit, is_block, is_whole
from naftiko_gen.syntax.editing.nodes_at import Place, point
from naftiko_gen.syntax.tree import Scalar
from naftiko_gen.syntax.yaml_writer import respell, spell

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.document import Proposal
    from naftiko_gen.syntax.tree import Entry, Mapping, Node


@dataclass(frozen=True)
class Replacements(Editor):
    """An editor that replaces values and keys."""

    def replace_value(self, place: Place, value: str | bool | int) -> Proposal | None:
        """Give a scalar another value, in the same quotes."""
        scalar = place.node
        raw = self.text.raw(scalar.span)
        start = self.text.offset(scalar.span)
        in_flow = any(map(self.text.is_flow, place.around))
        if _is_nothing(scalar) and not in_flow:
            return (Edit(start, start, f" {spell(value)}"),)
        if not isinstance(scalar, Scalar) or not is_whole(scalar.typed, raw):
            return None
        return (Edit(start, start + len(raw), respell(value, raw, in_flow=in_flow)),)

    def respell(self, span: Span, value: str) -> Proposal | None:
        """Give the scalar at a place another value, in the same quotes."""
        place = self.places.scalars.get(point(span))
        return self.replace_value(place, value) if place else None

    def with_text(self, holder: Mapping, entry: Entry, text: str) -> Proposal | None:
        """Give an entry another text; several lines become a literal block."""
        start = self.text.offset(entry.value.span)
        place = Place((holder,), entry.value, entry)
        if self.text.is_flow(holder) or not is_block(text):
            return self.replace_value(place, text)
        last = self.text.last_line(entry.value, entry.span.column)
        end = self.text.line_end(last)
        source = self.text.characters[start:end]
        is_all = self.replace_value(place, text) and source == self.text.raw(
            entry.value.span
        )
        if not is_all and not _is_block_alone(source, entry.value):
            return None
        begin = self.text.newline + " " * (holder.span.column + 1)
        lines = (
            begin + line if line else self.text.newline for line in text.split("\n")
        )
        return (Edit(start, end, "|-" + "".join(lines)),)

    def quote(self, scalar: Scalar) -> Proposal | None:
        """Turn a number or boolean into a text."""
        raw = self.text.raw(scalar.span)
        start = self.text.offset(scalar.span)
        is_bare = raw == scalar.typed and raw[:1] not in "'\""
        return (Edit(start, start + len(raw), f"'{raw}'"),) if is_bare else None

    def unquote(self, scalar: Scalar) -> Proposal | None:
        """Turn a quoted text into a number."""
        raw = self.text.raw(scalar.span)
        if scalar.typed is None or raw[:1] not in "'\"" or raw[1:-1] != scalar.typed:
            return None
        start = self.text.offset(scalar.span)
        return (Edit(start, start + len(raw), scalar.typed),)

    def rename_key(self, entry: Entry, key: str) -> Proposal | None:
        """Spell a key differently, in the same quotes."""
        raw = self.text.raw(entry.span)
        if not is_whole(entry.key, raw):
            return None
        start = self.text.offset(entry.span)
        return (Edit(start, start + len(raw), respell(key, raw, in_flow=True)),)


def _is_block_alone(source: str, node: Node) -> bool:
    """Return whether a text is a block without a comment at its head or end."""
    has_comment = source.count("#") != str(node.plain()).count("#")
    return source[:1] in "|>" and not has_comment


def _is_nothing(node: Node) -> bool:
    """Return whether a key has no value."""
    return isinstance(node, Scalar) and node.value is None and node.typed == ""
