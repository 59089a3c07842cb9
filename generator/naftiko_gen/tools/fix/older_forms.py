"""Writing prompts, properties and inputs of adapters as the language has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import Edit, is_whole
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence
from naftiko_gen.tools.fix.context import combine
from naftiko_gen.tools.fix.declarations import add_to_list

if TYPE_CHECKING:
    from collections.abc import Container

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.tree import Entry, Node
    from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal


_INPUTS = "inputParameters"


def write_message(context: FixContext, span: Span) -> Proposal | None:
    """Write the text of a prompt as its only message."""
    place = context.places.keys.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    entry, text = place.entry, context.text
    if text.is_flow(place.mapping):
        return _message_in_braces(entry, context)
    start = text.offset(entry.span)
    item = context.put_into(entry, [f"{entry.key}:", "- role: user"], "  ")
    return (*item, Edit(start, start + entry.span.length, "content"))


def _message_in_braces(entry: Entry, context: FixContext) -> Proposal | None:
    template, text = entry.value, context.text
    raw = text.raw(template.span)
    if not isinstance(template, Scalar) or not is_whole(template.typed, raw):
        return None
    start = text.offset(template.span)
    end = start + len(raw)
    return (Edit(start, start, "[{role: user, content: "), Edit(end, end, "}]"))


def write_properties_mapping(context: FixContext, span: Span) -> Proposal | None:
    """Write a list of single keys as a mapping: blanks replace its dashes."""
    place = context.places.keys.get(point(span))
    properties = place.node if place else None
    if not isinstance(properties, Sequence) or context.text.is_flow(properties):
        return None
    dashes = [_dash(item, context) for item in properties.items]
    if len({item.span.column for item in properties.items}) > 1:
        return None
    edits = [Edit(dash, dash + 1, " ") for dash in dashes if dash is not None]
    return tuple(edits) if len(edits) == len(dashes) else None


def _dash(item: Node, context: FixContext) -> int | None:
    """Return the place of the dash of an item that begins on the same line."""
    text = context.text
    if not isinstance(item, Mapping) or text.is_flow(item):
        return None
    start = text.line_start(item.span.line)
    before = text.characters[start : text.offset(item.span)]
    return start + before.index("-") if before.strip() == "-" else None


def move_inputs(context: FixContext, span: Span) -> Proposal | None:
    """Move the inputs of a REST adapter into its resources."""
    place = context.places.keys.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    adapter, inputs = place.mapping, place.entry
    resources = adapter.get("resources")
    if not isinstance(inputs.value, Sequence) or not isinstance(resources, Sequence):
        return None
    starts = {item.span for item in inputs.value}
    proposals = [
        _with_inputs(resource, starts, context)
        for resource in resources
        if isinstance(resource, Mapping)
    ]
    if any(proposal is None for proposal in proposals):
        return None
    removal = context.without(adapter, {inputs.key})
    return combine(removal, *filter(None, proposals))


def _with_inputs(
    resource: Mapping, starts: Container[Span], context: FixContext
) -> Proposal | None:
    """Write the inputs that stand elsewhere before those of a resource."""
    canonical = context.canonical(resource)
    items = canonical.get(_INPUTS) if canonical else None
    moved_items = items.items if isinstance(items, Sequence) else ()
    fields = [_fields(item) for item in moved_items if item.span in starts]
    complete = [item for item in fields if item is not None]
    if len(complete) < len(fields):
        return None
    if not complete:
        return ()
    own = resource.entry(_INPUTS)
    if own is not None:
        return context.with_items_first(own, complete)
    return add_to_list(context, resource, complete, ("operations", "forward"))


def _fields(input_: Node) -> Fields | None:
    """Return an input as new lines; None if a value isn't a single one."""
    fields: Fields = {}
    for entry in input_.entries if isinstance(input_, Mapping) else ():
        value = entry.value.plain()
        if not isinstance(value, str | bool | int):
            return None
        fields[entry.key] = value
    return fields
