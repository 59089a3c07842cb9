"""A run of `naftiko-gen SPEC...`: results, and files for build tools."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.building import depfile
from naftiko_gen.building.batch import Batch, Changes, SpecResult
from naftiko_gen.building.depfile import Rule
from naftiko_gen.cli import streams, summary_lines
from naftiko_gen.cli.summary_lines import next_step
from naftiko_gen.configuration.options import has_errors
from naftiko_gen.diagnostics import rendering
from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import quote, safe
from naftiko_gen.diagnostics.rendering import PackageSummary
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.emit.files import package_directory
from naftiko_gen.language.names import spec_slug
from naftiko_gen.publish.manifest import MANIFEST_NAME
from naftiko_gen.publish.outcome import Failed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from naftiko_gen.configuration.options import Settings


class CompileRun:
    """A run over some specs."""

    def __init__(self, arguments: argparse.Namespace, settings: Settings) -> None:
        self._arguments = arguments
        self._specs = settings.specs
        self._jobs = settings.jobs
        is_dry = arguments.check or arguments.diff
        self._options = replace(settings.options, dry=is_dry, keeps_runtime=True)
        self._build_files = BuildFiles(
            arguments.depfile, arguments.stamp, settings.file
        )

    def perform(self) -> Exit:
        """Compile every spec; a failing one doesn't stop the others."""
        began = time.time_ns()
        results = self.results(self._specs)
        runtime = self.runtime_results(results)
        has_failed = any(map(_has_failed, [*results, *runtime]))
        unwritable = [] if has_failed else list(self._write_build_files(results, began))
        self.report([*results, *runtime], unwritable)
        if has_failed or unwritable or self._is_refused_change([*results, *runtime]):
            return Exit.FAILED
        self._write_next_step(results)
        return Exit.DONE

    def results(self, specs: Sequence[Path]) -> list[SpecResult]:
        """Compile some of the specs; print nothing but the progress."""
        results = list(self._results(specs))
        self._clear_progress()
        return results

    def runtime_results(self, results: Sequence[SpecResult]) -> list[SpecResult]:
        """Return the result for the runtime beside the packages, if it changes.

        The first package that needs it finds or makes the changes.
        """
        packages = [r.outcome for r in results if isinstance(r.outcome, Changes)]
        all_changes = (package.runtime for package in packages if package.runtime)
        changes = next(all_changes, None)
        result = SpecResult(changes.root, {}, (), changes) if changes else None
        return [self._check(result)] if result else []

    def report(
        self, results: list[SpecResult], build_files: Sequence[SpecResult] = ()
    ) -> None:
        """Print the results of specs, and of the files for build tools."""
        self._write_diagnostics([*results, *build_files])
        # In other formats, standard output is a single document.
        if self._arguments.format in ("text", "github"):
            self._write_outcomes(results)

    def _results(self, specs: Sequence[Path]) -> Iterator[SpecResult]:
        rivals = self._rivals()
        batch = Batch(
            self._options,
            quotes_notes=self._arguments.verbose,
            wants_diff=self._arguments.diff,
        )
        if len(self._specs) == 1:
            batch = replace(batch, tell=self._show_step)
        compilable = [spec for spec in specs if spec not in rivals]
        results = batch.compile(compilable, self._jobs)
        for index, spec in enumerate(specs):
            self._show_progress(spec, index, len(specs))
            result = (
                _refuse_rival(spec, rivals[spec]) if spec in rivals else next(results)
            )
            yield self._check(result)

    def _write_build_files(
        self, results: list[SpecResult], began: int
    ) -> Iterator[SpecResult]:
        """Write the files for build tools; yield the errors of writing them."""
        for error in self._build_files.write(results, began):
            yield SpecResult(Path(error.file), {}, (error,), Failed())

    def _rivals(self) -> dict[Path, Path]:
        """Return the specs that share a package, each with another one of them."""
        packages: dict[str, list[Path]] = {}
        for spec in self._specs:
            name = package_directory(spec, self._options.layout)
            packages.setdefault(name, []).append(spec)
        return {
            spec: specs[1] if spec == specs[0] else specs[0]
            for specs in packages.values()
            if len(specs) > 1
            for spec in specs
        }

    def _check(self, result: SpecResult) -> SpecResult:
        """Return the result, with a diagnostic if `--check` finds it outdated."""
        if not self._arguments.check:
            return result
        match result.outcome:
            case Changes() as changes if changes:
                error = _outdated_package(result, changes)
                return replace(result, diagnostics=(*result.diagnostics, error))
            case _:
                return result

    def _show_progress(self, spec: Path, index: int, count: int) -> None:
        if count > 1:
            self._show(f"[{index + 1}/{count}] {safe(spec.name)[:60]}")

    def _show_step(self, step: str) -> None:
        """Show a step of compiling the only spec."""
        self._show(f"{safe(self._specs[0].name)[:60]}: {safe(step)[:60]}")

    def _show(self, progress: str) -> None:
        """Replace the line of progress on a terminal."""
        if sys.stderr.isatty() and not self._arguments.quiet:
            print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)

    def _clear_progress(self) -> None:
        self._show("")

    def _write_diagnostics(self, results: list[SpecResult]) -> None:
        if self._arguments.format == "text":
            diagnostics = [
                diagnostic
                for result in results
                for diagnostic in self._select_for_people(result)
            ]
            print(self._text(results, diagnostics), end="", file=sys.stderr)
        else:
            diagnostics = [
                diagnostic for result in results for diagnostic in self._select(result)
            ]
            packages = filter(None, map(_summary, results))
            form = self._arguments.format
            streams.write(rendering.document(form, diagnostics, packages))

    def _text(self, results: list[SpecResult], diagnostics: list[Diagnostic]) -> str:
        sources = {
            name: content
            for result in results
            for name, content in result.sources.items()
        }
        return rendering.text(
            diagnostics,
            sources,
            verbose=self._arguments.verbose,
            color=rendering.has_colors(sys.stderr, self._arguments.color),
            are_grouped=not self._arguments.verbose,
        )

    def _select(self, result: SpecResult) -> list[Diagnostic]:
        """Return the diagnostics; with `--quiet`, only the errors."""
        return [
            diagnostic
            for diagnostic in result.diagnostics
            if not self._arguments.quiet or diagnostic.severity is Severity.ERROR
        ]

    def _select_for_people(self, result: SpecResult) -> list[Diagnostic]:
        """Return the diagnostics for people; notes are among them with `--verbose`."""
        diagnostics = self._select(result)
        if self._arguments.verbose:
            return diagnostics
        return [
            diagnostic
            for diagnostic in diagnostics
            if diagnostic.severity is not Severity.NOTE
        ]

    def _write_outcomes(self, results: list[SpecResult]) -> None:
        for result in results:
            if isinstance(result.outcome, Changes) and self._arguments.diff:
                streams.write(result.outcome.diff)
            elif isinstance(result.outcome, Changes) and self._arguments.check:
                changes = result.outcome
                streams.write_drift(changes.root, changes.written, changes.removed)
            if not self._arguments.quiet:
                self._write_lines(result)
        if not self._arguments.quiet:
            print(summary_lines.failures_line(results), end="", file=sys.stderr)

    def _write_lines(self, result: SpecResult) -> None:
        """Print a line that counts the notes of a spec, and one about its package."""
        verbose = self._arguments.verbose
        if self._arguments.format == "text" and not verbose:
            for line in summary_lines.notes_lines(result):
                print(line, file=sys.stderr)
        if not self._options.dry:
            for line in summary_lines.tools_lines(result):
                print(line, file=sys.stderr)
        strict = self._options.strict
        line = summary_lines.package_line(
            result, dry=self._options.dry, verbose=verbose, strict=strict
        )
        print(line, file=sys.stderr)

    def _write_next_step(self, results: list[SpecResult]) -> None:
        """Print the next command to type, if a package was written."""
        if (
            self._options.dry
            or self._arguments.quiet
            or self._arguments.format != "text"
        ):
            return
        options = self._options
        for line in next_step(results, options.layout, options.runtime):
            print(line, file=sys.stderr)

    def _is_refused_change(self, results: list[SpecResult]) -> bool:
        """Return whether `--fail-on-change` was typed and a package was written."""
        return self._arguments.fail_on_change and any(
            isinstance(result.outcome, Changes) and result.outcome for result in results
        )


