"""Errors in the declarations and imports of a document that exposes nothing.

Such a document has no meaning as a spec, so the later stages don't see it. Its imports
aren't read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.dialects.rules.functions import declared_functions
from naftiko_gen.imports.offers import Offer, report_collisions
from naftiko_gen.imports.shared import (
    DECLARATIONS,
    Section,
    as_capability,
    entries,
    is_import,
    lacks_name,
)
from naftiko_gen.syntax.tree import Mapping, Scalar

if TYPE_CHECKING:
    from naftiko_gen.imports.files import Files


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
            message = "the official language has imports in a 'capability' alone"
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
        is_imported = is_import(entry, section)
        keys = ("as", "import", "namespace")
        key = next((key for key in keys if key in entry), None)
        name = entry.get(key) if key and is_imported else None
        node = entry.put("namespace", name) if isinstance(name, Scalar) else entry
        source = entry if is_imported else None
        return Offer(node, section, self.files.start.name, index, entry=source)
