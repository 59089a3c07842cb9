"""The last stage: the emitted files are compared with the disk, and published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import has_errors, judge
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.emit.files import module_directory, package_root
from naftiko_gen.emit.runtime.source import LIBRARY_PACKAGE
from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.disk import PublicationError
from naftiko_gen.publish.distribution import (
    distribution_sources,
    distribution_tree,
    kept_distribution,
)
from naftiko_gen.publish.foreign_modules import foreign_modules
from naftiko_gen.publish.manifest import Deployed
from naftiko_gen.publish.outcome import Compiled, Failed
from naftiko_gen.publish.plan import plan, publish
from naftiko_gen.publish.provenance import origin, recorded_origin
from naftiko_gen.publish.refusal import (
    Refusal,
    foreign_runtime,
    report_refusal,
    unusable_output,
)

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.emit.files import File, FileTree
    from naftiko_gen.frontend import Reading
    from naftiko_gen.publish.manifest import Provenance, Sources
    from naftiko_gen.publish.plan import Plan


@dataclass(frozen=True)
class DeliveryResult:
    """The result of publishing a package.

    Attributes:
        outcome: The state of the package.
        diagnostics: The diagnostics about its directory.
        manifest: Its manifest, whether or not it was written; None if the directory
            can't be used at all.
    """

    outcome: Compiled | Failed
    diagnostics: tuple[Diagnostic, ...]
    manifest: File | None = None


def deliver(
    spec: Path, files: FileTree, provenance: Provenance, options: Options
) -> DeliveryResult:
    """Publish the files of a package, unless the run is dry.

    `provenance` has no origin yet: the origin depends on the manifest on disk.
    """
    root, report = package_root(spec, options), Report(str(spec))
    refusal = unusable_output(options.output, root, spec)
    if refusal is not None:
        report_refusal(refusal, report)
        return _delivery(Failed(), report, options)
    try:
        complete = replace(provenance, origin=recorded_origin(spec, options))
        modules = module_directory(spec, options.layout)
        package = _plan(_Target(root, files, complete, modules), report, options)
        runtime = _plan_kept(root, report, options)
        outcome = _execute(package, runtime, report, options)
    except PublicationError as error:
        report.add(Code.UNUSABLE_OUTPUT, str(error))
        return _delivery(Failed(), report, options)
    return _delivery(outcome, report, options, manifest.render(complete, files))


def deliver_runtime(root: Path, options: Options) -> DeliveryResult:
    """Publish the distribution of the runtime, which needs no spec, in a directory."""
    report = Report(str(root))
    refusal = unusable_output(root, root)
    if refusal is not None:
        report_refusal(refusal, report)
        return _delivery(Failed(), report, options)
    try:
        plan = _plan_runtime(root, report, options)
        outcome = _execute(plan, None, report, options)
    except PublicationError as error:
        report.add(Code.UNUSABLE_OUTPUT, str(error))
        outcome = Failed()
    return _delivery(outcome, report, options)


def deliver_deployment(
    reading: Reading, root: Path, files: FileTree, options: Options
) -> DeliveryResult:
    """Publish the deployment of a spec's package in a directory, unless it is dry."""
    spec = reading.spec
    report = Report(str(spec))
    refusal = unusable_output(options.output, root, spec)
    if refusal is not None:
        report_refusal(refusal, report)
        return _delivery(Failed(), report, options)
    sources = Deployed(spec.name, disk.digest(reading.content), origin(spec, root))
    try:
        plan = _plan(_Target(root, files, sources, None), report, options)
        outcome = _execute(plan, None, report, options)
    except PublicationError as error:
        report.add(Code.UNUSABLE_OUTPUT, str(error))
        outcome = Failed()
    return _delivery(outcome, report, options)


@dataclass(frozen=True)
class _Target:
    """A directory, its files and their sources, and the directory of its modules.

    That is None if Python imports nothing from it.
    """

    root: Path
    files: FileTree
    sources: Sources
    modules: str | None


def _plan_kept(package: Path, report: Report, options: Options) -> Plan | None:
    """Plan the distribution of the runtime beside a package that depends on it."""
    root = kept_distribution(options)
    if root == package:
        report_refusal(foreign_runtime(package), report)
    return None if root is None else _plan_runtime(root, report, options)


def _plan_runtime(root: Path, report: Report, options: Options) -> Plan | None:
    files, sources = distribution_tree(), distribution_sources()
    return _plan(_Target(root, files, sources, LIBRARY_PACKAGE), report, options)


def _plan(target: _Target, report: Report, options: Options) -> Plan | None:
    """Plan the changes of a directory, and report the obstacles to them."""
    result = plan(target.root, target.files, target.sources, force=options.force)
    if isinstance(result, Refusal):
        report_refusal(result, report)
        return None
    _report_edited(result, report)
    if target.modules is not None:
        _report_foreign(result, target.modules, report)
    return result


def _execute(
    package: Plan | None, runtime: Plan | None, report: Report, options: Options
) -> Compiled | Failed:
    """Publish the plans unless there are errors, or the run is dry.

    The runtime comes first: if the run is killed between the two, the modules of
    packages run on a newer runtime, as they may.
    """
    if package is None or has_errors(_judge(report, options)):
        return Failed()
    if options.dry:
        return Compiled(package, runtime)
    runtime = runtime and publish(runtime)
    return Compiled(publish(package), runtime)


def _delivery(
    outcome: Compiled | Failed,
    report: Report,
    options: Options,
    manifest: File | None = None,
) -> DeliveryResult:
    return DeliveryResult(outcome, _judge(report, options), manifest)


def _judge(report: Report, options: Options) -> tuple[Diagnostic, ...]:
    """Return the diagnostics about the directory: `strict` is only about the spec."""
    return judge(report.diagnostics, replace(options, strict=False))


def _report_edited(plan: Plan, report: Report) -> None:
    """Report each generated file that was edited."""
    for path in plan.edited:
        report.add(
            Code.EDITED_GENERATED_FILE,
            f"'{plan.root / path}' isn't the file that was generated",
            hint="move the edit elsewhere, or overwrite it with --force",
        )


def _report_foreign(plan: Plan, modules: str, report: Report) -> None:
    """Report modules in the package that aren't generated, but could be imported.

    Raises:
        PublicationError: The directory can't be read.
    """
    paths = (file.path for file in plan.emitted)
    with disk.disk_failures("read", plan.root):
        ours = (*paths, *plan.removed)
        for foreign in foreign_modules(plan.root, modules, ours):
            report.add(Code.FOREIGN_MODULE, foreign.message, hint=foreign.remedy)
