"""Outputs with names, as the properties of the object that they are the members of."""

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
    from naftiko_gen.tools.fix.context import Proposal, Reading

_DEPTH = " " * 4
"""How much deeper a property stands than an output in a list."""


def as_properties(reading: Reading, span: Span) -> Proposal | None:
    """Write a list of outputs as one object; its first output is at that place."""
    place = reading.places.mappings.get(point(span))
    outputs = place.around[-1] if place and place.around else None
    if not isinstance(outputs, Sequence):
        return None
    if reading.text.is_flow(outputs):
        return _in_brackets(outputs, reading)
    heads = [_head(each, reading) for each in outputs.items]
    edits = [edit for head in heads if head for edit in head]
    deeper = _deeper(outputs, reading.text, edits)
    if not all(heads):
        return None
    return (_object(outputs, reading.text), *edits, *deeper)


def _object(outputs: Sequence, text: Text) -> Edit:
    indentation = " " * (outputs.span.column - 1)
    lines = (f"{indentation}- type: object", f"{indentation}  properties:", "")
    at = text.line_start(outputs.span.line)
    return Edit(at, at, text.newline.join(lines))


def _in_brackets(outputs: Sequence, reading: Reading) -> Proposal | None:
    """Write outputs in brackets as an object in braces."""
    text, start = reading.text, reading.text.offset(outputs.span)
    end = text.end(outputs) - 1
    heads = [_unnamed(each, reading, 0) for each in outputs.items]
    if text.characters[end] != "]" or not all(heads):
        return None
    edits = (edit for head in heads if head for edit in head)
    opened = Edit(start, start + 1, "[{type: object, properties: {")
    return (opened, *edits, Edit(end, end, "}}"))


def _head(output: Node, reading: Reading) -> Proposal | None:
    """Make a key of the name of an output, on the line of its dash."""
    name = _name(output)
    if name is None or not isinstance(output, Mapping) or not reading.is_item(output):
        return None
    text, line, first = reading.text, output.span.line, output.entries[0]
    dash = text.line_start(line) + text.line(line).index("-")
    if text.is_flow(output):
        return _unnamed(output, reading, text.offset(output.span) - dash)
    key = f"{_DEPTH}{_key(name)}"
    if first is not name:
        cut = reading.without(output, {"name"})
        begin = text.newline + " " * (output.span.column - 1) + _DEPTH
        return (Edit(dash, text.offset(first.span), key + begin), *cut) if cut else None
    end = text.line_end(line)
    is_bare = is_whole(_typed(name), text.raw(name.value.span))
    is_last = text.end(name.value) == end
    return (Edit(dash, end, key),) if is_bare and is_last else None


def _unnamed(output: Node, reading: Reading, lead: int) -> Proposal | None:
    """Put the name of an output in braces in front of them, in place of a dash."""
    name = _name(output)
    if name is None or not isinstance(output, Mapping):
        return None
    cut, start = reading.without(output, {"name"}), reading.text.offset(output.span)
    key = f"{_DEPTH if lead else ''}{_key(name)} "
    is_flow = reading.text.is_flow(output)
    return (Edit(start - lead, start, key), *cut) if cut and is_flow else None


def _name(output: Node) -> Entry | None:
    """Return the name of an output that says more than it."""
    name = output.entry("name") if isinstance(output, Mapping) else None
    is_simple = name is not None and isinstance(name.value, Scalar)
    return name if is_simple else None


def _key(name: Entry) -> str:
    return f"{spell(str(name.value.plain()), in_flow=True)}:"


def _typed(name: Entry) -> str | None:
    return name.value.typed if isinstance(name.value, Scalar) else None


def _deeper(outputs: Sequence, text: Text, others: list[Edit]) -> Iterator[Edit]:
    """Indent every line but those of the dashes, whose edits do that themselves.

    Lines that other edits take away are none.
    """
    dashes = {item.span.line for item in outputs.items}
    last = text.last_line(outputs, outputs.span.column)
    for number in range(outputs.span.line, last + 1):
        at = text.line_start(number)
        is_gone = any(edit.start <= at < edit.end for edit in others)
        if number not in dashes and not is_gone and text.line(number).strip():
            yield Edit(at, at, _DEPTH)
