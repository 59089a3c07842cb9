"""What a document consumes, whether it is a capability or shares what it declares."""

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

__all__ = ["consumed", "is_import", "shared", "spelled"]


def spelled(tree: Mapping, report: Report) -> Mapping:
    """Return a document in which every import is an entry of `capability.consumes`."""
    return spell_imports(tree, report)


def shared(tree: Mapping, report: Report) -> Mapping:
    """Return a file that is imported, in the shape of a capability."""
    _check_version(tree, report)
    return spelled(_root_consumes(alpha1(tree, report)), report)


def consumed(tree: Mapping) -> tuple[Node, ...]:
    """Return the entries of `capability.consumes`."""
    capability = tree.get("capability")
    consumes = capability.get("consumes") if isinstance(capability, Mapping) else None
    return consumes.items if isinstance(consumes, Sequence) else ()


def _check_version(tree: Mapping, report: Report) -> None:
    """A file that is only there to be shared may leave the version out."""
    version = tree.get("naftiko")
    known = [dialect.value for dialect in Dialect]
    if version is not None and version.plain() not in known:
        message = f"{shown(version.plain())} isn't a version of the language"
        report.add(Code.UNKNOWN_VERSION, message, version.span)


def _root_consumes(tree: Mapping) -> Mapping:
    """Put `consumes` of the root in front of those of the capability."""
    consumes = tree.get("consumes")
    if not isinstance(consumes, Sequence):
        return tree
    capability = tree.get("capability")
    if not isinstance(capability, Mapping):
        capability = mapping({}, consumes.span)
    items = (*consumes.items, *consumed(tree))
    changed = capability.put("consumes", Sequence(items, consumes.span))
    return tree.drop("consumes").put("capability", changed)
