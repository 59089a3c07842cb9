"""Diagnostics: their codes, places and severities, and how they are shown."""

from naftiko_gen.diagnostics.codes import ALWAYS_REPORTED, NEVER_FIXED, Code, Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import (
    count,
    line_start,
    nearest,
    quote,
    safe,
    suggestion,
)
from naftiko_gen.diagnostics.report import Diagnostic, Report
from naftiko_gen.diagnostics.span import Origin, Plain, Span

__all__ = [
    "ALWAYS_REPORTED",
    "NEVER_FIXED",
    "Code",
    "Diagnostic",
    "Exit",
    "Origin",
    "Plain",
    "Report",
    "Severity",
    "Span",
    "count",
    "line_start",
    "nearest",
    "quote",
    "safe",
    "suggestion",
]
