"""Objects by their identity: two equal objects are two objects."""

from collections.abc import Iterable
from typing import TypeVar

from naftiko_gen.syntax.tree import IdentityMap

Item = TypeVar("Item")


def distinct(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return each object once, in the order of the first occurrences."""
    firsts: IdentityMap[Item, Item] = IdentityMap()
    for item in items:
        firsts.add(item, item)
    return tuple(firsts.values())
