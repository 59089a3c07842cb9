"""Writing the difference between a spec as typed and as normalised, at a place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from naftiko_gen.diagnostics.span import Span
from naftiko_gen.dialects.detection import typed_word
from naftiko_gen.syntax.editing.document_text import Edit, is_whole
from naftiko_gen.syntax.editing.editor import Proposal, combine
from naftiko_gen.syntax.editing.nodes_at import (
    NoEditError,
    Place,
    expect,
    need,
    point,
    require,
)
from naftiko_gen.syntax.tree import (
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    mapping,
    walk,
)
from naftiko_gen.syntax.yaml_writer import Fields, spell
from naftiko_gen.tools.fix.context import FixContext

_INPUTS = "inputParameters"
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")

# --- keys and values -------------------------------------------------------------


def write_difference(context: FixContext, span: Span) -> Proposal:
    """Write a key or value as the normalised spec has it, and keys that it adds there.

    Each addition of a rule has the span of the text that made the rule add it. If none
    of these exists, write the entry anew whose value stands elsewhere.
    """
    at, places = point(span), context.places
    parts: list[Proposal] = []
    key, scalar = places.keys.get(at), places.scalars.get(at)
    if scalar is not None:
        parts += _write_value(context, scalar)
    if key is not None:
        parts += _write_key(context, key)
    place, structure = scalar or key, places.mappings.get(at)
    holder = place.mapping if place else structure.node if structure else None
    if holder is not None:
        anchor = place.entry if place else None
        parts += _write_additions(context, holder, anchor, span)
    return combine(*parts) if parts else _write_structure(context, span)


def _write_value(context: FixContext, place: Place[Scalar]) -> Iterator[Proposal]:
    """Yield the edit of a scalar whose normalised value is another one."""
    values = context.values.get(point(place.node.span), set())
    if len(values) == 1:
        [value] = values
    elif place.mapping and place.entry:
        node = context.canonical(place.mapping).get(place.entry.key)
        value = node.value if isinstance(node, Scalar) else None
    else:
        value = None
    source = place.node.value
    is_other = value != source or type(value) is not type(source)
    if is_other and isinstance(value, str | bool | int):
        yield context.replace_value(place.node.span, value)


def _write_key(context: FixContext, place: Place[Node]) -> Iterator[Proposal]:
    """Yield the edit of a key whose normalised name is another one, or of its null."""
    _, entry = place.pair
    keys = context.keys.get(point(entry.span), set())
    if len(keys) == 1:
        word = typed_word(context.meaning.tree, *keys)
        if word != entry.key:
            yield context.rename_key(entry, word)
    if isinstance(place.node, Scalar) and place.node.value is None:
        yield from _write_value(context, Place(place.around, place.node, entry))


def _write_additions(
    context: FixContext, holder: Mapping, anchor: Entry | None, span: Span
) -> Iterator[Proposal]:
    """Yield the edit that writes keys which rules add because of a place."""
    fields: Fields = {
        entry.key: value
        for entry in context.canonical(holder).entries
        if entry.value.span == span and entry.key not in holder
        if isinstance(value := entry.value.plain(), str | bool | int)
    }
    anchors = (anchor, *holder.entries)
    scalars = (e for e in anchors if e and isinstance(e.value, Scalar))
    if fields:
        yield context.with_entries_behind(holder, need(next(scalars, None)), fields)


# --- structures ------------------------------------------------------------------


def _write_structure(context: FixContext, span: Span) -> Proposal:
    """Write the entry at a place, or around it, whose normalised value isn't there."""
    place = need(context.places.keys.get(point(span)))
    for node, holder in pairwise((place.node, *reversed(place.around))):
        if isinstance(holder, Mapping):
            entry = next(entry for entry in holder.entries if entry.value is node)
            new = context.canonical(holder).get(entry.key)
            if new is not None and _place_of(new) != _place_of(node):
                return write_anew(context, holder, entry, entry.with_value(new))
    raise NoEditError


def _place_of(node: Node) -> tuple[object, ...]:
    return type(node), *point(node.span)


def write_properties(context: FixContext, span: Span) -> Proposal:
    """Write the list of outputs whose first item is at a place as one object."""
    unit = context.mapping_around(span, "outputParameters")
    entry = need(unit.entry("outputParameters"))
    outputs = expect(Sequence, entry.value)
    members = (
        Entry(output.text("name") or "", output.span, output.drop("name"))
        for output in outputs
        if isinstance(output, Mapping)
    )
    properties = Mapping(tuple(members), outputs.span)
    kind = Scalar("object", entry.span)
    structure = mapping({"type": kind, "properties": properties}, entry.span)
    new = entry.with_value(Sequence((structure,), outputs.span))
    return write_anew(context, unit, entry, new)


