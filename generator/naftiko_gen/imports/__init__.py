"""The stage between loading and normalising: replace imports by declarations.

An import is an entry of `consumes`, `exposes`, `aggregates` or `binds` that names a
file. Declarations of that file replace it. Others to which they refer come along, and
so do the file's `binds`. Every span in the resulting tree knows its file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.dialects import detect, spell_imports
from naftiko_gen.dialects.detection import unwrap
from naftiko_gen.dialects.rules.functions import declared_functions
from naftiko_gen.imports.files import Files
from naftiko_gen.imports.linking import Linker
from naftiko_gen.imports.offers import (
    Binds,
    Offer,
    assumed_name,
    naming_key,
    report_collisions,
    select,
)
from naftiko_gen.imports.shared import (
    DECLARATIONS,
    Section,
    as_capability,
    entries,
    is_import,
    join_sections,
    lacks_name,
    with_entries,
)
from naftiko_gen.syntax.files import ImportRoots
from naftiko_gen.syntax.tree import Mapping, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as MappingABC
    from pathlib import Path

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.imports.files import Chain, Home

__all__ = [
    "CompleteSpec",
    "complete",
]


@dataclass(frozen=True)
class CompleteSpec:
    """A spec with its imported declarations.

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
    edited_files: MappingABC[Path, bytes] = MappingProxyType({}),
) -> CompleteSpec:
    """Replace the imports of a spec, and report errors in them.

    `root` is another directory than the spec's whose files may be imported.
    `edited_files` maps real paths to contents that override the files on disk.
    """
    tree = join_sections(unwrap(tree, report))
    roots = ImportRoots.of(spec, root)
    if detect(tree, report) is None:
        if report.times(Code.NOTHING_EXPOSED):
            check_declarations(
                tree, Files(spec, tree, roots, report, edited_files), report
            )
        return CompleteSpec(None, {}, {})
    document = join_sections(spell_imports(tree, report))
    files = Files(spec, document, roots, report, edited_files)
    completion = _Completion(files, Binds(report), report)
    complete_tree = completion.run(document)
    usable = None if report.has_errors else complete_tree
    return CompleteSpec(usable, files.contents, files.sources, completion.names)


@dataclass
class _Completion:
    """Replaces the imports of one spec."""

    files: Files
    binds: Binds
    report: Report
    names: dict[Span, str] = field(default_factory=dict)
    _seen: set[object] = field(default_factory=set)
    _indexes: dict[tuple[Home, Section], dict[str, tuple[Offer, ...]]] = field(
        default_factory=dict
    )

    def run(self, tree: Mapping) -> Mapping:
        parts = ((part, s) for s in Section for part in entries(tree, s))
        if not any(is_import(part, section) for part, section in parts):
            return tree
        spec = self.files.start.name
        sections = {
            section: tuple(filter(self._is_new, self._own(tree, section)))
            for section in DECLARATIONS
        }
        binds = tuple(self._own(tree, Section.BINDS))
        for offers in (*sections.values(), binds):
            report_collisions(offers, spec, self.report)
        sections_with_offers = Linker(self._find, self.report).link(sections)
        for section, offers in sections_with_offers.items():
            tree = with_entries(tree, section, tuple(offer.node for offer in offers))
        return self.binds.merge(tree, binds)

    def _own(self, tree: Mapping, section: Section) -> Iterator[Offer]:
        """Yield the own and the imported declarations of the spec, in its order."""
        return self._offers(tree, section, self.files.start, None)

    def _offers(
        self, tree: Mapping, section: Section, chain: Chain, home: Home | None
    ) -> Iterator[Offer]:
        """Yield the declarations of a file and of its imports, in its order."""
        for index, node in enumerate(entries(tree, section)):
            if not isinstance(node, Mapping) or not is_import(node, section):
                yield _offer(node, section, chain, index, home)
            elif lacks_name(node, section, tree):
                self.report.add(Code.MISSING_KEY, "'import' is missing", node.span)
            else:
                yield from self._import(node, section, chain, home)

    def _import(
        self, entry: Mapping, section: Section, chain: Chain, importer: Home | None
    ) -> tuple[Offer, ...]:
        home = self.files.open(entry, chain, importer)
        if home is None:
            return ()
        before = self.report.count(Severity.ERROR)
        self._add_binds(home, section)
        offers = tuple(self._offers(home.tree, section, home.chain, home))
        if self.report.count(Severity.ERROR) > before:
            # An error in the file explains a missing declaration.
            return ()
        name = assumed_name(entry, offers)
        if name is not None:
            self.names[entry.value_span("namespace")] = name
        return select(entry, section, offers, self.report)

    def _add_binds(self, home: Home, section: Section) -> None:
        """Add the binds of a file whose other declarations are imported."""
        self.binds.check(home.tree)
        name = home.chain.name
        if section is not Section.BINDS and not self.binds.knows(name):
            own = self._offers(home.tree, Section.BINDS, home.chain, home)
            self.binds.add(name, own)

    def _find(self, home: Home, section: Section, namespace: str) -> tuple[Offer, ...]:
        """Return the declarations of a file, or of its imports, with a namespace."""
        if (home, section) not in self._indexes:
            index: dict[str, tuple[Offer, ...]] = {}
            for offer in self._offers(home.tree, section, home.chain, home):
                if (name := offer.namespace) is not None:
                    index[name] = (*index.get(name, ()), offer)
            self._indexes[home, section] = index
        return self._indexes[home, section].get(namespace, ())

    def _is_new(self, offer: Offer) -> bool:
        """Return whether a declaration isn't imported yet under this name."""
        is_new = offer.key not in self._seen
        self._seen.add(offer.key)
        return is_new


