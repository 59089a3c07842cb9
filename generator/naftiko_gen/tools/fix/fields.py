"""Bodies whose fields are read as a whole text, or as parts of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import Edit, is_whole
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence
from naftiko_gen.syntax.yaml_writer import spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.document_text import Text
    from naftiko_gen.syntax.tree import Entry
    from naftiko_gen.tools.fix.context import FixContext, Proposal


@dataclass(frozen=True)
class _Data:
    """The `data` of a body, as typed."""

    body: Mapping
    entry: Entry
    fields: Mapping
    text: Text

    @property
    def is_flow(self) -> bool:
        return self.text.is_flow(self.fields)

    @property
    def start(self) -> int:
        return self.text.offset(self.fields.span)

    @property
    def end(self) -> int:
        """Return the offset behind the closing brace."""
        return self.start + self.fields.span.length


def unwrap_field(context: FixContext, span: Span) -> Proposal | None:
    """Write the value of the only field as the data of a body."""
    data = _data(context, span)
    if data is None or len(data.fields.entries) != 1:
        return None
    text, [field] = context.text, data.fields.entries
    key, name = _behind(data.entry, text), _behind(field, text)
    value, end = text.offset(field.value.span), _end(field, text)
    colons = (text.characters[key : data.start], text.characters[name:value])
    # Anything else is a comment, which would be lost.
    if any(colon.strip() != ":" for colon in colons):
        return None
    head = Edit(key, value, ": ")
    if not data.is_flow:
        return (head,)
    return (head, Edit(end, data.end, "")) if end else None


def write_parts(context: FixContext, span: Span) -> Proposal | None:
    """Write the fields of a multipart body as its parts."""
    data = _data(context, span)
    canonical = context.canonical(data.body) if data else None
    parts = canonical.get("data") if canonical else None
    if data is None or not isinstance(parts, Sequence):
        return None
    pairs = zip(data.fields.entries, parts.items, strict=True)
    edits_of_parts = [
        tuple(_part(field, part, data))
        for field, part in pairs
        if isinstance(part, Mapping)
    ]
    edits = [edit for part_edits in edits_of_parts for edit in part_edits]
    return (*edits, *_brackets(data)) if all(edits_of_parts) else None


def _data(context: FixContext, span: Span) -> _Data | None:
    """Return the data of the body around a key."""
    place = context.places.keys.get(point(span))
    for node in reversed(place.around if place else ()):
        entry = node.entry("data") if isinstance(node, Mapping) else None
        if isinstance(node, Mapping) and entry and isinstance(entry.value, Mapping):
            return _Data(node, entry, entry.value, context.text)
    return None


def _part(field: Entry, part: Mapping, data: _Data) -> Iterator[Edit]:
    """Yield edits that make a field a part; none if its value is on another line."""
    text, end = data.text, _end(field, data.text)
    if end is None or field.value.span.line != field.span.line:
        return
    keys = [
        f"{entry.key}: {spell(str(entry.value.plain()), in_flow=data.is_flow)}"
        for entry in part.entries
        if entry.key != "value"
    ]
    inside = text.newline + " " * (data.fields.span.column + 1)
    lead, between = ("{", ", ") if data.is_flow else ("- ", inside)
    new = lead + between.join([*keys, "value: "])
    yield Edit(text.offset(field.span), text.offset(field.value.span), new)
    if data.is_flow:
        yield Edit(end, end, "}")


def _brackets(data: _Data) -> Proposal:
    """Replace the braces of fields with the brackets of a list."""
    if not data.is_flow:
        return ()
    start, end = data.start, data.end
    return (Edit(start, start + 1, "["), Edit(end - 1, end, "]"))


def _behind(entry: Entry, text: Text) -> int:
    """Return the offset behind the key of an entry."""
    return text.offset(entry.span) + entry.span.length


def _end(field: Entry, text: Text) -> int | None:
    """Return the end of a field's value, if it is a scalar on one line."""
    scalar = field.value
    raw = text.raw(scalar.span)
    is_known = isinstance(scalar, Scalar) and is_whole(scalar.typed, raw)
    return text.offset(scalar.span) + len(raw) if is_known else None