def write_body_template(context: FixContext, span: Span) -> Proposal:
    """Write the parameters in the body as its template; keep the other parameters.

    The description of a structure becomes a comment.
    """
    operation = context.mapping_around(span, _INPUTS)
    entry, canonical = need(operation.entry(_INPUTS)), context.canonical(operation)
    inputs = expect(Sequence, entry.value)
    new = (canonical.entry(key) for key in (_INPUTS, "body"))
    others = [part for part in new if part and part.value.plain() != []]
    require(others, "body" not in operation)
    notes = {
        model.span: f"# {model.text('description')}"
        for model in inputs
        if isinstance(model, Mapping) and "description" in model
        if not isinstance(model.get("value"), Scalar | None)
    }
    edits = write_anew(context, operation, entry, *others, notes=notes)
    # A `description` of a description is a part of it.
    descriptions = walk(inputs, enter=lambda inner: inner.key != "description")
    require(
        *(
            str(part.value.plain()) in edits[0].text
            for part in descriptions
            if isinstance(part, Entry) and part.key == "description"
        )
    )
    return edits


def write_anew(
    context: FixContext,
    holder: Mapping,
    entry: Entry,
    *new: Entry,
    notes: dict[Span, str] | None = None,
) -> Proposal:
    """Replace an entry by others, whose parts are copied from where they stand.

    No comment may be lost.
    """
    text, start = context.text, context.text.offset(entry.span)
    writer = NodeWriter(context, set(range(entry.span.line)), notes or {})
    is_structure = not isinstance(entry.value, Scalar)
    if text.is_flow(holder) or (is_structure and text.is_flow(entry.value)):
        end = text.end(entry.value)
        entries = [writer.in_braces(part) for part in new]
        lines = [", ".join(entries)] if text.is_flow(holder) else entries
    else:
        end = text.line_end(text.last_line(entry.value, entry.span.column))
        lines = [line for part in new for line in writer.entry(part)]
    begin = text.newline + " " * (entry.span.column - 1)
    content = text.on_lines(lines, entry.span.column - 1).removeprefix(begin)
    require(keeps_comments(text.characters[start:end], content))
    return (Edit(start, end, content),)


def write_before(
    context: FixContext, holder: Mapping, anchor: Entry, new: Entry
) -> Proposal:
    """Write an entry, whose parts are copied from where they stand, before another."""
    writer = NodeWriter(context)
    if not context.text.is_flow(holder):
        return context.with_lines_before(holder, anchor, writer.entry(new))
    at = context.text.offset(anchor.span)
    return (Edit(at, at, f"{writer.in_braces(new)}, "),)


def keeps_comments(old: str, new: str) -> bool:
    """Return whether a text has all comments of another one."""
    return Counter(_COMMENT.findall(old)) <= Counter(_COMMENT.findall(new))


