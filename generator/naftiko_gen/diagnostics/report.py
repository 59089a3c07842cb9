"""Diagnostics about a spec, and the report that collects them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from naftiko_gen.diagnostics.codes import (
    ALWAYS_REPORTED,
    EXTENSIONS,
    Code,
    Severity,
    Trait,
)
from naftiko_gen.diagnostics.quoting import suggestion
from naftiko_gen.diagnostics.span import Origin, Span

__all__ = ["Code", "Diagnostic", "Report", "Severities", "Severity"]

Severities = Mapping[Code, Severity | None]
"""Severities that override the codes' own; None silences a code."""
_SUGGESTED = 50
"""The diagnostics of a code up to which a similar name is searched for."""
_COMPARED = 1000
"""The names that are compared with one."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message about a file. `span` is None if it concerns the file as a whole."""

    code: Code
    message: str
    file: str
    span: Span | None = None
    hint: str | None = None
    assigned: Severity | None = None
    """The severity instead of the code's own: set by the user, or for a reason."""
    imported_at: tuple[str, ...] = ()
    """The places of the imports that lead to the file, the nearest one first."""
    acknowledged: bool = False
    """Whether a comment in the file acknowledges the extension."""

    @property
    def severity(self) -> Severity:
        """Return the assigned severity, else the code's own."""
        return self.assigned or self.code.severity

    @property
    def advice(self) -> str | None:
        """Return the hint, else the code's remedy.

        A note may be right as it stands, so the remedy of its code isn't shown.
        """
        if self.hint or self.code.severity is Severity.NOTE:
            return self.hint
        remedy = self.code.remedy.removesuffix(".")
        return remedy[0].lower() + remedy[1:]

    @property
    def import_lines(self) -> list[str]:
        """Return a line for each import that leads to the file."""
        return [f"imported at {place}" for place in self.imported_at]


@dataclass(slots=True)
class Report:
    """The diagnostics about one file, in the order in which they were added."""

    file: str
    diagnostics: list[Diagnostic] = field(default_factory=list)
    acknowledgements: dict[str, frozenset[int]] = field(default_factory=dict)
    """The lines on which files acknowledge extensions, by the name of the file."""
    tolerated: frozenset[Code] = frozenset()
    """Codes of errors that count as warnings, because they leave a spec its meaning."""
    _known: set[Diagnostic] = field(default_factory=set)
    _first: set[tuple[Code, str, Hashable]] = field(default_factory=set)
    _counts: Counter[Code] = field(default_factory=Counter)

    def add(
        self,
        code: Code,
        message: str,
        span: Span | None = None,
        hint: str | None = None,
    ) -> None:
        """Add a diagnostic, once; `message` is one sentence without a full stop."""
        imports = tuple(self._imports(span)) if span else ()
        file = self._file_of(span)
        severity = Severity.WARNING if code in self.tolerated else None
        diagnostic = Diagnostic(code, message, file, span, hint, severity, imports)
        if diagnostic not in self._known:
            self._known.add(diagnostic)
            self._counts[code] += 1
            self.diagnostics.append(diagnostic)

    def suggestion(
        self, code: Code, name: str, candidates: Iterable[str]
    ) -> str | None:
        """Return the hint that asks for the most similar candidate, or None.

        Only the first diagnostics of a code have it, as names are slow to compare.
        """
        if self.times(code) >= _SUGGESTED:
            return None
        return suggestion(name, list(islice(candidates, _COMPARED)))

    def add_first(
        self,
        code: Code,
        message: str,
        span: Span,
        subject: Hashable = None,
        hint: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Add a diagnostic at the first of all places of its message.

        A message about another subject is another message.
        """
        if (code, message, subject) not in self._first:
            self._first.add((code, message, subject))
            self.add(code, message, span, hint())

    def times(self, code: Code) -> int:
        """Return the number of diagnostics with this code."""
        return self._counts[code]

    def include(self, report: Report, origin: Origin, *, quoting: bool) -> None:
        """Add the diagnostics of an imported file.

        If messages mustn't quote the file, the meanings of their codes replace them.
        """
        self.acknowledgements |= report.acknowledgements
        for diagnostic in report.diagnostics:
            span = diagnostic.span or origin.imported_at
            if span is diagnostic.span and span.origin is None:
                span = replace(span, origin=origin)
            if quoting:
                self.add(diagnostic.code, diagnostic.message, span, diagnostic.hint)
            else:
                self.add(diagnostic.code, _meaning(diagnostic.code), span)

    def withhold(self) -> None:
        """Replace all messages so far by the meanings of their codes.

        The file may hold secrets, which messages mustn't quote.
        """
        self.diagnostics = [
            replace(diagnostic, message=_meaning(diagnostic.code), hint=None)
            for diagnostic in self.diagnostics
        ]

    def _file_of(self, span: Span | None) -> str:
        return span.origin.file if span and span.origin else self.file

    def _imports(self, span: Span) -> Iterator[str]:
        while span.origin is not None:
            span = span.origin.imported_at
            yield f"{self._file_of(span)}:{span.line}:{span.column}"

    def refuse_assumptions(self) -> None:
        """Turn all diagnostics so far into errors, but for remarks."""
        self.diagnostics = [
            (
                diagnostic
                if diagnostic.code.trait is Trait.REMARK
                else replace(diagnostic, assigned=Severity.ERROR)
            )
            for diagnostic in self.diagnostics
        ]

    def acknowledge(self) -> None:
        """Mark the notes about extensions that their files acknowledge."""
        self.diagnostics = [
            (
                replace(diagnostic, acknowledged=True)
                if self._is_acknowledged(diagnostic)
                else diagnostic
            )
            for diagnostic in self.diagnostics
        ]

    def _is_acknowledged(self, diagnostic: Diagnostic) -> bool:
        lines = self.acknowledgements.get(diagnostic.file, frozenset())
        line = diagnostic.span.line if diagnostic.span else None
        return diagnostic.code in EXTENSIONS and line in lines

    def assign(self, severities: Severities) -> None:
        """Set the severities that the user wants, and drop silenced diagnostics.

        Acknowledged notes are dropped too, unless the user makes them more than notes.
        The warnings of `ALWAYS_REPORTED` can only become errors.
        """
        assignable = {
            code: severity
            for code, severity in severities.items()
            if code not in ALWAYS_REPORTED or severity is Severity.ERROR
        }
        self.diagnostics = [
            replace(
                diagnostic,
                assigned=assignable.get(diagnostic.code, diagnostic.assigned),
            )
            for diagnostic in self.diagnostics
            if _is_reported(
                diagnostic, assignable.get(diagnostic.code, diagnostic.severity)
            )
        ]

    @property
    def has_errors(self) -> bool:
        """Return whether the file can't be compiled."""
        return self.count(Severity.ERROR) > 0

    def count(self, severity: Severity) -> int:
        """Return the number of diagnostics with this severity."""
        return sum(diagnostic.severity is severity for diagnostic in self.diagnostics)


def _meaning(code: Code) -> str:
    meaning = code.meaning.removesuffix(".")
    return meaning[0].lower() + meaning[1:]


def _is_reported(diagnostic: Diagnostic, severity: Severity | None) -> bool:
    is_note = severity is Severity.NOTE
    return severity is not None and not (is_note and diagnostic.acknowledged)
