"""Sorting the resources of a REST adapter in the order of route matching."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as ListABC

    from naftiko_gen import ir
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.nodes_at import Point
    from naftiko_gen.syntax.tree import Node
    from naftiko_gen.tools.fix.context import FixContext, Proposal


def sort_resources(context: FixContext, span: Span) -> Proposal | None:
    """Sort resources in the order in which the adapter matches their routes."""
    place = context.places.scalars.get(point(span))
    around = place.around if place else ()
    resources = next(
        (node for node in reversed(around) if isinstance(node, Sequence)), None
    )
    if resources is None:
        return None
    items = {point(item.span): item for item in resources.items}
    for adapter in context.meaning.capability.rest:
        order = dict.fromkeys(_resources(context, adapter))
        if order.keys() == items.keys():
            return _reorder(context, resources, [items[at] for at in order])
    return None


def _resources(context: FixContext, adapter: ir.RestAdapter) -> Iterator[Point]:
    """Yield the start of each operation's resource."""
    for route in adapter.routes:
        resource = context.meaning.origins.unit(route).resource
        if resource is not None:
            yield point(resource.node.span)


def _reorder(
    context: FixContext, resources: Sequence, items: ListABC[Node]
) -> Proposal | None:
    """Reorder the items of a list, each with the comment above it.

    A comment with blank lines around it could be about either neighbour: give up.
    """
    characters, old = context.text.characters, resources.items
    if context.text.is_flow(resources) or not all(map(context.is_item, old)):
        return None
    extents = [_extent(context, item, resources.span.column) for item in old]
    between = [characters[a.stop : b.start] for a, b in pairwise(extents)]
    if "".join(between).strip():
        return None
    texts = {
        item.span: characters[extent] for item, extent in zip(old, extents, strict=True)
    }
    pieces = zip((texts[item.span] for item in items), (*between, ""), strict=True)
    new = "".join(part for pair in pieces for part in pair)
    return (Edit(extents[0].start, extents[-1].stop, new),)


def _extent(context: FixContext, item: Node, column: int) -> slice:
    """Return the characters of an item of a list in a column, with its comment."""
    start = context.text.line_start(context.first_comment(item.span))
    return slice(start, context.text.line_end(context.text.last_line(item, column)))
