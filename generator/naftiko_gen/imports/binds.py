"""The binds of a spec and of the files that it imports.

Each file's names count in that file alone. An imported bind belongs to the file that
imports it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.imports.offers import Offer


@dataclass
class Binds:
    """Collects the binds of imported files, once for each file."""

    report: Report
    _files: dict[str, tuple[Node, ...]] = field(default_factory=dict)

    def knows(self, file: str) -> bool:
        """Return whether the binds of a file were added."""
        return file in self._files

    def check(self, tree: Mapping) -> None:
        """Report `binds` that are no list."""
        capability = tree.get("capability")
        for holder in (tree, capability):
            binds = holder.get("binds") if isinstance(holder, Mapping) else None
            if binds is not None and _is_wrong(binds):
                self.report.add(Code.WRONG_TYPE, "'binds' must be a list", binds.span)

    def add(self, file: str, offers: Iterable[Offer]) -> None:
        """Add the names that an imported file binds."""
        self._files[file] = ()
        self._files[file] = tuple(map(place_at_import, offers))

    def merge(self, tree: Mapping, own: Iterable[Offer]) -> Mapping:
        """Return the spec with the entries of all files in front of its own."""
        items = tuple(item for entries in self._files.values() for item in entries)
        binds = (*items, *map(place_at_import, own))
        if not binds or _is_wrong(tree.get("binds")):
            return tree
        capability = tree.get("capability")
        inner = capability.get("binds") if isinstance(capability, Mapping) else None
        if isinstance(capability, Mapping) and not _is_wrong(inner):
            tree = tree.put("capability", capability.drop("binds"))
        span = tree.value_span("binds") if "binds" in tree else binds[0].span
        return tree.put("binds", Sequence(binds, span))


def place_at_import(offer: Offer) -> Node:
    """Return a bind whose place is that of its import, where its names count."""
    if offer.entry is None or not isinstance(offer.node, Mapping):
        return offer.node
    return Mapping(offer.node.entries, offer.entry.span)


def _is_wrong(binds: Node | None) -> bool:
    return not (binds is None or isinstance(binds, Sequence) or binds.plain() is None)
