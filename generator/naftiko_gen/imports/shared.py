"""Read specs, and files that only declare parts for other specs, in one form."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from naftiko_gen.dialects import spell_imports
from naftiko_gen.dialects.detection import check_version, is_ikanos, version_entry
from naftiko_gen.dialects.rules.documents import alpha1, later_version
from naftiko_gen.dialects.rules.imports import is_import
from naftiko_gen.imports.openapi_detection import NAMES
from naftiko_gen.syntax.tree import Mapping, Node, Sequence, mapping

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

__all__ = [
    "DECLARATIONS",
    "Section",
    "as_capability",
    "entries",
    "is_import",
    "join_sections",
    "lacks_name",
    "with_entries",
]


class Section(StrEnum):
    """A list of a capability whose entries may be imports."""

    CONSUMES = "consumes"
    AGGREGATES = "aggregates"
    EXPOSES = "exposes"
    BINDS = "binds"

    @property
    def noun(self) -> str:
        """Return the word for an entry."""
        return _NOUNS[self]


_NOUNS = {
    Section.CONSUMES: "API",
    Section.AGGREGATES: "aggregate",
    Section.EXPOSES: "adapter",
    Section.BINDS: "bind",
}
DECLARATIONS = (Section.CONSUMES, Section.AGGREGATES, Section.EXPOSES)
"""The sections that join those of the capability; `binds` stay where they are."""


def lacks_name(entry: Mapping, section: Section, tree: Mapping) -> bool:
    """Return whether an import names no declaration, though it has to.

    Published imports of APIs without a name, in Naftiko, are all APIs of their file.
    """
    may_lack = section is Section.CONSUMES and not is_ikanos(tree)
    return not may_lack and not any(key in entry for key in NAMES)


def as_capability(tree: Mapping, report: Report) -> Mapping:
    """Convert an imported file to the form of a capability."""
    version = version_entry(tree)
    # A file that is only imported may leave the version out.
    if version is not None:
        check_version(version, report)
    tree = alpha1(later_version(tree, report), report)
    if "capability" not in tree:
        tree = tree.put("capability", mapping({}, tree.span))
    # A mapping of aggregates becomes a list by its spelling.
    return join_sections(spell_imports(join_sections(tree), report))


def entries(tree: Mapping, section: Section) -> tuple[Node, ...]:
    """Return the entries of a section of the capability; binds of the root as well."""
    holders = (
        (tree, _capability(tree)) if section is Section.BINDS else (_capability(tree),)
    )
    lists = (holder.get(section) for holder in holders if holder is not None)
    return tuple(
        item for value in lists if isinstance(value, Sequence) for item in value.items
    )


def with_entries(tree: Mapping, section: Section, items: tuple[Node, ...]) -> Mapping:
    """Return a tree with other entries of a section, which isn't `binds`.

    A value that is no list stays, to be reported.
    """
    capability = _capability(tree)
    if capability is None:
        return tree
    own = capability.get(section)
    is_list = isinstance(own, Sequence)
    is_absent = own is None or own.plain() is None
    if not (is_list or (is_absent and items)):
        return tree
    span = capability.value_span(section)
    return tree.put("capability", capability.put(section, Sequence(items, span)))


def join_sections(tree: Mapping) -> Mapping:
    """Put the root's sections in front of those of its capability."""
    for section in DECLARATIONS:
        own, capability = tree.get(section), _capability(tree)
        if not isinstance(own, Sequence) or capability is None:
            continue
        inner = capability.get(section)
        if inner is None or isinstance(inner, Sequence) or inner.plain() is None:
            following = inner.items if isinstance(inner, Sequence) else ()
            declarations = Sequence((*own.items, *following), own.span)
            new_capability = capability.put(section, declarations)
            tree = tree.drop(section).put("capability", new_capability)
    return tree


def _capability(tree: Mapping) -> Mapping | None:
    capability = tree.get("capability")
    return capability if isinstance(capability, Mapping) else None
