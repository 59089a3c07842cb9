"""Read the consumed APIs of specs, and of files that only declare shared APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.dialects import Dialect, spell_imports
from naftiko_gen.dialects.document import alpha1
from naftiko_gen.dialects.imports import is_import
from naftiko_gen.syntax.tree import Mapping, Node, Sequence, mapping

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

__all__ = ["as_capability", "consumed_entries", "is_import"]


def as_capability(tree: Mapping, report: Report) -> Mapping:
    """Convert an imported file to the form of a capability."""
    _check_version(tree, report)
    return spell_imports(_root_consumes(alpha1(tree, report)), report)


def consumed_entries(tree: Mapping) -> tuple[Node, ...]:
    """Return the entries of `capability.consumes`."""
    capability = tree.get("capability")
    consumes = capability.get("consumes") if isinstance(capability, Mapping) else None
    return consumes.items if isinstance(consumes, Sequence) else ()


def _check_version(tree: Mapping, report: Report) -> None:
    """Report an unknown version; a file that is only imported may leave it out."""
    version = tree.get("naftiko")
    known = [dialect.value for dialect in Dialect]
    if version is not None and version.plain() not in known:
        message = f"{shown(version.plain())} isn't a version of the language"
        report.add(Code.UNKNOWN_VERSION, message, version.span)


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
