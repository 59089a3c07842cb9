"""Resources of a REST adapter, in the order in which their routes are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.fixing.places import point
from naftiko_gen.tree import Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen import ir
    from naftiko_gen.fixing.places import Point
    from naftiko_gen.fixing.reading import Proposal, Reading
    from naftiko_gen.tree import Span


def in_order(reading: Reading, span: Span) -> Proposal | None:
    """Put resources in the order in which the routes of the adapter are tried."""
    place = reading.places.scalars.get(point(span))
    around = place.around if place else ()
    held = next((node for node in reversed(around) if isinstance(node, Sequence)), None)
    if held is None:
        return None
    items = {point(each.span): each for each in held.items}
    for adapter in reading.meaning.capability.rest:
        order = dict.fromkeys(_resources(reading, adapter))
        if order.keys() == items.keys():
            return reading.reordered(held, [items[at] for at in order])
    return None


def _resources(reading: Reading, adapter: ir.RestAdapter) -> Iterator[Point]:
    """Yield where the resource of each operation starts."""
    for operation in adapter.operations:
        resource = reading.meaning.origins.unit(operation).resource
        if resource is not None:
            yield point(resource.node.span)
