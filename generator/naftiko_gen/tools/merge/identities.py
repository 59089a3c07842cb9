"""The identities of items in the lists of a capability, across edits and imports."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from naftiko_gen.openapi.write.capability import key_of
from naftiko_gen.openapi.write.stable_names import path_of, written_operations
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence, walk_mappings

if TYPE_CHECKING:
    from naftiko_gen.syntax.tree import Node

Operations = dict[str, str]
"""Methods and paths of consumed operations, by `namespace.name`."""


def operations_of(root: Mapping) -> Operations:
    """Return the operations that a capability consumes."""
    return {
        f"{operation.namespace}.{operation.name}": operation.key
        for operation in written_operations(root)
    }


def calls_of(root: Mapping) -> set[str]:
    """Return the operations that a capability calls."""
    calls = (mapping.text("call") for mapping in walk_mappings(root))
    return {call for call in calls if call}


def identities(items: Sequence, operations: Operations) -> list[str] | None:
    """Return a name for each item of a list; None if an item has nothing like a name.

    Routes and tools are known by the operation that they call: it keeps its method and
    path if somebody renames it, or the tool.
    """
    counts: Counter[str] = Counter()
    names: list[str] = []
    for item in items:
        if (name := _identity(item, operations)) is None:
            return None
        counts[name] += 1
        names.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return names


def _identity(item: Node, operations: Operations) -> str | None:
    match item:
        case Scalar():
            return repr(item.value)
        case Sequence():
            return None
        case Mapping():
            return _identity_of_mapping(item, operations)


def _identity_of_mapping(item: Mapping, operations: Operations) -> str | None:
    if namespace := item.text("namespace"):
        return namespace
    if item.text("path"):
        return key_of("", path_of(item)).strip()
    if method := item.text("method"):
        return method
    if call := item.text("call"):
        return operations.get(call, call)
    if name := item.text("name"):
        place = item.text("in")
        return f"{name} in {place}" if place else name
    return None
