"""Faults of a configuration, each at its place in the document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.configuration.places import Places
from naftiko_gen.configuration.refusal import ConfigurationError
from naftiko_gen.diagnostics.report import Report

if TYPE_CHECKING:
    from naftiko_gen.configuration.discovery import Source
    from naftiko_gen.configuration.places import Place
    from naftiko_gen.diagnostics.codes import Code

MOST_FAULTS = 20
"""The limit of faults that are reported at once."""


@dataclass(frozen=True)
class Faults:
    """The report about a configuration; it finds the place of each fault."""

    source: Source
    report: Report

    @classmethod
    def of(cls, source: Source) -> Faults:
        """Return the report about a configuration, without any fault so far."""
        return cls(source, Report(str(source.document.file)))

    def add(
        self, code: Code, message: str, *steps: str | int, hint: str | None = None
    ) -> None:
        """Add a fault of the value at the end of these steps into the table."""
        self.report.add(code, message, self._place(steps).value, hint)

    def add_at_key(
        self, code: Code, message: str, *steps: str | int, hint: str | None = None
    ) -> None:
        """Add a fault of the key at the end of these steps into the table."""
        self.report.add(code, message, self._place(steps).key, hint)

    def error(self) -> ConfigurationError:
        """Return the error that carries all faults."""
        document = self.source.document
        sources = {str(document.file): document.text.encode()}
        return ConfigurationError(tuple(self.report.diagnostics), sources)

    def _place(self, steps: tuple[str | int, ...]) -> Place:
        return self._places.closest((*self.source.table, *steps))

    @cached_property
    def _places(self) -> Places:
        return Places.of(self.source.document.text)
