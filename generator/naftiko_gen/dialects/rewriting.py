"""Changing mappings inside a tree; unchanged parts stay the same objects."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from naftiko_gen.syntax.tree import Mapping, Node, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Path = tuple[str, ...]

CONSUMES: Path = ("capability", "consumes")
CONSUMED_RESOURCES: Path = (*CONSUMES, "resources")
CONSUMED_OPERATIONS: Path = (*CONSUMED_RESOURCES, "operations")
EXPOSES: Path = ("capability", "exposes")
EXPOSED_RESOURCES: Path = ("resources",)
UNITS: tuple[Path, ...] = (("resources", "operations"), ("tools",))


def rewrite(tree: Mapping, path: Path, change: Callable[[Mapping], Mapping]) -> Mapping:
    """Apply `change` to every mapping at a path of keys; enter the items of lists.

    Other nodes stay unchanged.
    """
    if not path:
        return change(tree)
    value = tree.get(path[0])
    if value is None:
        return tree
    changed = _rewritten(value, path[1:], change)
    return tree if changed is value else tree.put(path[0], changed)


def rewrite_all(
    tree: Mapping, paths: tuple[Path, ...], change: Callable[[Mapping], Mapping]
) -> Mapping:
    """Apply `change` at each of several paths."""
    for path in paths:
        tree = rewrite(tree, path, change)
    return tree


def mappings(tree: Mapping, path: Path) -> Iterator[Mapping]:
    """Yield every mapping at a path of keys."""
    found: list[Mapping] = []

    def collect(node: Mapping) -> Mapping:
        found.append(node)
        return node

    rewrite(tree, path, collect)
    yield from found


def numbered(name: str) -> Iterator[str]:
    """Yield a name, then the name with the suffixes `-2`, `-3` and so on."""
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def _rewritten(node: Node, path: Path, change: Callable[[Mapping], Mapping]) -> Node:
    match node:
        case Mapping():
            return rewrite(node, path, change)
        case Sequence():
            return node.with_items(
                [_rewritten(item, path, change) for item in node.items]
            )
        case _:
            return node
