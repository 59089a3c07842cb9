"""Diagnostics about files and directories that are in the way of a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.publish import disk
from naftiko_gen.publish.foreign_modules import foreign_modules

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.publish.plan import Plan
    from naftiko_gen.publish.refusal import Refusal


def report_refusal(refusal: Refusal, report: Report) -> None:
    """Report why the package can't be written there."""
    code = Code.of(refusal.reason.value)
    report.add(code or Code.UNUSABLE_OUTPUT, refusal.message)


def report_edited(plan: Plan, report: Report) -> None:
    """Report each generated file that was edited."""
    for path in plan.edited:
        report.add(
            Code.EDITED_GENERATED_FILE,
            f"'{plan.root / path}' isn't the file that was generated",
            hint="move the edit elsewhere, or overwrite it with --force",
        )


def report_foreign(plan: Plan, modules: str, report: Report) -> None:
    """Report modules in the package that aren't generated, but could be imported.

    Raises:
        PublicationError: The directory can't be read.
    """
    paths = (file.path for file in plan.emitted)
    with disk.disk_failures("read", plan.root):
        ours = (*paths, *plan.removed)
        for foreign in foreign_modules(plan.root, modules, ours):
            report.add(Code.FOREIGN_MODULE, foreign.message, hint=foreign.remedy)
