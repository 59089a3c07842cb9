"""Diagnostics about the place of a package: what stands there and shouldn't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.publish import disk
from naftiko_gen.publish.foreign import foreign_modules
from naftiko_gen.publish.leftovers import leftovers

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.publish.plan import Plan
    from naftiko_gen.publish.refusal import Refusal


def report_refusal(refusal: Refusal, report: Report) -> None:
    """Add why the package can't go there."""
    code = Code.of(refusal.reason.value)
    report.add(code or Code.UNUSABLE_OUTPUT, refusal.message)


def report_unknown(root: Path, report: Report) -> None:
    """Add each directory that looks like the work of a killed run, and isn't known.

    Raises:
        PublicationError: The directory can't be read.
    """
    with disk.disk_failures("read", root):
        for place in leftovers(root).unknown:
            report.add(
                Code.UNKNOWN_STAGING_DIRECTORY,
                f"{shown(str(place), disk.LONGEST_PATH)} is left alone, since no"
                " earlier run of yours is known to have made it",
            )


def report_edited(planned: Plan, report: Report) -> None:
    """Add each generated file that was edited."""
    for path in planned.edited:
        report.add(
            Code.EDITED_GENERATED_FILE,
            f"'{planned.root / path}' is not as it was generated",
            hint="move the edit elsewhere, or overwrite it with --force",
        )


def report_foreign(planned: Plan, modules: str, report: Report) -> None:
    """Add what Python could import from a package's modules and isn't generated.

    Raises:
        PublicationError: The directory can't be read.
    """
    emitted = (file.path for file in planned.emitted)
    with disk.disk_failures("read", planned.root):
        ours = (*emitted, *planned.removed)
        for one in foreign_modules(planned.root, modules, ours):
            report.add(Code.FOREIGN_MODULE, one.message, hint=one.remedy)
