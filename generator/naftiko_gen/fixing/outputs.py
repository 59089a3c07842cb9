"""Outputs with names, as the properties of the object that they are the members of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.fixing.places import point
from naftiko_gen.fixing.text import Edit, is_whole, spelled
from naftiko_gen.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.fixing.reading import Proposal, Reading
    from naftiko_gen.fixing.text import Text
    from naftiko_gen.tree import Node, Span

_DEPTH = " " * 4
"""How much deeper a property stands than an output in a list."""


def as_properties(reading: Reading, span: Span) -> Proposal | None:
    """Write a list of outputs as one object; its first output is at that place."""
    place = reading.places.mappings.get(point(span))
    outputs = place.around[-1] if place and place.around else None
    if not isinstance(outputs, Sequence) or reading.text.is_flow(outputs):
        return None
    heads = [_head(each, reading) for each in outputs.items]
    if any(head is None for head in heads):
        return None
    deeper = _deeper(outputs, reading.text)
    return (_object(outputs, reading.text), *(h for h in heads if h), *deeper)


def _object(outputs: Sequence, text: Text) -> Edit:
    indentation = " " * (outputs.span.column - 1)
    lines = (f"{indentation}- type: object", f"{indentation}  properties:", "")
    at = text.line_start(outputs.span.line)
    return Edit(at, at, text.newline.join(lines))


def _head(output: Node, reading: Reading) -> Edit | None:
    """Make a key of the name that an output begins with, on the line of its dash."""
    if not isinstance(output, Mapping) or len(output.entries) < 2:
        return None
    text, (name, following) = reading.text, output.entries[:2]
    is_begun = reading.is_item(output) and name.span.line == output.span.line
    if name.key != "name" or not isinstance(name.value, Scalar) or not is_begun:
        return None
    line = output.span.line
    start = text.line_start(line) + text.line(line).index("-")
    key = f"{_DEPTH}{spelled(str(name.value.value), in_flow=True)}:"
    if text.is_flow(output):
        is_near = following.span.line == line
        return (
            Edit(start, text.offset(following.span), f"{key} {{") if is_near else None
        )
    end = text.line_end(line)
    is_bare = is_whole(name.value.typed, text.raw(name.value.span))
    is_last = text.end(name.value) == end
    return Edit(start, end, key) if is_bare and is_last else None


def _deeper(outputs: Sequence, text: Text) -> Iterator[Edit]:
    """Indent every line but those of the dashes, whose edits do that themselves."""
    dashes = {item.span.line for item in outputs.items}
    last = text.last_line(outputs, outputs.span.column)
    for number in range(outputs.span.line, last + 1):
        if number not in dashes and text.line(number).strip():
            at = text.line_start(number)
            yield Edit(at, at, _DEPTH)
