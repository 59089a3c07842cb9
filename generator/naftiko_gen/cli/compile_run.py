"""A run of `naftiko-gen SPEC...`: results, and files for build tools."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from naftiko_gen.building import depfile
from naftiko_gen.building.batch import Batch
from naftiko_gen.building.depfile import Rule
from naftiko_gen.cli import streams
from naftiko_gen.configuration.options import (
    Delivery,
    Layout,
    Options,
    Settings,
    has_errors,
)
from naftiko_gen.diagnostics import (
    NEVER_FIXED,
    Code,
    Diagnostic,
    Exit,
    Severity,
    count,
    line_start,
    quote,
    rendering,
    safe,
)
from naftiko_gen.emit.code import naming
from naftiko_gen.emit.files import package_directory
from naftiko_gen.emit.runtime.source import DISTRIBUTION
from naftiko_gen.language.names import UNKNOWN_VERSION, spec_slug
from naftiko_gen.openapi.prose import in_words
from naftiko_gen.publish import disk
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
            for line in next_step(specs, self._options):
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
            print(failures_line(results), end="", file=sys.stderr)

    def _write_lines(self, result: Result) -> None:
        """Print a line that counts the notes of a spec, and one about its package."""
        is_verbose = self._arguments.verbose
        if self._arguments.format == "text" and not is_verbose:
            for line in notes_lines(result):
                print(line, file=sys.stderr)
        if not self._options.dry:
            for line in tools_lines(result):
                print(line, file=sys.stderr)
        line = package_line(result, self._options, verbose=is_verbose)
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


_NAMED = 20
"""The most specs that the line of failures names."""


def notes_lines(result: Result) -> Iterator[str]:
    """Yield a line that counts the notes of a spec; none if it has no notes."""
    notes = [item for item in result.diagnostics if item.severity is Severity.NOTE]
    if not notes:
        return
    # `fix` leaves specs with errors alone.
    fixable = sum(note.code not in NEVER_FIXED for note in notes if result.changes)
    them = "it" if len(notes) == 1 else "them"
    some = them if fixable == len(notes) else f"{fixable} of {them}"
    fix = f"naftiko-gen fix writes {some} into the spec; " if fixable else ""
    yield f"{_spec(result)}: {count(len(notes), 'assumption')} ({fix}-v lists {them})"


def package_line(result: Result, options: Options, *, verbose: bool) -> str:
    """Return a line about the package of a spec.

    With `verbose`, it says whether an up-to-date package was compiled or found in the
    cache; in a strict run, how many errors are assumptions.
    """
    spec, changes = _spec(result), result.changes
    if changes is None:
        severities = [item.severity for item in result.diagnostics]
        errors = count(severities.count(Severity.ERROR), "error")
        reason = _strictness(result) if options.strict else ""
        return f"{spec}: {errors}, nothing written{reason}"
    root = safe(str(changes.root))
    if not changes.are_any:
        way = ", compiled anew" if changes.compiled else ", found in the cache"
        return f"{spec}: {root} is up to date{way if verbose else ''}"
    verb = "would write" if options.dry else "wrote"
    outcome = f"{verb} {count(len(changes.written), 'file')} to {root}"
    removals = f", removed {len(changes.removed)}" if changes.removed else ""
    return f"{spec}: {outcome}{removals}{_advise_version(result)}"


def tools_lines(result: Result) -> Iterator[str]:
    """Yield a line about the tools of each MCP server, if the package has changed."""
    if not (result.changes and result.changes.are_any):
        return
    for item in result.tool_lists:
        server = f" of {safe(item.namespace)}" if len(result.tool_lists) > 1 else ""
        tools = f"{count(len(item.tools), 'tool')}, {in_words(item.tokens)}"
        yield f"{_spec(result)}: tools/list{server}: {tools}"


def failures_line(results: Sequence[Result]) -> str:
    """Return a line that names the specs with errors among several, or nothing."""
    names = [_spec(result) for result in results if result.changes is None]
    if not names or len(results) == 1:
        return ""
    more = len(names) - _NAMED
    rest = f" and {more} more" if more > 0 else ""
    first = ", ".join(names[:_NAMED])
    return f"naftiko-gen: {count(len(names), 'spec')} failed: {first}{rest}\n"


def _strictness(result: Result) -> str:
    """Return how many errors are assumptions, and that `fix` can write them down.

    It can't while the spec has other errors.
    """
    failures = [d for d in result.diagnostics if d.severity is Severity.ERROR]
    assumptions = [d for d in failures if d.code.severity is not Severity.ERROR]
    if not assumptions:
        return ""
    errors = "an error" if len(assumptions) == 1 else "errors"
    reason = f"--strict makes {errors} of {count(len(assumptions), 'assumption')}"
    has_others = len(assumptions) < len(failures)
    is_fixable = any(diagnostic.code not in NEVER_FIXED for diagnostic in assumptions)
    fix = "; naftiko-gen fix writes assumptions into the spec"
    return f": {reason}{fix if is_fixable and not has_others else ''}"


def _advise_version(result: Result) -> str:
    """Return how to set a version; the note that says so is listed only with `-v`."""
    for diagnostic in result.diagnostics:
        if diagnostic.code is Code.MISSING_VERSION:
            return f"; it has version {UNKNOWN_VERSION}: {diagnostic.hint}"
    return ""


def _spec(result: Result) -> str:
    return line_start(str(result.spec))


def next_step(results: Sequence[Result], options: Options) -> Iterator[str]:
    """Yield a line with the command for the first package that was written.

    Yield none if its path holds control characters: it couldn't be typed.
    """
    for result in results:
        if result.changes and result.changes.written:
            line = _line(result.spec, result.changes, options)
            if safe(line) == line:
                yield line
            return


def _line(spec: Path, changes: Changes, options: Options) -> str:
    root, name = changes.root, spec_slug(spec)
    match options.layout:
        case Layout.PROJECT:
            needs = [_path(root)]
            command = str(naming.distribution_name(name))
        case Layout.PACKAGE:
            needs = [shlex.quote(library) for library in changes.dependencies]
            module = naming.module_name(name)
            command = f"PYTHONPATH={_path(root.parent)} python -P -m {module}"
        case _:
            assert_never(options.layout)
    if options.runtime is Delivery.LIBRARY:
        # The runtime is on no package index, where anybody could register its name.
        needs = [_path(root.parent / DISTRIBUTION), *needs]
    return f"next: pip install {' '.join(needs)} && {command} {_arguments(root)}"


def _path(path: Path) -> str:
    """Return a path for a shell, which pip can't take for a package on an index."""
    text = str(path)
    is_name = os.sep not in text
    return shlex.quote(f".{os.sep}{text}" if is_name or text.startswith("-") else text)


def _arguments(root: Path) -> str:
    """Return the arguments that fit: a package without ports can't be served."""
    content = disk.read(root / MANIFEST_NAME) or b"{}"
    match json.loads(content):
        case {"ports": dict(ports), "hosts": []} if ports:
            # It calls no upstream.
            return "serve"
        case {"ports": dict(ports)} if ports:
            return "serve --mock"
        case {"tools": dict(tools)} if tools:
            return "mcp-config --client claude-desktop"
        case _:
            return "--help"
