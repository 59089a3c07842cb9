"""Read names and settings from a capability that was imported before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.ir import Check
from naftiko_gen.openapi.write.capability import Names, key_of
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping, Sequence, walk_mappings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.syntax.tree import Node


def read_names(content: bytes) -> Names:
    """Return the names of a capability's operations; none if it can't be parsed."""
    root = load(content, Report(""))
    capability = root.get("capability") if root else None
    return dict(_names(capability)) if isinstance(capability, Mapping) else {}


def read_check(content: bytes) -> Check:
    """Return how much of bodies a capability checks, as imported."""
    if b"check: " not in content:
        return Check.STRICT
    root = load(content, Report(""))
    capability = root.get("capability") if root else None
    exposes = capability.get("exposes") if isinstance(capability, Mapping) else None
    inputs = walk_mappings(exposes) if exposes else ()
    checks = (mapping.text("check") for mapping in inputs if "name" in mapping)
    return next((Check(text) for text in checks if text in list(Check)), Check.STRICT)


def _names(capability: Mapping) -> Iterator[tuple[str, str]]:
    for upstream in _mappings(capability.get("consumes")):
        for resource in _mappings(upstream.get("resources")):
            path = resource.text("path") or ""
            for operation in _mappings(resource.get("operations")):
                name, method = operation.text("name"), operation.text("method")
                if name and method:
                    yield key_of(method, path), name


def _mappings(node: Node | None) -> Iterator[Mapping]:
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping):
            yield item
