"""What the compiler has to say about a document: codes, diagnostics and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import ALWAYS_SAID, EXTENSIONS, Code, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Origin, Span

__all__ = ["Code", "Diagnostic", "Report", "Severities", "Severity"]

Severities = Mapping[Code, Severity | None]
"""Other severities than the codes' own; None stands for silence."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `span` is None where no place in the file is to blame."""

    code: Code
    message: str
    file: str
    span: Span | None = None
    hint: str | None = None
    assigned: Severity | None = None
    """How bad it is for the user, where that isn't what its code says."""
    imported_at: tuple[str, ...] = ()
    """The imports by which the document came to the file, from the file outwards."""
    acknowledged: bool = False
    """Whether the file says that what is found there is meant."""

    @property
    def severity(self) -> Severity:
        """Return how bad it is."""
        return self.assigned or self.code.severity

    @property
    def advice(self) -> str | None:
        """Return the hint; without one, what the code says is to be done.

        Notes are assumptions that may stand: they have none but their own.
        """
        if self.hint or self.code.severity is Severity.NOTE:
            return self.hint
        remedy = self.code.remedy.removesuffix(".")
        return remedy[0].lower() + remedy[1:]


@dataclass(slots=True)
class Report:
    """The findings about one file, in the order in which the stages made them."""

    file: str
    diagnostics: list[Diagnostic] = field(default_factory=list)
    acknowledgements: dict[str, frozenset[int]] = field(default_factory=dict)
    """The lines at which files acknowledge extensions, by the name of the file."""
    _known: set[Diagnostic] = field(default_factory=set)
    _counts: Counter[Code] = field(default_factory=Counter)

    def add(
        self,
        code: Code,
        message: str,
        span: Span | None = None,
        hint: str | None = None,
    ) -> None:
        """Add a finding, once; `message` is one sentence without a full stop."""
        places = tuple(self._imports(span)) if span else ()
        file = self._file_of(span)
        found = Diagnostic(code, message, file, span, hint, imported_at=places)
        if found not in self._known:
            self._known.add(found)
            self._counts[code] += 1
            self.diagnostics.append(found)

    def times(self, code: Code) -> int:
        """Return how often a code was added."""
        return self._counts[code]

    def include(self, found: Report, origin: Origin, *, quoting: bool) -> None:
        """Add what was found while an imported file was read by itself.

        Unless messages may quote the file, they say no more than their codes mean.
        """
        self.acknowledgements |= found.acknowledgements
        for one in found.diagnostics:
            span = one.span or origin.imported_at
            if span is one.span and span.origin is None:
                span = replace(span, origin=origin)
            if quoting:
                self.add(one.code, one.message, span, one.hint)
            else:
                self.add(one.code, _meaning(one.code), span)

    def withhold(self) -> None:
        """Have the findings so far say no more than their codes mean.

        That is for a file that may be anything, such as one of secrets.
        """
        self.diagnostics = [
            replace(one, message=_meaning(one.code), hint=None)
            for one in self.diagnostics
        ]

    def _file_of(self, span: Span | None) -> str:
        return span.origin.file if span and span.origin else self.file

    def _imports(self, span: Span) -> Iterator[str]:
        while span.origin is not None:
            span = span.origin.imported_at
            yield f"{self._file_of(span)}:{span.line}:{span.column}"

    def refuse_assumptions(self) -> None:
        """Make errors of all findings so far."""
        error = Severity.ERROR
        self.diagnostics = [replace(one, assigned=error) for one in self.diagnostics]

    def acknowledge(self) -> None:
        """Mark the extensions that their files acknowledge, and nothing else."""
        lines = self.acknowledgements
        self.diagnostics = [
            (
                replace(one, acknowledged=True)
                if one.code in EXTENSIONS
                and one.span
                and one.span.line in lines.get(one.file, ())
                else one
            )
            for one in self.diagnostics
        ]

    def assign(self, severities: Severities) -> None:
        """Make of all findings so far what the user wants; leave out the silenced.

        A note that its file acknowledges is left out as well; what the user wants to
        be more than a note isn't for the file to decide. Warnings that are always said
        are warnings at least.
        """
        wanted = {
            code: severity
            for code, severity in severities.items()
            if code not in ALWAYS_SAID or severity is Severity.ERROR
        }
        self.diagnostics = [
            replace(one, assigned=wanted.get(one.code))
            for one in self.diagnostics
            if _is_said(one, wanted.get(one.code, one.severity))
        ]

    @property
    def has_errors(self) -> bool:
        """Say whether the file can't be compiled."""
        return self.count(Severity.ERROR) > 0

    def count(self, severity: Severity) -> int:
        """Return how many findings are that bad."""
        return sum(found.severity is severity for found in self.diagnostics)


def _meaning(code: Code) -> str:
    meaning = code.meaning.removesuffix(".")
    return meaning[0].lower() + meaning[1:]


def _is_said(found: Diagnostic, wanted: Severity | None) -> bool:
    is_note = wanted is Severity.NOTE
    return wanted is not None and not (is_note and found.acknowledged)
