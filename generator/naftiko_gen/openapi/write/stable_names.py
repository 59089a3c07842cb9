"""Read names and settings from a capability that was imported before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.ir import Check
from naftiko_gen.openapi.write.capability import Names, key_of, original_path
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping, Sequence, walk_mappings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.syntax.tree import Node


@dataclass(frozen=True)
class WrittenOperation:
    """A consumed operation of a capability; `key` is its method and path."""

    namespace: str
    name: str
    key: str


def read_names(content: bytes) -> Names:
    """Return the names of a capability's operations; none if it can't be parsed.

    Operations that have the same method and path aren't told apart: they have none.
    """
    root = load(content, Report(""))
    operations = list(written_operations(root)) if root else []
    counts = Counter(operation.key for operation in operations)
    return {item.key: item.name for item in operations if counts[item.key] == 1}


def read_surface(content: bytes) -> str | None:
    """Return how the MCP servers of a capability list tools; None if it isn't said."""
    adapters = _adapters(content) if b"surface: " in content else ()
    return next(filter(None, (a.text("surface") for a in adapters)), None)


def read_units(content: bytes) -> dict[str, str]:
    """Return the names of the routes and tools that call operations, by these."""
    units = (unit for a in _adapters(content) for unit in walk_mappings(a))
    pairs = ((unit.text("call"), unit.text("name")) for unit in units)
    return {call.rpartition(".")[2]: name for call, name in pairs if call and name}


def _adapters(content: bytes) -> Iterator[Mapping]:
    yield from _mappings(load(content, Report("")), "capability", "exposes")


def read_check(content: bytes) -> Check:
    """Return how much of bodies a capability checks, as imported."""
    if b"check: " not in content:
        return Check.STRICT
    root = load(content, Report(""))
    capability = root.get("capability") if root else None
    inputs = walk_mappings(capability) if isinstance(capability, Mapping) else ()
    checks = (mapping.text("check") for mapping in inputs if "name" in mapping)
    return next((Check(text) for text in checks if text in list(Check)), Check.STRICT)


def written_operations(root: Mapping) -> Iterator[WrittenOperation]:
    """Yield the operations that a capability consumes."""
    for upstream in _mappings(root, "capability", "consumes"):
        namespace = upstream.text("namespace") or ""
        for resource in _mappings(upstream, "resources"):
            path = path_of(resource)
            for operation in _mappings(resource, "operations"):
                name, method = operation.text("name"), operation.text("method")
                if name and method:
                    yield WrittenOperation(namespace, name, key_of(method, path))


def calls_by_function(root: Mapping) -> dict[str, str]:
    """Return the calls of the functions of a capability, by references to those."""
    return {
        f"{aggregate.text('namespace')}.{function.text('name')}": call
        for aggregate in _mappings(root, "capability", "aggregates")
        for function in _mappings(aggregate, "functions")
        if (call := function.text("call"))
    }


def declares_operations(content: bytes) -> bool | None:
    """Return whether a capability declares operations; None if it can't be parsed."""
    root = load(content, Report(""))
    return any(written_operations(root)) if root is not None else None


def has_functions(content: bytes) -> bool:
    """Return whether routes and tools of a capability share functions."""
    root = load(content, Report("")) if b"aggregates" in content else None
    return root is not None and bool(calls_by_function(root))


def path_of(resource: Mapping) -> str:
    """Return the path of a resource as the document has it."""
    return original_path(resource.text("path") or "", resource.text("label"))


def _mappings(node: Node | None, *path: str) -> Iterator[Mapping]:
    """Yield the mappings in the list at a path of keys."""
    for key in path:
        node = node.get(key) if isinstance(node, Mapping) else None
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping):
            yield item
