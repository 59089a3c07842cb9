"""The last stage: the emitted files are compared with the disk, and published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import Delivery, has_errors, judge
from naftiko_gen.diagnostics import Code, Report
from naftiko_gen.emit.files import File, FileTree, module_directory, package_root
from naftiko_gen.emit.runtime.source import (
    DISTRIBUTION,
    LIBRARY_PACKAGE,
    distribution_root,
    runtime_file,
    runtime_files,
    runtime_record,
)
from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.disk import PublicationError
from naftiko_gen.publish.foreign_modules import foreign_modules
from naftiko_gen.publish.manifest import Deployed, WholeRuntime
from naftiko_gen.publish.outcome import Changes
from naftiko_gen.publish.plan import plan, publish
from naftiko_gen.publish.provenance import origin, recorded_origin
from naftiko_gen.publish.refusal import check_output

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.diagnostics import Diagnostic
    from naftiko_gen.frontend import Reading
    from naftiko_gen.publish.manifest import Provenance, Sources
    from naftiko_gen.publish.plan import Plan

_FRAME = ("CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml")


@dataclass(frozen=True)
class Delivered:
    """The changes of a directory, None if it has errors, and its diagnostics."""

    changes: Changes | None
    diagnostics: tuple[Diagnostic, ...]


def deliver(
    spec: Path, files: FileTree, provenance: Provenance, options: Options
) -> Delivered:
    """Publish the files of a package, unless the run is dry.

    `provenance` has no origin yet: the origin depends on the manifest on disk.
    """
    root = package_root(spec, options)
    complete = replace(provenance, origin=recorded_origin(spec, options))
    modules = module_directory(spec, options.layout)
    package = _Target(root, files, complete, modules)
    kept_root = kept_distribution(options)
    runtime = _runtime(kept_root) if kept_root else None
    return _deliver(spec, package, options, runtime)


def deliver_runtime(root: Path, options: Options) -> Delivered:
    """Publish the distribution of the runtime, which needs no spec, in a directory."""
    return _deliver(None, _runtime(root), options)


def deliver_deployment(
    reading: Reading, root: Path, files: FileTree, options: Options
) -> Delivered:
    """Publish the deployment of a spec's package in a directory, unless it is dry."""
    spec = reading.spec
    sources = Deployed(spec.name, disk.digest(reading.content), origin(spec, root))
    return _deliver(spec, _Target(root, files, sources, None), options)


# --- the distribution of the runtime ----------------------------------------------


def kept_distribution(options: Options) -> Path | None:
    """Return the directory of the distribution beside packages that depend on it.

    None if packages with these options have copies, or somebody else provides it.
    """
    is_kept = options.keeps_runtime and options.runtime is Delivery.LIBRARY
    return options.output / DISTRIBUTION if is_kept else None


def distribution_digest() -> str:
    """Return the digest of the manifest that the distribution has to have."""
    file = manifest.render(WholeRuntime(runtime_record()), _distribution())
    return disk.digest(file.content)


def _distribution() -> FileTree:
    """Return the files of the distribution: every file of the runtime."""
    frame = (File(name, (distribution_root() / name).read_bytes()) for name in _FRAME)
    files = (
        File(f"{LIBRARY_PACKAGE}/{path}", runtime_file(path))
        for path in runtime_files()
    )
    return FileTree((*frame, *files))


# --- delivery ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Target:
    """A directory, its files and their sources, and the directory of its modules.

    That is None if Python imports nothing from it.
    """

    root: Path
    files: FileTree
    sources: Sources
    modules: str | None


def _runtime(root: Path) -> _Target:
    return _Target(
        root, _distribution(), WholeRuntime(runtime_record()), LIBRARY_PACKAGE
    )


def _deliver(
    spec: Path | None, target: _Target, options: Options, runtime: _Target | None = None
) -> Delivered:
    """Publish the plans unless there are errors, or the run is dry."""
    report = Report(str(spec or target.root))
    try:
        check_output(options.output, target.root, spec)
        if runtime and runtime.root == target.root:
            message = f"'{target.root}' holds the runtime, and no package"
            report.add(Code.FOREIGN_PACKAGE, message)
        package = _plan(target, report, options)
        kept_plan = _plan(runtime, report, options) if runtime else None
        changes = _execute(package, kept_plan, report, options)
    except PublicationError as error:
        report.add(error.code, str(error))
        changes = None
    return Delivered(changes, _judge(report, options))


def _plan(target: _Target, report: Report, options: Options) -> Plan | None:
    """Plan the changes of a directory, and report the obstacles to them."""
    try:
        result = plan(target.root, target.files, target.sources, force=options.force)
    except PublicationError as error:
        report.add(error.code, str(error))
        return None
    for path in result.edited:
        report.add(
            Code.EDITED_GENERATED_FILE,
            f"'{result.root / path}' isn't the file that was generated",
            hint="move the edit elsewhere, or overwrite it with --force",
        )
    if target.modules is not None:
        paths = (file.path for file in result.emitted)
        with disk.disk_failures("read", result.root):
            ours = (*paths, *result.removed)
            for foreign in foreign_modules(result.root, target.modules, ours):
                report.add(Code.FOREIGN_MODULE, foreign.message, hint=foreign.remedy)
    return result


def _execute(
    package: Plan | None, runtime: Plan | None, report: Report, options: Options
) -> Changes | None:
    """Carry out the plans unless there are errors; return the changes.

    The runtime comes first: if the run is killed between the two, the modules of
    packages run on a newer runtime, as they may.
    """
    if package is None or has_errors(_judge(report, options)):
        return None
    changes = _carry_out(runtime, options) if runtime else None
    return replace(_carry_out(package, options), runtime=changes)


def _carry_out(plan: Plan, options: Options) -> Changes:
    plan = plan if options.dry else publish(plan)
    files = plan.written, plan.unchanged, plan.removed
    return Changes(plan.root, *files, plan.dependencies, plan)


def _judge(report: Report, options: Options) -> tuple[Diagnostic, ...]:
    """Return the diagnostics about the directory: `strict` is only about the spec."""
    return judge(report.diagnostics, replace(options, strict=False))
