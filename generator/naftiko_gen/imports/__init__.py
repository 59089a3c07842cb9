"""The stage between loading and normalising: what other files declare is put in.

An import is an entry of `capability.consumes` with a `location`. It is replaced by what
the file there consumes, and the names that the file binds join those of the document.
Every place in what comes out knows the file that it is in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.dialects import detect
from naftiko_gen.dialects.rewriting import rewrite
from naftiko_gen.imports.binds import Binds
from naftiko_gen.imports.files import Files
from naftiko_gen.imports.selection import Offer, assumed, selected
from naftiko_gen.imports.shared import consumed, is_import, spelled
from naftiko_gen.syntax.files import ImportRoots
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as MappingABC
    from pathlib import Path

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.imports.files import Chain

__all__ = ["Whole", "complete"]


@dataclass(frozen=True)
class Whole:
    """A document with what it imports.

    Attributes:
        tree: The document without imports, or None if there are errors.
        files: The content of each imported file, by its path from the document.
        sources: The content of those that may be shown, by the name that is shown.
        names: What files call the APIs that an import calls differently, by the place
            of that other name.
    """

    tree: Mapping | None
    files: MappingABC[str, bytes]
    sources: MappingABC[str, bytes]
    names: MappingABC[Span, str] = field(default_factory=dict)


def complete(
    tree: Mapping,
    spec: Path,
    report: Report,
    root: Path | None = None,
    held: MappingABC[Path, bytes] = MappingProxyType({}),
) -> Whole:
    """Return a capability with what it imports; report what is in the way of that.

    `root` is a directory besides that of `spec` whose files may be imported, `held`
    what files would hold instead of what they do, by their real paths.
    """
    if detect(tree, report) is None:
        return Whole(None, {}, {})
    document = spelled(tree, report)
    files = Files(spec, document, ImportRoots.of(spec, root), report, held)
    completion = _Completion(files, Binds(report), report)
    whole = completion.whole(document)
    usable = None if report.has_errors else whole
    return Whole(usable, files.contents, files.sources, completion.names)


@dataclass
class _Completion:
    """One document on its way; reports go where everything else is reported."""

    files: Files
    binds: Binds
    report: Report
    names: dict[Span, str] = field(default_factory=dict)
    _seen: set[tuple[str, int, object]] = field(default_factory=set)

    def whole(self, tree: Mapping) -> Mapping:
        if not any(map(is_import, consumed(tree))):
            return tree
        offers = self._offers(tree, self.files.start)
        nodes = tuple(offer.node for offer in offers if self._is_new(offer))
        return self.binds.merged(_with_consumes(tree, nodes))

    def _offers(self, tree: Mapping, chain: Chain) -> Iterator[Offer]:
        """Yield what a document consumes itself or imports, in its order."""
        for index, node in enumerate(consumed(tree)):
            if is_import(node) and isinstance(node, Mapping):
                yield from self._imported(node, chain)
            else:
                yield Offer(node, chain.name, index)

    def _imported(self, entry: Mapping, chain: Chain) -> tuple[Offer, ...]:
        opened = self.files.open(entry, chain)
        if opened is None:
            return ()
        self.binds.add(opened.chain.name, opened.tree)
        before = self.report.count(Severity.ERROR)
        offers = tuple(self._offers(opened.tree, opened.chain))
        if self.report.count(Severity.ERROR) > before:
            # What a file lacks for that reason is no finding of its own.
            return ()
        name = assumed(entry, offers)
        if name is not None:
            self.names[entry.value_span("namespace")] = name
        return selected(entry, offers, self.report)

    def _is_new(self, offer: Offer) -> bool:
        """Two ways to one API of a file, under one name, are one import."""
        seen = offer.key in self._seen
        self._seen.add(offer.key)
        return not seen


def _with_consumes(tree: Mapping, nodes: tuple[Node, ...]) -> Mapping:
    def change(capability: Mapping) -> Mapping:
        span = capability.value_span("consumes")
        return capability.put("consumes", Sequence(nodes, span))

    return rewrite(tree, ("capability",), change)