@dataclass(frozen=True)
class NodeWriter:
    """A writer of nodes that stand somewhere in the text, or are new.

    Lines begin at the column of a key. A comment stays above its key or item.
    """

    context: FixContext
    said: set[int] = field(default_factory=set)
    """The lines of comments that are written."""
    notes: dict[Span, str] = field(default_factory=dict)
    """Further comments, by the spans of the entries below them."""

    def entry(self, entry: Entry) -> list[str]:
        """Return the lines of an entry."""
        first, *others = self._value(entry.value)
        head = f"{self._key(entry)}:{first or self._behind(entry)}"
        return [head, *_indent(others, self._depth(entry))]

    def _key(self, entry: Entry) -> str:
        raw = self.context.text.raw(entry.span)
        return raw if is_whole(entry.key, raw) else spell(entry.key, in_flow=True)

    def _behind(self, entry: Entry) -> str:
        """Return the comment behind a key whose value begins on another line."""
        text, place = self.context.text, self.context.places.keys.get(point(entry.span))
        source = place.entry if place else None
        if source is None or source.key != entry.key:
            return ""
        end = text.line_end(entry.span.line)
        rest = text.characters[text.end_of_key(source) : end]
        return rest if rest.lstrip().startswith("#") else ""

    def _depth(self, entry: Entry) -> int:
        """Return the indentation below a key: as typed, or else the default one."""
        node, place = entry.value, self.context.places.keys.get(point(entry.span))
        source = place.node if place else node
        if isinstance(node, Scalar):
            return 0
        if type(source) is type(node) and source.span.line > entry.span.line:
            return source.span.column - entry.span.column
        return 2 if isinstance(node, Mapping) else 0

    def _value(self, node: Node) -> list[str]:
        """Return the rest of a key's line, and the lines below it."""
        if isinstance(node, Scalar):
            return self._scalar(node)
        copy = self._copy(node, node.span.column)
        if self._is_flow(node):
            return [f" {copy[0] if len(copy) == 1 else self.in_brackets(node)}"]
        if copy:
            return ["", *self._comments(node.span), *copy]
        lines = self.items(node) if isinstance(node, Sequence) else self._entries(node)
        return ["", *lines]

    def _place(
        self, node: Mapping | Sequence
    ) -> Place[Mapping] | Place[Sequence] | None:
        """Return the place of a node of the same kind in the text."""
        places, at = self.context.places, point(node.span)
        is_mapping = isinstance(node, Mapping)
        return places.mappings.get(at) if is_mapping else places.lists.get(at)

    def _is_flow(self, node: Mapping | Sequence) -> bool:
        place = self._place(node)
        is_empty = not (node.entries if isinstance(node, Mapping) else node.items)
        return is_empty or (place is not None and self.context.text.is_flow(place.node))

    def _copy(self, node: Mapping | Sequence, column: int) -> list[str]:
        """Return the lines of a node that nothing changes; none of another node.

        Comments behind it belong to it if they are indented to that column.
        """
        text, place = self.context.text, self._place(node)
        if place is None or place.node != node or any(map(text.is_flow, place.around)):
            return []
        numbers = range(node.span.line, text.last_line(node, column) + 1)
        self.said.update(numbers)
        return [text.line(number)[node.span.column - 1 :] for number in numbers]

    def items(self, node: Sequence) -> Iterator[str]:
        """Yield the lines of the items of a list."""
        for item in node.items:
            yield from self._comments(item.span)
            match item:
                case Mapping() if not self._is_flow(item):
                    lines = self._copy(item, node.span.column + 1)
                    yield from _behind_dash(lines or [*self._entries(item)])
                case _:
                    first, *others = self._value(item)
                    yield f"-{first}"
                    yield from _indent(others, 2)

    def _entries(self, node: Mapping) -> Iterator[str]:
        """Yield the lines of entries; comments on deleted ones go to the next ones."""
        place = self._place(node)
        source = place.node if place else None
        entries = source.entries if isinstance(source, Mapping) else ()
        kept_spans = {(entry.key, entry.span) for entry in node.entries}
        is_new = all((entry.key, entry.span) not in kept_spans for entry in entries)
        spans = {part.span for part in walk(node) if isinstance(part, Entry)}
        others = [
            entry
            for entry in (() if is_new else entries)
            if entry.key in node or entry.span not in spans
        ]
        for entry in node.entries:
            while any(other.key == entry.key for other in others):
                yield from self._comments(others.pop(0).span)
            yield from (*self._comments(entry.span), *self.entry(entry))
        for other in others:
            yield from self._comments(other.span)

    def _comments(self, span: Span) -> list[str]:
        """Return the comment and blank lines above an entry or item, unless written."""
        first = self.context.first_comment(span)
        while first > 1 and not self.context.text.line(first - 1).strip():
            first -= 1
        numbers = [n for n in range(first, span.line) if n not in self.said]
        self.said.update(numbers)
        comments = [self.context.text.line(number).strip() for number in numbers]
        note = self.notes.pop(span, None)
        return comments if note is None else [*comments, note]

    def _scalar(self, node: Scalar) -> list[str]:
        text = self.context.text
        place = self.context.places.scalars.get(point(node.span))
        if place is None or place.node != node:
            return [f" {spell(_value_of(node))}"]
        if any(map(text.is_flow, place.around)):
            return [f" {self.in_brackets(node)}"]
        column = (place.entry or place.around[-1]).span.column
        last = text.last_line(node, column)
        first = text.line(node.span.line)[node.span.column - 1 :]
        others = (text.line(n) for n in range(node.span.line + 1, last + 1))
        lines = [f" {first}", *(line[column - 1 :] for line in others)]
        # The value stays where it is as well, and so do the comments on it.
        is_copy = node.span.line in self.said
        if is_copy and _COMMENT.search("\n".join(lines)):
            return [f" {spell(_value_of(node))}"]
        return lines

    def in_brackets(self, node: Node) -> str:
        """Return a node on one line."""
        match node:
            case Mapping(entries=entries):
                return f"{{{', '.join(map(self.in_braces, entries))}}}"
            case Sequence(items=items):
                return f"[{', '.join(map(self.in_brackets, items))}]"
            case Scalar():
                place = self.context.places.scalars.get(point(node.span))
                raw = self.context.text.raw(node.span)
                is_typed = place is not None and place.node == node
                if is_typed and is_whole(node.typed, raw):
                    return raw
                return spell(_value_of(node), in_flow=True)

    def in_braces(self, entry: Entry) -> str:
        """Return an entry on one line."""
        return f"{self._key(entry)}: {self.in_brackets(entry.value)}"


def _value_of(node: Scalar) -> str | bool | int:
    value = node.value
    return value if isinstance(value, str | bool | int) else str(node.typed)


def _indent(lines: Iterable[str], depth: int) -> Iterator[str]:
    return (" " * depth + line if line else line for line in lines)


def _behind_dash(lines: list[str]) -> Iterator[str]:
    """Yield the lines of an item; comments on its first line stand above the dash."""
    first = next(n for n, line in enumerate(lines) if line and line[0] != "#")
    yield from lines[:first]
    yield f"- {lines[first]}"
    yield from _indent(lines[first + 1 :], 2)
