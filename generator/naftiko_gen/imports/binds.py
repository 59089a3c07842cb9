"""The names that a document and the files that it imports bind: one scope."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.syntax.tree import Entry


@dataclass
class Binds:
    """Collects the entries of `binds`, those of each file once."""

    report: Report
    _files: dict[str, tuple[Node, ...]] = field(default_factory=dict)

    def add(self, file: str, tree: Mapping) -> None:
        """Add what an imported file binds."""
        for holder in _holders(tree):
            binds = holder.get("binds")
            if binds is not None and _is_wrong(binds):
                self.report.add(Code.WRONG_TYPE, "'binds' must be a list", binds.span)
        self._files.setdefault(file, tuple(_all(tree)))

    def merged(self, tree: Mapping) -> Mapping:
        """Return the document with the entries of all files in front of its own."""
        self._check((*self._files.values(), tuple(_all(tree))))
        items = tuple(item for entries in self._files.values() for item in entries)
        own = tree.get("binds")
        if not items or _is_wrong(own):
            return tree
        span = own.span if own else items[0].span
        return tree.put("binds", Sequence((*items, *_listed(tree)), span))

    def _check(self, documents: tuple[tuple[Node, ...], ...]) -> None:
        """Report a name that two files bind to different variables.

        Within a file a later entry replaces an earlier one; between files that would
        give one API the secret of another.
        """
        bound: dict[str, str] = {}
        for entries in documents:
            names = {key.key: key for entry in entries for key in _keys(entry)}
            for name, key in names.items():
                variable = str(key.value.plain())
                if bound.setdefault(name, variable) != variable:
                    self._report(key, bound[name])

    def _report(self, key: Entry, other: str) -> None:
        message = (
            f"{shown(key.key)} is bound to {shown(key.value.plain())} here,"
            f" but to {shown(other)} in another file"
        )
        self.report.add(Code.CONFLICTING_BINDS, message, key.span)


def _all(tree: Mapping) -> Iterator[Node]:
    for holder in _holders(tree):
        yield from _listed(holder)


def _holders(tree: Mapping) -> tuple[Mapping, ...]:
    capability = tree.get("capability")
    return (tree, capability) if isinstance(capability, Mapping) else (tree,)


def _is_wrong(binds: Node | None) -> bool:
    return not (binds is None or isinstance(binds, Sequence) or binds.plain() is None)


def _listed(holder: Mapping) -> tuple[Node, ...]:
    binds = holder.get("binds")
    return binds.items if isinstance(binds, Sequence) else ()


def _keys(entry: Node) -> tuple[Entry, ...]:
    keys = entry.get("keys") if isinstance(entry, Mapping) else None
    return keys.entries if isinstance(keys, Mapping) else ()
