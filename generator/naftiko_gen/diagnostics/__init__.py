"""Diagnostics: their codes, places and severities, and how they are shown."""

from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.quoting import nearest, quote, safe, suggestion
from naftiko_gen.diagnostics.report import Diagnostic, Report
from naftiko_gen.diagnostics.span import Origin, Plain, Span

__all__ = [
    "Code",
    "Diagnostic",
    "Origin",
    "Plain",
    "Report",
    "Severity",
    "Span",
    "nearest",
    "quote",
    "safe",
    "suggestion",
]
