"""The names bound by a spec and its imported files, which share one scope."""

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
    """Collects the entries of `binds`, once for each file."""

    report: Report
    _files: dict[str, tuple[Node, ...]] = field(default_factory=dict)

    def add(self, file: str, tree: Mapping) -> None:
        """Add the names that an imported file binds."""
        for holder in _holders(tree):
            binds = holder.get("binds")
            if binds is not None and _is_wrong(binds):
                self.report.add(Code.WRONG_TYPE, "'binds' must be a list", binds.span)
        self._files.setdefault(file, tuple(_all_entries(tree)))

    def merge(self, tree: Mapping) -> Mapping:
        """Return the spec with the entries of all files in front of its own."""
        self._check((*self._files.values(), tuple(_all_entries(tree))))
        items = tuple(item for entries in self._files.values() for item in entries)
        own = tree.get("binds")
        if not items or _is_wrong(own):
            return tree
        span = own.span if own else items[0].span
        return tree.put("binds", Sequence((*items, *_entries(tree)), span))

    def _check(self, files: tuple[tuple[Node, ...], ...]) -> None:
        """Report a name that two files bind to different variables.

        Within a file, a later entry overrides an earlier one. Between files, that would
        send the secret of one API to another.
        """
        bound: dict[str, str] = {}
        for entries in files:
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


def _all_entries(tree: Mapping) -> Iterator[Node]:
    for holder in _holders(tree):
        yield from _entries(holder)


def _holders(tree: Mapping) -> tuple[Mapping, ...]:
    capability = tree.get("capability")
    return (tree, capability) if isinstance(capability, Mapping) else (tree,)


def _is_wrong(binds: Node | None) -> bool:
    return not (binds is None or isinstance(binds, Sequence) or binds.plain() is None)


def _entries(holder: Mapping) -> tuple[Node, ...]:
    binds = holder.get("binds")
    return binds.items if isinstance(binds, Sequence) else ()


def _keys(entry: Node) -> tuple[Entry, ...]:
    keys = entry.get("keys") if isinstance(entry, Mapping) else None
    return keys.entries if isinstance(keys, Mapping) else ()
