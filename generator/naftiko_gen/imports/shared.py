"""Read the consumed APIs of specs, and of files that only declare shared APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.dialects import spell_imports
from naftiko_gen.dialects.detection import check_version, version_entry
from naftiko_gen.dialects.document import alpha1, snapshot
from naftiko_gen.dialects.imports import is_import
from naftiko_gen.syntax.tree import Mapping, Node, Sequence, mapping

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

__all__ = ["as_capability", "consumed_entries", "is_import"]


def as_capability(tree: Mapping, report: Report) -> Mapping:
    """Convert an imported file to the form of a capability."""
    version = version_entry(tree)
    # A file that is only imported may leave the version out.
    if version is not None:
        check_version(version, report)
    tree = alpha1(snapshot(tree, report), report)
    return spell_imports(_root_consumes(tree), report)


def consumed_entries(tree: Mapping) -> tuple[Node, ...]:
    """Return the entries of `capability.consumes`."""
    capability = tree.get("capability")
    consumes = capability.get("consumes") if isinstance(capability, Mapping) else None
    return consumes.items if isinstance(consumes, Sequence) else ()


def _root_consumes(tree: Mapping) -> Mapping:
    """Put the root's `consumes` in front of the capability's."""
    consumes = tree.get("consumes")
    if not isinstance(consumes, Sequence):
        return tree
    capability = tree.get("capability")
    if not isinstance(capability, Mapping):
        capability = mapping({}, consumes.span)
    items = (*consumes.items, *consumed_entries(tree))
    changed = capability.put("consumes", Sequence(items, consumes.span))
    return tree.drop("consumes").put("capability", changed)
