"""Writes copies of the runtime as a run writes packages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.publish import complaints, disk
from naftiko_gen.publish.plan import plan
from naftiko_gen.publish.publication import Method, publish, recover
from naftiko_gen.publish.refusal import Refusal, unusable_output

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.publish.plan import Plan
    from naftiko_gen.tools.runtime.copies import Copy


@dataclass(frozen=True)
class Written:
    """The result of writing a copy: the plan that was carried out, and diagnostics.

    `plan` is None if there are errors: nothing was written.
    """

    copy: Copy
    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


def write(copy: Copy, *, force: bool) -> Written:
    """Write a copy; edited files are errors unless `force` overwrites them."""
    report = Report(str(copy.root))
    try:
        done = _write(copy, report, force=force)
    except disk.PublicationError as error:
        report.add(Code.UNUSABLE_OUTPUT, str(error))
        done = None
    return Written(copy, done, tuple(report.diagnostics))


def _write(copy: Copy, report: Report, *, force: bool) -> Plan | None:
    refusal = unusable_output(copy.root, copy.root)
    if refusal is not None:
        complaints.report_refusal(refusal, report)
        return None
    recover(copy.root)
    complaints.report_unknown(copy.root, report)
    planned = plan(copy.root, copy.tree, copy.sources, force=force)
    if isinstance(planned, Refusal):
        complaints.report_refusal(planned, report)
        return None
    complaints.report_edited(planned, report)
    complaints.report_foreign(planned, copy.modules, report)
    return None if report.has_errors else _publish(planned, report)


def _publish(planned: Plan, report: Report) -> Plan:
    published = publish(planned)
    if published.method is Method.REPLACEMENT:
        message = f"'{planned.root}' was replaced file by file"
        report.add(Code.FILES_REPLACED_ONE_BY_ONE, message)
    return published.plan
