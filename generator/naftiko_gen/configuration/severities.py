"""Severities that a configuration assigns to diagnostic codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.configuration.faults import MOST_FAULTS
from naftiko_gen.configuration.model import SILENT
from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.quoting import nearest, quote

if TYPE_CHECKING:
    from naftiko_gen.configuration.faults import Faults
    from naftiko_gen.diagnostics.span import Plain


def assigned_severities(table: Plain, faults: Faults) -> dict[str, Severity | None]:
    """Return the severities of the table of codes, without its invalid entries."""
    codes = table.get("codes") if isinstance(table, dict) else None
    severities: dict[str, Severity | None] = {}
    for slug, name in codes.items() if isinstance(codes, dict) else ():
        if len(faults.report.diagnostics) >= MOST_FAULTS:
            break
        code = _code(slug, faults)
        if code is not None and name in (SILENT, *Severity):
            severities[code.slug] = None if name == SILENT else Severity(str(name))
            _check_fixed(code, severities[code.slug], faults)
    return severities


def _code(slug: str, faults: Faults) -> Code | None:
    code = Code.of(slug)
    if code is None:
        near = nearest(slug, (member.slug for member in Code))
        hint = f"did you mean {quote(near)}?" if near else None
        message = f"{quote(slug)} isn't a diagnostic code"
        faults.add_at_key(Code.UNKNOWN_CODE, message, "codes", slug, hint=hint)
    return code


def _check_fixed(code: Code, severity: Severity | None, faults: Faults) -> None:
    """Report an error that would become anything less."""
    if code.severity is Severity.ERROR and severity is not Severity.ERROR:
        message = f"{quote(code.slug)} is an error, and can't be changed"
        faults.add(Code.FIXED_SEVERITY, message, "codes", code.slug)
