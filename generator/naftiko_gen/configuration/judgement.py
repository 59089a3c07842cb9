"""The severities of diagnostics, as the user's options assign them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.diagnostics.report import Diagnostic, Severities


def judge(
    diagnostics: Iterable[Diagnostic], options: Options
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics with the severities that the options assign.

    Silenced diagnostics are left out; in a strict run, all others are errors.
    """
    report = Report("", list(diagnostics))
    report.assign(_severities(options))
    if options.strict:
        report.refuse_assumptions()
    return tuple(report.diagnostics)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Return whether a diagnostic is an error."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def _severities(options: Options) -> Severities:
    codes = ((Code.of(slug), severity) for slug, severity in options.severities.items())
    return {code: severity for code, severity in codes if code is not None}
