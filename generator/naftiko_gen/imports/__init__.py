"""The stage between loading and normalising: replace imports by imported APIs.

An import is an entry of `capability.consumes` with a `location`. The entries of
`consumes` in that file replace it, and the file's `binds` are added to the spec's.
Every span in the resulting tree knows its file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.dialects import detect, spell_imports
from naftiko_gen.dialects.kubernetes import unwrap
from naftiko_gen.dialects.rewriting import rewrite
from naftiko_gen.imports.binds import Binds
from naftiko_gen.imports.files import Files
from naftiko_gen.imports.selection import Offer, assumed_name, select
from naftiko_gen.imports.shared import consumed_entries, is_import
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
    """A spec with its imported APIs.

    Attributes:
        tree: The spec without imports, or None if there are errors.
        files: The content of each imported file, by its path from the spec.
        sources: The content of the files that messages may quote, by displayed name.
        names: For an import with a wrong namespace, the API's own one, by the span of
            the wrong one.
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
    edited: MappingABC[Path, bytes] = MappingProxyType({}),
) -> Whole:
    """Replace the imports of a capability, and report errors in them.

    `root` is another directory than the spec's whose files may be imported. `edited`
    maps real paths to contents that override the files on disk.
    """
    tree = unwrap(tree, report)
    if detect(tree, report) is None:
        return Whole(None, {}, {})
    document = spell_imports(tree, report)
    files = Files(spec, document, ImportRoots.of(spec, root), report, edited)
    completion = _Completion(files, Binds(report), report)
    whole = completion.run(document)
    usable = None if report.has_errors else whole
    return Whole(usable, files.contents, files.sources, completion.names)


@dataclass
class _Completion:
    """Replaces the imports of one spec."""

    files: Files
    binds: Binds
    report: Report
    names: dict[Span, str] = field(default_factory=dict)
    _seen: set[tuple[str, int, object]] = field(default_factory=set)

    def run(self, tree: Mapping) -> Mapping:
        if not any(map(is_import, consumed_entries(tree))):
            return tree
        offers = self._offers(tree, self.files.start)
        nodes = tuple(offer.node for offer in offers if self._is_new(offer))
        return self.binds.merge(_with_consumes(tree, nodes))

    def _offers(self, tree: Mapping, chain: Chain) -> Iterator[Offer]:
        """Yield the APIs that a file consumes itself or imports, in its order."""
        for index, node in enumerate(consumed_entries(tree)):
            if is_import(node) and isinstance(node, Mapping):
                yield from self._import(node, chain)
            else:
                yield Offer(node, chain.name, index)

    def _import(self, entry: Mapping, chain: Chain) -> tuple[Offer, ...]:
        opened = self.files.open(entry, chain)
        if opened is None:
            return ()
        self.binds.add(opened.chain.name, opened.tree)
        before = self.report.count(Severity.ERROR)
        offers = tuple(self._offers(opened.tree, opened.chain))
        if self.report.count(Severity.ERROR) > before:
            # An error in the file explains a missing API, so that isn't reported.
            return ()
        name = assumed_name(entry, offers)
        if name is not None:
            self.names[entry.value_span("namespace")] = name
        return select(entry, offers, self.report)

    def _is_new(self, offer: Offer) -> bool:
        """Return whether the API isn't imported yet from this file under this name."""
        seen = offer.key in self._seen
        self._seen.add(offer.key)
        return not seen


def _with_consumes(tree: Mapping, nodes: tuple[Node, ...]) -> Mapping:
    def change(capability: Mapping) -> Mapping:
        span = capability.value_span("consumes")
        return capability.put("consumes", Sequence(nodes, span))

    return rewrite(tree, ("capability",), change)
