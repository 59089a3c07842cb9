"""One run over some specs: compiled, and said what became of them."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import reporting, streams
from naftiko_gen.batch import Batch, Changes, Finished
from naftiko_gen.codes import Code, Severity
from naftiko_gen.compiling.records import Records
from naftiko_gen.diagnostics import Diagnostic
from naftiko_gen.exits import Exit
from naftiko_gen.pipeline import Failed, Options, package_directory, slug
from naftiko_gen.quoting import safe, shown
from naftiko_gen.reporting import PackageSummary

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from naftiko_gen.configuration.settings import Settings


class Run:
    """One run over some specs: compiles each, then says what became of them."""

    def __init__(self, arguments: argparse.Namespace, settings: Settings) -> None:
        self._arguments = arguments
        self._specs = settings.specs
        self._jobs = settings.jobs
        self._dry = arguments.check or arguments.diff
        self._options = Options(
            output=settings.output,
            layout=settings.layout,
            api_docs=settings.api_docs,
            strict=settings.strict,
            force=arguments.force,
            skip_unresolved=settings.skip_unresolved,
            dry=self._dry,
            import_root=settings.import_root,
            severities=settings.severities,
            cached=not arguments.no_cache,
        )
        self._records = Records(arguments.depfile, arguments.stamp, settings.file)

    def perform(self) -> Exit:
        """Compile every spec; a failing one doesn't stop the others."""
        began = time.time_ns()
        results = self.results(self._specs)
        has_failed = any(map(_has_failed, results))
        records = [] if has_failed else list(self._recorded(results, began))
        self.say(results, records)
        is_wrong = has_failed or records or self._changed(results)
        return Exit.FAILED if is_wrong else Exit.DONE

    def results(self, specs: Sequence[Path]) -> list[Finished]:
        """Compile some of the specs, and say nothing but how far that is."""
        results = list(self._results(specs))
        self._clear_progress()
        return results

    def say(self, results: list[Finished], records: Sequence[Finished] = ()) -> None:
        """Write what is to be said about specs, and about what is left for others."""
        self._write_diagnostics([*results, *records])
        # Where standard output is one document, nothing else may be on it.
        if self._arguments.format in ("text", "github"):
            self._write_outcomes(results)

    def _results(self, specs: Sequence[Path]) -> Iterator[Finished]:
        rivals = self._rivals()
        batch = Batch(
            self._options,
            quotes_notes=self._arguments.verbose,
            wants_diff=self._arguments.diff,
        )
        wanted = [spec for spec in specs if spec not in rivals]
        compiled = batch.compiled(wanted, self._jobs)
        for index, spec in enumerate(specs):
            self._show_progress(spec, index, len(specs))
            done = _refused(spec, rivals[spec]) if spec in rivals else next(compiled)
            yield _checked(done) if self._arguments.check else done

    def _recorded(self, results: list[Finished], began: int) -> Iterator[Finished]:
        """Leave what build tools want to know; yield what is in the way of that."""
        for found in self._records.write(results, began):
            yield Finished(Path(found.file), {}, (found,), Failed())

    def _rivals(self) -> dict[Path, Path]:
        """Return the specs whose package another one has too, each with that one."""
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

    def _show_progress(self, spec: Path, index: int, count: int) -> None:
        if count > 1 and sys.stderr.isatty() and not self._arguments.quiet:
            name = safe(spec.name)[:60]
            print(
                f"\r\x1b[K[{index + 1}/{count}] {name}",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def _clear_progress(self) -> None:
        if len(self._specs) > 1 and sys.stderr.isatty() and not self._arguments.quiet:
            print("\r\x1b[K", end="", file=sys.stderr)

    def _write_diagnostics(self, results: list[Finished]) -> None:
        if self._arguments.format == "text":
            told = [one for result in results for one in self._told(result)]
            print(self._text(results, told), end="", file=sys.stderr)
        else:
            found = [one for result in results for one in self._wanted(result)]
            packages = filter(None, map(_summary, results))
            form = self._arguments.format
            streams.write(reporting.document(form, found, packages))

    def _text(self, results: list[Finished], found: list[Diagnostic]) -> str:
        sources = {
            name: content
            for result in results
            for name, content in result.sources.items()
        }
        return reporting.text(
            found,
            sources,
            verbose=self._arguments.verbose,
            color=sys.stderr.isatty(),
        )

    def _wanted(self, result: Finished) -> list[Diagnostic]:
        return [
            one
            for one in result.diagnostics
            if not self._arguments.quiet or one.severity is Severity.ERROR
        ]

    def _told(self, result: Finished) -> list[Diagnostic]:
        """Return what people are told: notes only once, about what is written."""
        wanted = self._wanted(result)
        if self._arguments.verbose or not _is_unchanged(result):
            return wanted
        return [one for one in wanted if one.severity is not Severity.NOTE]

    def _write_outcomes(self, results: list[Finished]) -> None:
        for result in results:
            if isinstance(result.outcome, Changes) and self._arguments.diff:
                streams.write(result.outcome.diff)
            elif isinstance(result.outcome, Changes) and self._arguments.check:
                _write_drift(result.outcome)
            if not self._arguments.quiet:
                print(self._sentence(result), file=sys.stderr)

    def _sentence(self, result: Finished) -> str:
        remark = _way(result) if self._arguments.verbose else _unseen(result)
        return _sentence(result, remark, dry=self._dry)

    def _changed(self, results: list[Finished]) -> bool:
        """Say whether something was written in the mode in which nothing may be."""
        return self._arguments.fail_on_change and any(
            isinstance(result.outcome, Changes) and result.outcome for result in results
        )


def _has_failed(result: Finished) -> bool:
    """Say whether there is an error, which may be about what was written."""
    found = (one.severity is Severity.ERROR for one in result.diagnostics)
    return isinstance(result.outcome, Failed) or any(found)


def _is_unchanged(result: Finished) -> bool:
    return isinstance(result.outcome, Changes) and not result.outcome


def _unseen(result: Finished) -> str:
    """Say how many notes aren't shown."""
    notes = sum(one.severity is Severity.NOTE for one in result.diagnostics)
    return f"; -v shows its {_counted(notes, 'note')}" if notes else ""


def _way(result: Finished) -> str:
    """Say how it was found that a package is up to date."""
    match result.outcome:
        case Changes(compiled=False):
            return ", as the cache knows"
        case _:
            return ", compiled anew"


def _summary(result: Finished) -> PackageSummary | None:
    match result.outcome:
        case Changes() as changes:
            return PackageSummary(
                spec=str(result.spec),
                slug=slug(result.spec),
                path=str(changes.root),
                written=changes.written,
                unchanged=changes.unchanged,
                removed=changes.removed,
            )
        case Failed():
            return None
        case _:
            assert_never(result.outcome)


def _refused(spec: Path, rival: Path) -> Finished:
    message = f"its package would be that of {shown(str(rival))}"
    found = Diagnostic(Code.DUPLICATE_PACKAGE, message, str(spec))
    return Finished(spec, {}, (found,), Failed())


def _checked(result: Finished) -> Finished:
    """Take a package that isn't what its spec says for an error."""
    match result.outcome:
        case Changes(root=root, written=written, removed=removed) as changes if changes:
            count = len(written) + len(removed)
            differing = "1 file differs" if count == 1 else f"{count} files differ"
            message = f"{shown(str(root))} isn't what it makes: {differing}"
            found = Diagnostic(Code.OUTDATED_PACKAGE, message, str(result.spec))
            return replace(result, diagnostics=(*result.diagnostics, found))
        case _:
            return result


def _write_drift(changes: Changes) -> None:
    """List what differs, one path a line."""
    for verb, paths in (("write", changes.written), ("remove", changes.removed)):
        for path in paths:
            streams.write(f"would {verb} {safe(str(changes.root / path))}\n")


def _sentence(result: Finished, remark: str, *, dry: bool) -> str:
    """Say in a line what became of a spec, with a remark if that was nothing."""
    spec = _harmless(safe(str(result.spec)))
    match result.outcome:
        case Changes(root=root) as changes if not changes:
            return f"{spec}: {safe(str(root))} is up to date{remark}"
        case Changes(root=root, written=files, removed=removed):
            verb = "would write" if dry else "wrote"
            written = f"{verb} {_counted(len(files), 'file')} to {safe(str(root))}"
            gone = f", removed {len(removed)}" if removed else ""
            return f"{spec}: {written}{gone}"
        case Failed():
            errors = sum(one.severity is Severity.ERROR for one in result.diagnostics)
            return f"{spec}: {_counted(errors, 'error')}, nothing written"
        case _:
            assert_never(result.outcome)


def _harmless(name: str) -> str:
    """Return the name of a file that at the start of a line is no command to GitHub."""
    return f"./{name}" if name.startswith(("::", "##[")) else name


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
