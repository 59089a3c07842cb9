"""Writes copies of the runtime as a run writes packages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.publish import complaints, disk
from naftiko_gen.publish.plan import plan
from naftiko_gen.publish.publication import publish
from naftiko_gen.publish.refusal import Refusal, unusable_output

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.publish.plan import Plan
    from naftiko_gen.tools.runtime.copies import Copy


@dataclass(frozen=True)
class WrittenCopy:
    """The result of writing a copy: the plan that was carried out, and diagnostics.

    `plan` is None if there are errors: nothing was written.
    """

    copy: Copy
    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


def write(copy: Copy, *, force: bool) -> WrittenCopy:
    """Write a copy; edited files are errors unless `force` overwrites them."""
    report = Report(str(copy.root))
    try:
        outcome = _write(copy, report, force=force)
    except disk.PublicationError as error:
        report.add(Code.UNUSABLE_OUTPUT, str(error))
        outcome = None
    return WrittenCopy(copy, outcome, tuple(report.diagnostics))


def _write(copy: Copy, report: Report, *, force: bool) -> Plan | None:
    refusal = unusable_output(copy.root, copy.root)
    if refusal is not None:
        complaints.report_refusal(refusal, report)
        return None
    result = plan(copy.root, copy.tree, copy.sources, force=force)
    if isinstance(result, Refusal):
        complaints.report_refusal(result, report)
        return None
    complaints.report_edited(result, report)
    complaints.report_foreign(result, copy.modules, report)
    return None if report.has_errors else publish(result)