def _has_failed(result: SpecResult) -> bool:
    """Return whether a spec failed, or its package is outdated with `--check`."""
    return isinstance(result.outcome, Failed) or has_errors(result.diagnostics)


def _summary(result: SpecResult) -> PackageSummary | None:
    match result.outcome:
        case Changes() as changes:
            return PackageSummary(
                spec=str(result.spec),
                slug=spec_slug(result.spec),
                path=str(changes.root),
                written=changes.written,
                unchanged=changes.unchanged,
                removed=changes.removed,
                dependencies=changes.dependencies,
            )
        case Failed():
            return None
        case _:
            assert_never(result.outcome)


def _refuse_rival(spec: Path, rival: Path) -> SpecResult:
    """Return the result of a spec that shares its package with another one."""
    message = f"it has the same package as {quote(str(rival))}"
    error = Diagnostic(Code.DUPLICATE_PACKAGE, message, str(spec))
    return SpecResult(spec, {}, (error,), Failed())


def _outdated_package(result: SpecResult, changes: Changes) -> Diagnostic:
    count = len(changes.written) + len(changes.removed)
    differing = "1 file differs" if count == 1 else f"{count} files differ"
    message = f"{quote(str(changes.root))} is outdated: {differing}"
    return Diagnostic(Code.OUTDATED_PACKAGE, message, str(result.spec))


