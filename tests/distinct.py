"""Objects by their identity: two equal objects are two objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from naftiko_gen.syntax.tree import IdentityMap

if TYPE_CHECKING:
    from collections.abc import Iterable

Item = TypeVar("Item")


def distinct(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return each object once, in the order of the first occurrences."""
    firsts: IdentityMap[Item, Item] = IdentityMap()
    for item in items:
        firsts.add(item, item)
    return tuple(firsts.values())
