"""Bodies whose fields are read as something else: as all of a text, or as parts."""

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
    from naftiko_gen.tools.fix.context import Proposal, Reading


@dataclass(frozen=True)
class _Data:
    """What `data` of a body holds, as typed."""

    body: Mapping
    entry: Entry
    held: Mapping
    text: Text

    @property
    def is_flow(self) -> bool:
        return self.text.is_flow(self.held)

    @property
    def start(self) -> int:
        return self.text.offset(self.held.span)

    @property
    def end(self) -> int:
        """Return where it ends in braces."""
        return self.start + self.held.span.length


def without_field(reading: Reading, span: Span) -> Proposal | None:
    """Write the value of an only field as the data of a body."""
    data = _data(reading, span)
    if data is None or len(data.held.entries) != 1:
        return None
    text, [field] = reading.text, data.held.entries
    key = text.offset(data.entry.span) + data.entry.span.length
    value, end = text.offset(field.value.span), _end(field, text)
    if text.characters[key : data.start].strip() != ":":
        return None
    head = Edit(key, value, ": ")
    if not data.is_flow:
        return (head,)
    return (head, Edit(end, data.end, "")) if end else None


def as_parts(reading: Reading, span: Span) -> Proposal | None:
    """Write the fields of a multipart body as its parts."""
    data = _data(reading, span)
    meant = reading.canonical(data.body) if data else None
    parts = meant.get("data") if meant else None
    if data is None or not isinstance(parts, Sequence):
        return None
    pairs = zip(data.held.entries, parts.items, strict=True)
    made = [
        tuple(_part(field, part, data))
        for field, part in pairs
        if isinstance(part, Mapping)
    ]
    edits = [edit for each in made for edit in each]
    return (*edits, *_brackets(data)) if all(made) else None


def _data(reading: Reading, span: Span) -> _Data | None:
    """Return the data of the body that a key, or one of its fields, is in."""
    place = reading.places.keys.get(point(span))
    for node in reversed(place.around if place else ()):
        entry = node.entry("data") if isinstance(node, Mapping) else None
        if isinstance(node, Mapping) and entry and isinstance(entry.value, Mapping):
            return _Data(node, entry, entry.value, reading.text)
    return None


def _part(field: Entry, part: Mapping, data: _Data) -> Iterator[Edit]:
    """Yield what makes a part of a field whose value is on its line; else nothing."""
    text, end = data.text, _end(field, data.text)
    if end is None or field.value.span.line != field.span.line:
        return
    said = [
        f"{each.key}: {spell(str(each.value.plain()), in_flow=data.is_flow)}"
        for each in part.entries
        if each.key != "value"
    ]
    inside = text.newline + " " * (data.held.span.column + 1)
    lead, between = ("{", ", ") if data.is_flow else ("- ", inside)
    new = lead + between.join([*said, "value: "])
    yield Edit(text.offset(field.span), text.offset(field.value.span), new)
    if data.is_flow:
        yield Edit(end, end, "}")


def _brackets(data: _Data) -> Proposal:
    """Make a list of what stands in braces."""
    if not data.is_flow:
        return ()
    start, end = data.start, data.end
    return (Edit(start, start + 1, "["), Edit(end - 1, end, "]"))


def _end(field: Entry, text: Text) -> int | None:
    """Return where the value of a field ends, if it is a scalar on one line."""
    scalar = field.value
    raw = text.raw(scalar.span)
    is_known = isinstance(scalar, Scalar) and is_whole(scalar.typed, raw)
    return text.offset(scalar.span) + len(raw) if is_known else None