def _offer(
    node: Node, section: Section, chain: Chain, index: int, home: Home | None
) -> Offer:
    own = node.text("namespace") if isinstance(node, Mapping) else None
    return Offer(node, section, chain.name, index, home, None, own)


def check_declarations(tree: Mapping, files: Files, report: Report) -> None:
    """Report errors in the declarations of a document that exposes nothing."""
    # The notes on spellings would only distract.
    document = as_capability(tree, Report(report.file))
    check = _Check(files, "capability" not in tree, report)
    for section in Section:
        check.check_section(section, document)
    declared_functions(document, report)


@dataclass(frozen=True)
class _Check:
    """Checks the sections of one document."""

    files: Files
    is_standalone: bool
    report: Report

    def check_section(self, section: Section, tree: Mapping) -> None:
        items = [e for e in entries(tree, section) if isinstance(e, Mapping)]
        for entry in items:
            if is_import(entry, section):
                self._check_import(entry, section, tree)
            elif section in DECLARATIONS:
                self._check_namespace(entry)
        offers = (self._offer(*pair, section) for pair in enumerate(items))
        report_collisions(offers, self.files.start.name, self.report)

    def _check_import(self, entry: Mapping, section: Section, tree: Mapping) -> None:
        if self.is_standalone:
            message = "the official language has imports only in a 'capability'"
            hint = "import it in the specs that import this file"
            span = entry.value_span("location")
            self.report.add(Code.STANDALONE_IMPORT, message, span, hint)
            return
        self.files.locate(entry, self.files.start)
        if lacks_name(entry, section, tree):
            self.report.add(Code.MISSING_KEY, "'import' is missing", entry.span)

    def _check_namespace(self, entry: Mapping) -> None:
        if "namespace" not in entry and entry.text("type") != "control":
            self.report.add(Code.MISSING_KEY, "'namespace' is missing", entry.span)

    def _offer(self, index: int, entry: Mapping, section: Section) -> Offer:
        """Return a declaration under the name that an import gives it."""
        source = entry if is_import(entry, section) else None
        key = naming_key(entry) if source else None
        name = entry.get(key) if key else None
        node = entry.put("namespace", name) if isinstance(name, Scalar) else entry
        return Offer(node, section, self.files.start.name, index, entry=source)
