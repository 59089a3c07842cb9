"""A run of `naftiko-gen SPEC...`: results, and files for build tools."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from naftiko_gen.building import depfile
from naftiko_gen.building.batch import Batch
from naftiko_gen.building.depfile import Rule
from naftiko_gen.cli import streams, summary_lines
from naftiko_gen.configuration.options import Settings, has_errors
from naftiko_gen.diagnostics import (
    Code,
    Diagnostic,
    Exit,
    Severity,
    quote,
    rendering,
    safe,
)
from naftiko_gen.emit.files import package_directory
from naftiko_gen.language.names import spec_slug
from naftiko_gen.publish.manifest import MANIFEST_NAME
from naftiko_gen.publish.outcome import Changes, Result


class CompileRun:
    """A run over some specs."""

    def __init__(self, arguments: argparse.Namespace, settings: Settings) -> None:
        self._arguments = arguments
        self._settings = settings
        is_dry = arguments.check or arguments.diff
        self._options = replace(settings.options, dry=is_dry, keeps_runtime=True)

    def perform(self) -> Exit:
        """Compile every spec; a failing one doesn't stop the others."""
        began = time.time_ns()
        specs = self.results(self._settings.specs)
        results = [*specs, *self.runtime_results(specs)]
        has_failed = any(
            result.changes is None or has_errors(result.diagnostics)
            for result in results
        )
        unwritable = [] if has_failed else list(self._write_build_files(specs, began))
        self.report(results, unwritable)
        is_changed = any(item.changes and item.changes.are_any for item in results)
        if has_failed or unwritable or (self._arguments.fail_on_change and is_changed):
            return Exit.FAILED
        is_quiet = self._arguments.quiet or self._arguments.format != "text"
        if not (is_quiet or self._options.dry):
            for line in summary_lines.next_step(specs, self._options):
                print(line, file=sys.stderr)
        return Exit.DONE

    def results(self, specs: Sequence[Path]) -> list[Result]:
        """Compile some of the specs; print nothing but the progress."""
        results = list(self._results(specs))
        self._show("")
        return results

    def runtime_results(self, results: Sequence[Result]) -> list[Result]:
        """Return the result for the runtime beside the packages, if it changes.

        The first package that needs it finds or makes the changes.
        """
        all_changes = (item.changes.runtime for item in results if item.changes)
        changes = next((item for item in all_changes if item and item.are_any), None)
        return [self._check(Result(changes.root, (), changes))] if changes else []

    def report(self, results: list[Result], build_files: Sequence[Result] = ()) -> None:
        """Print the results of specs, and of the files for build tools."""
        self._write_diagnostics([*results, *build_files])
        # In other formats, standard output is a single document.
        if self._arguments.format in ("text", "github"):
            self._write_outcomes(results)

    def _results(self, specs: Sequence[Path]) -> Iterator[Result]:
        rivals = self._rivals()
        batch = Batch(
            self._options,
            quotes_notes=self._arguments.verbose,
            wants_diff=self._arguments.diff,
        )
        if len(self._settings.specs) == 1:
            batch = replace(batch, tell=self._show_step)
        compilable = [spec for spec in specs if spec not in rivals]
        results = batch.compile(compilable, self._settings.jobs)
        for number, spec in enumerate(specs, 1):
            if len(specs) > 1:
                self._show(f"[{number}/{len(specs)}] {safe(spec.name)[:60]}")
            if spec in rivals:
                message = f"it has the same package as {quote(str(rivals[spec]))}"
                error = Diagnostic(Code.DUPLICATE_PACKAGE, message, str(spec))
                yield Result(spec, (error,))
            else:
                yield self._check(next(results))

    def _rivals(self) -> dict[Path, Path]:
        """Return the specs that share a package, each with another one of them."""
        packages: dict[str, list[Path]] = {}
        for spec in self._settings.specs:
            name = package_directory(spec, self._options.layout)
            packages.setdefault(name, []).append(spec)
        return {
            spec: specs[1] if spec == specs[0] else specs[0]
            for specs in packages.values()
            if len(specs) > 1
            for spec in specs
        }

    def _check(self, result: Result) -> Result:
        """Return the result, with a diagnostic if `--check` finds it outdated."""
        changes = result.changes
        if changes is None or not (self._arguments.check and changes.are_any):
            return result
        number = len(changes.written) + len(changes.removed)
        differing = "1 file differs" if number == 1 else f"{number} files differ"
        message = f"{quote(str(changes.root))} is outdated: {differing}"
        error = Diagnostic(Code.OUTDATED_PACKAGE, message, str(result.spec))
        return replace(result, diagnostics=(*result.diagnostics, error))

    def _show_step(self, step: str) -> None:
        """Show a step of compiling the only spec."""
        name = safe(self._settings.specs[0].name)[:60]
        self._show(f"{name}: {safe(step)[:60]}")

    def _show(self, progress: str) -> None:
        """Replace the line of progress on a terminal."""
        if sys.stderr.isatty() and not self._arguments.quiet:
            print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)

    # --- messages -----------------------------------------------------------------

    def _write_diagnostics(self, results: list[Result]) -> None:
        """Print the diagnostics: with `--quiet`, only the errors."""
        name, is_verbose = self._arguments.format, self._arguments.verbose
        severities = [Severity.ERROR] if self._arguments.quiet else [*Severity]
        if name == "text" and not is_verbose and Severity.NOTE in severities:
            severities.remove(Severity.NOTE)
        diagnostics = [
            diagnostic
            for result in results
            for diagnostic in result.diagnostics
            if diagnostic.severity in severities
        ]
        if name != "text":
            packages = [
                _summary(item.spec, item.changes) for item in results if item.changes
            ]
            streams.write(rendering.document(name, diagnostics, packages))
            return
        sources = {name: text for r in results for name, text in r.sources.items()}
        form = {"verbose": is_verbose, "are_grouped": not is_verbose}
        streams.show(diagnostics, sources, self._arguments.color, **form)

    def _write_outcomes(self, results: list[Result]) -> None:
        for result in results:
            changes = result.changes
            if changes and self._arguments.diff:
                streams.write(changes.diff)
            elif changes and self._arguments.check:
                streams.write_drift(changes.root, changes.written, changes.removed)
            if not self._arguments.quiet:
                self._write_lines(result)
        if not self._arguments.quiet:
            print(summary_lines.failures_line(results), end="", file=sys.stderr)

    def _write_lines(self, result: Result) -> None:
        """Print a line that counts the notes of a spec, and one about its package."""
        is_verbose = self._arguments.verbose
        if self._arguments.format == "text" and not is_verbose:
            for line in summary_lines.notes_lines(result):
                print(line, file=sys.stderr)
        if not self._options.dry:
            for line in summary_lines.tools_lines(result):
                print(line, file=sys.stderr)
        line = summary_lines.package_line(result, self._options, verbose=is_verbose)
        print(line, file=sys.stderr)

    # --- files for build tools ----------------------------------------------------

    def _write_build_files(self, results: list[Result], began: int) -> Iterator[Result]:
        """Write the files after a run without errors; yield the errors of writing.

        `began` is the time at which the run began, in nanoseconds.
        """
        target, stamp = self._arguments.depfile, self._arguments.stamp
        try:
            if target:
                rules = list(self._rules(results, stamp))
                depfile.write(target, depfile.depfile(rules))
            if stamp:
                depfile.touch(stamp, began)
        except depfile.UnwritableNameError as error:
            message = f"a depfile can't name {quote(error.args[0])}"
            yield _unusable_depfile(message, target)
        except OSError as error:
            message = f"can't write it: {error.strerror}"
            file = error.filename2 or error.filename or target
            yield _unusable_depfile(message, Path(file))

    def _rules(self, results: Sequence[Result], stamp: Path | None) -> Iterator[Rule]:
        """Yield one rule for the stamp, or else one for each package's manifest.

        Packages depend on the configuration as well as on their specs.
        """
        file = self._settings.file
        all_files: dict[Path, None] = {}
        for result in results:
            files = (*result.digests, *((file,) if file else ()))
            all_files |= dict.fromkeys(files)
            if stamp is None and result.changes:
                yield Rule(result.changes.root / MANIFEST_NAME, files)
        if stamp is not None:
            yield Rule(stamp, tuple(all_files))


def _summary(spec: Path, changes: Changes) -> dict[str, object]:
    """Return the changes of a package for programs."""
    return {
        "spec": str(spec),
        "slug": spec_slug(spec),
        "path": str(changes.root),
        "written": changes.written,
        "unchanged": changes.unchanged,
        "removed": changes.removed,
        "dependencies": changes.dependencies,
    }


def _unusable_depfile(message: str, file: Path) -> Result:
    error = Diagnostic(Code.UNUSABLE_DEPFILE, message, str(file))
    return Result(file, (error,))