@dataclass(frozen=True)
class BuildFiles:
    """The files for build tools: None where none is wanted.

    Packages depend on `configuration` as well as on their specs.
    """

    depfile: Path | None
    stamp: Path | None
    configuration: Path | None

    def write(self, results: Sequence[SpecResult], began: int) -> Iterator[Diagnostic]:
        """Write the files after a run without errors; yield the errors of writing.

        `began` is the time at which the run began, in nanoseconds.
        """
        try:
            if self.depfile:
                rules = list(self._rules(results))
                depfile.write(self.depfile, depfile.depfile(rules))
            if self.stamp:
                depfile.touch(self.stamp, began)
        except depfile.UnwritableNameError as error:
            message = f"a depfile can't name {quote(error.args[0])}"
            yield Diagnostic(Code.UNUSABLE_DEPFILE, message, str(self.depfile))
        except OSError as error:
            message = f"can't write it: {error.strerror}"
            file = str(error.filename2 or error.filename or self.depfile)
            yield Diagnostic(Code.UNUSABLE_DEPFILE, message, file)

    def _rules(self, results: Sequence[SpecResult]) -> Iterator[Rule]:
        """Yield one rule for the stamp, or else one for each package's manifest."""
        all_files: dict[Path, None] = {}
        for result in results:
            files = tuple(self._prerequisites(result))
            all_files |= dict.fromkeys(files)
            if self.stamp is None and isinstance(result.outcome, Changes):
                yield Rule(result.outcome.root / MANIFEST_NAME, files)
        if self.stamp is not None:
            yield Rule(self.stamp, tuple(all_files))

    def _prerequisites(self, result: SpecResult) -> Iterator[Path]:
        yield result.spec
        yield from (result.spec.parent / name for name in result.imports)
        if self.configuration is not None:
            yield self.configuration
