"""Rewriting a list of named outputs as the properties of one object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import Edit, is_whole
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence
from naftiko_gen.syntax.yaml_writer import spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.document_text import Text
    from naftiko_gen.syntax.tree import Entry, Node
    from naftiko_gen.tools.fix.context import FixContext, Proposal

_DEPTH = " " * 4
"""The additional indentation of a property, compared with an output in a list."""


def write_properties(context: FixContext, span: Span) -> Proposal | None:
    """Write the list of outputs whose first item is at a place as one object."""
    place = context.places.mappings.get(point(span))
    outputs = place.around[-1] if place and place.around else None
    if not isinstance(outputs, Sequence):
        return None
    if context.text.is_flow(outputs):
        return _in_brackets(outputs, context)
    heads = [_head(output, context) for output in outputs.items]
    edits = [edit for head in heads if head for edit in head]
    deeper = _deeper(outputs, context.text, edits)
    if not all(heads):
        return None
    return (_object(outputs, context.text), *edits, *deeper)


def write_mapping(context: FixContext, span: Span) -> Proposal | None:
    """Write the mapping of an output behind its type."""
    place = context.places.mappings.get(point(span))
    output = place.node if place else None
    kind = output.entry("type") if isinstance(output, Mapping) else None
    canonical = context.canonical(output) if isinstance(output, Mapping) else None
    path = canonical.text("mapping") if canonical else None
    if kind is None or path is None or not isinstance(output, Mapping):
        return None
    return context.with_entries_behind(output, kind, {"mapping": path})


def _object(outputs: Sequence, text: Text) -> Edit:
    indentation = " " * (outputs.span.column - 1)
    lines = (f"{indentation}- type: object", f"{indentation}  properties:", "")
    at = text.line_start(outputs.span.line)
    return Edit(at, at, text.newline.join(lines))


def _in_brackets(outputs: Sequence, context: FixContext) -> Proposal | None:
    """Write a flow list of outputs as a flow mapping."""
    text, start = context.text, context.text.offset(outputs.span)
    end = text.end(outputs) - 1
    heads = [_move_name(output, context, 0) for output in outputs.items]
    if text.characters[end] != "]" or not all(heads):
        return None
    edits = (edit for head in heads if head for edit in head)
    opening = Edit(start, start + 1, "[{type: object, properties: {")
    return (opening, *edits, Edit(end, end, "}}"))


def _head(output: Node, context: FixContext) -> Proposal | None:
    """Turn the name of an output into a key, on the line of its dash."""
    name = _name(output)
    if name is None or not isinstance(output, Mapping) or not context.is_item(output):
        return None
    text, line, first = context.text, output.span.line, output.entries[0]
    dash = text.line_start(line) + text.line(line).index("-")
    if text.is_flow(output):
        return _move_name(output, context, text.offset(output.span) - dash)
    key = f"{_DEPTH}{_key(name)}"
    if first is not name:
        removal = context.without(output, {"name"})
        begin = text.newline + " " * (output.span.column - 1) + _DEPTH
        return (
            (Edit(dash, text.offset(first.span), key + begin), *removal)
            if removal
            else None
        )
    end = text.line_end(line)
    is_bare = is_whole(_typed_name(name), text.raw(name.value.span))
    is_last = text.end(name.value) == end
    return (Edit(dash, end, key),) if is_bare and is_last else None


def _move_name(output: Node, context: FixContext, lead: int) -> Proposal | None:
    """Move the name of an output in braces before the brace, replacing a dash."""
    name = _name(output)
    if name is None or not isinstance(output, Mapping):
        return None
    removal, start = context.without(output, {"name"}), context.text.offset(output.span)
    key = f"{_DEPTH if lead else ''}{_key(name)} "
    is_flow = context.text.is_flow(output)
    return (Edit(start - lead, start, key), *removal) if removal and is_flow else None


def _name(output: Node) -> Entry | None:
    """Return the name of an output."""
    name = output.entry("name") if isinstance(output, Mapping) else None
    is_simple = name is not None and isinstance(name.value, Scalar)
    return name if is_simple else None


def _key(name: Entry) -> str:
    return f"{spell(str(name.value.plain()), in_flow=True)}:"


def _typed_name(name: Entry) -> str | None:
    return name.value.typed if isinstance(name.value, Scalar) else None


def _deeper(outputs: Sequence, text: Text, others: list[Edit]) -> Iterator[Edit]:
    """Yield edits that indent the lines of outputs.

    Lines with a dash and deleted lines are excluded: other edits cover them.
    """
    dashes = {item.span.line for item in outputs.items}
    last = text.last_line(outputs, outputs.span.column)
    for number in range(outputs.span.line, last + 1):
        at = text.line_start(number)
        is_gone = any(edit.start <= at < edit.end for edit in others)
        if number not in dashes and not is_gone and text.line(number).strip():
            yield Edit(at, at, _DEPTH)
