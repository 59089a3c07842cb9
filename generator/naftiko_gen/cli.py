"""The command line: arguments to options, results to text and an exit code."""

from __future__ import annotations

import argparse
import atexit
import gc
import sys
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from naftiko_gen import reporting, streams
from naftiko_gen.batch import Batch, Changes, Finished, WorkerLostError
from naftiko_gen.codes import Code, Severity
from naftiko_gen.diagnostics import Diagnostic
from naftiko_gen.layout import Layout
from naftiko_gen.pipeline import Failed, Options, UpToDate, package_directory, slug
from naftiko_gen.quoting import nearest, safe, shown
from naftiko_gen.reporting import PackageSummary
from naftiko_gen.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Exit(IntEnum):
    """What the exit code says."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    OUR_FAULT = 70


DESCRIPTION = """\
Compile Naftiko capability specs into Python packages that run: a REST API, an MCP
server and an Agent Skill, with tests. What the compiler assumed about a spec is
reported as notes, with the line that it is about.
"""
EPILOG = """\
examples:
  naftiko-gen specs/training-runs.yaml -o generated/
  naftiko-gen 'specs/*.yaml' -o generated/ --check     # in CI: exit 1 on drift
  naftiko-gen 'specs/*.yaml' --fail-on-change          # in a pre-commit hook
  naftiko-gen specs/orders.yaml -o src/ --layout package
  naftiko-gen explain specs/training-runs.yaml         # what each route and tool does
  naftiko-gen fix specs/training-runs.yaml --diff      # say what was assumed
  naftiko-gen --explain unknown-operation

exit codes: 0 done or up to date; 1 a spec is wrong, --check found drift,
--fail-on-change wrote something, or the output can't be written;
2 wrong usage; 70 a fault of naftiko-gen itself
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    # Garbage is rare here, and looking for it in what black imports is slow: both while
    # it runs and when the interpreter ends, which passes over what is frozen.
    gc.disable()
    atexit.register(gc.freeze)
    streams.prepare()
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = argparse.Namespace(traceback=False)
    try:
        if given[:1] == ["explain"]:
            return _explain_specs(given[1:], options)
        if given[:1] == ["fix"]:
            return _fix_specs(given[1:], options)
        parser = _parser()
        parser.parse_args(given, options)
        return _perform(parser, options)
    except KeyboardInterrupt:
        return 130
    except streams.UnwritableError as error:
        print(f"naftiko-gen: can't write the output: {error}", file=sys.stderr)
        return Exit.FAILED
    except WorkerLostError:
        print(
            "naftiko-gen: a process that compiles specs was killed or has crashed;"
            " run again, with --jobs 1 if memory is short",
            file=sys.stderr,
        )
        return Exit.OUR_FAULT
    except Exception as error:
        if options.traceback:
            raise
        kind = type(error).__name__
        print(
            f"naftiko-gen: internal error ({kind}); run again with --traceback"
            " and report what it prints",
            file=sys.stderr,
        )
        return Exit.OUR_FAULT


def _explain_specs(arguments: Sequence[str], options: argparse.Namespace) -> int:
    """Run the sub-command; a file of its name is meant by `./explain`."""
    from naftiko_gen.explaining import command

    parser = _Parser(
        prog="naftiko-gen explain",
        description=command.DESCRIPTION,
        epilog=command.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    parser.parse_args(arguments, options)
    _check_import_root(parser, options.import_root)
    try:
        is_done = command.perform(parser, options, _expanded(options.specs))
    except streams.UnwritableError as error:
        # A pager or `head` has seen enough.
        if isinstance(error.__cause__, BrokenPipeError):
            return Exit.DONE
        raise
    return Exit.DONE if is_done else Exit.FAILED


def _fix_specs(arguments: Sequence[str], options: argparse.Namespace) -> int:
    """Run the sub-command; a file of its name is meant by `./fix`."""
    from naftiko_gen.fixing import command

    parser = _Parser(
        prog="naftiko-gen fix",
        description=command.DESCRIPTION,
        epilog=command.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    parser.parse_args(arguments, options)
    _check_import_root(parser, options.import_root)
    is_done = command.perform(options, _expanded(options.specs))
    return Exit.DONE if is_done else Exit.FAILED


def _perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.explain is not None:
        return _explain(parser, options.explain)
    _check_import_root(parser, options.import_root)
    specs = _expanded(options.specs)
    if not specs:
        parser.error("name at least one spec, such as specs/training-runs.yaml")
    return _Run(options, specs).perform()


def _check_import_root(parser: argparse.ArgumentParser, root: Path | None) -> None:
    if root is not None and not root.is_dir():
        parser.error(f"--import-root: {shown(str(root))} is no directory")


class _Parser(argparse.ArgumentParser):
    """Writes help and version like everything else: what can't be written is said."""

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stderr:
            super()._print_message(message, file)
        else:
            streams.write(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="naftiko-gen",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_input(parser)
    _add_modes(parser)
    _add_messages(parser)
    return parser


def _add_input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "specs", nargs="*", metavar="SPEC", help="a capability file, or a glob of them"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("generated"),
        metavar="DIR",
        help="where the packages go, each into a directory of its own"
        " (default: %(default)s/)",
    )
    parser.add_argument(
        "--layout",
        choices=[layout.value for layout in Layout],
        default=Layout.PROJECT.value,
        help="project: an installable project; package: the importable package alone,"
        " for a build step of another project (default: %(default)s)",
    )

    parser.add_argument(
        "--import-root",
        type=Path,
        metavar="DIR",
        help="let specs import files from this directory, too, and from those below it"
        " (default: only from a spec's own directory and below)",
    )


def _add_modes(parser: argparse.ArgumentParser) -> None:
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check",
        action="store_true",
        help="write nothing; list what differs and exit 1 if anything does",
    )
    mode.add_argument(
        "--diff",
        action="store_true",
        help="write nothing; print what would change as a unified diff",
    )
    mode.add_argument(
        "--fail-on-change",
        action="store_true",
        help="exit 1 if anything was written or removed, new files included",
    )
    mode.add_argument(
        "--explain", metavar="CODE", help="say what a diagnostic code means, and exit"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="take every assumption, a warning or a note, for an error",
    )
    parser.add_argument(
        "--skip-unresolved",
        action="store_true",
        help="leave out, with a warning, routes and tools whose calls name no"
        " operation",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="overwrite generated files that were edited",
    )
    parser.add_argument(
        "-j",
        "--jobs",
        type=_positive,
        metavar="N",
        help="compile N specs at a time (default: as many as there are processors if"
        " the specs are many, else one)",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{shown(text)} is no number of processes")
    return int(text)


def _add_messages(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=["text", "json", "github"],
        default="text",
        help="how diagnostics are written (default: %(default)s)",
    )
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help="errors only")
    amount.add_argument(
        "-v", "--verbose", action="store_true", help="show the lines of notes, too"
    )
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )
    parser.add_argument("--version", action="version", version=f"naftiko-gen {VERSION}")


def _explain(parser: argparse.ArgumentParser, slug: str) -> int:
    code = Code.of(slug)
    if code is None:
        near = nearest(slug, (known.slug for known in Code))
        hint = f"; did you mean {near}?" if near else ""
        parser.error(f"there is no code {shown(slug)}{hint}")
    streams.write(f"{code.slug} ({code.severity})\n\n{code.meaning}\n{code.remedy}\n")
    return Exit.DONE


def _expanded(arguments: Sequence[str]) -> list[Path]:
    """Return the files that are meant, each once: a glob stands for what it matches."""
    meant = (path for argument in arguments for path in _matches(argument))
    return list(dict.fromkeys(meant))


def _matches(argument: str) -> list[Path]:
    """Return what a glob matches, in order; the argument itself if that is nothing."""
    path = Path(argument)
    try:
        if "*" not in argument or path.exists():
            return [path]
        anchor = Path(path.anchor)
        return sorted(anchor.glob(str(path.relative_to(anchor)))) or [path]
    except (OSError, ValueError):
        # No glob, and so a name: reading it says what's wrong.
        return [path]


class _Run:
    """One run over some specs: compiles each, then says what became of them."""

    def __init__(self, arguments: argparse.Namespace, specs: list[Path]) -> None:
        self._arguments = arguments
        self._specs = specs
        self._dry = arguments.check or arguments.diff
        self._options = Options(
            output=arguments.output,
            layout=Layout(arguments.layout),
            strict=arguments.strict,
            force=arguments.force,
            skip_unresolved=arguments.skip_unresolved,
            dry=self._dry,
            explain=arguments.verbose or arguments.format != "text",
            import_root=arguments.import_root,
        )

    def perform(self) -> int:
        """Compile every spec; a failing one doesn't stop the others."""
        results = list(self._results())
        self._clear_progress()
        self._write_diagnostics(results)
        if self._arguments.format == "json":
            streams.write(self._json(results))
        else:
            self._write_outcomes(results)
        failed = any(isinstance(result.outcome, Failed) for result in results)
        return Exit.FAILED if failed or self._changed(results) else Exit.DONE

    def _results(self) -> Iterator[Finished]:
        rivals = self._rivals()
        batch = Batch(
            self._options,
            quotes_notes=self._arguments.verbose,
            wants_diff=self._arguments.diff,
        )
        wanted = [spec for spec in self._specs if spec not in rivals]
        compiled = batch.compiled(wanted, self._arguments.jobs)
        for index, spec in enumerate(self._specs):
            self._show_progress(index)
            yield _refused(spec, rivals[spec]) if spec in rivals else next(compiled)

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

    def _show_progress(self, index: int) -> None:
        if len(self._specs) > 1 and sys.stderr.isatty() and not self._arguments.quiet:
            name = safe(self._specs[index].name)[:60]
            print(
                f"\r\x1b[K[{index + 1}/{len(self._specs)}] {name}",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def _clear_progress(self) -> None:
        if len(self._specs) > 1 and sys.stderr.isatty() and not self._arguments.quiet:
            print("\r\x1b[K", end="", file=sys.stderr)

    def _write_diagnostics(self, results: list[Finished]) -> None:
        found = [one for result in results for one in self._wanted(result)]
        if self._arguments.format == "github":
            streams.write(reporting.github(found))
        if self._arguments.format == "text":
            print(self._text(results, found), end="", file=sys.stderr)

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

    def _json(self, results: list[Finished]) -> str:
        found = [one for result in results for one in self._wanted(result)]
        summaries = [
            summary for result in results if (summary := _summary(result)) is not None
        ]
        return reporting.json_document(found, summaries)

    def _write_outcomes(self, results: list[Finished]) -> None:
        for result in results:
            if isinstance(result.outcome, Changes) and self._arguments.diff:
                streams.write(result.outcome.diff)
            elif isinstance(result.outcome, Changes) and self._arguments.check:
                _write_drift(result.outcome)
            if not self._arguments.quiet:
                print(_sentence(result, dry=self._dry), file=sys.stderr)

    def _changed(self, results: list[Finished]) -> bool:
        """Say whether there is a change in a mode in which none may be."""
        refused = self._arguments.check or self._arguments.fail_on_change
        return refused and any(
            isinstance(result.outcome, Changes) and result.outcome for result in results
        )


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
        case UpToDate() | Failed():
            return None
        case _:
            assert_never(result.outcome)


def _refused(spec: Path, rival: Path) -> Finished:
    message = f"its package would be that of {shown(str(rival))}"
    found = Diagnostic(Code.DUPLICATE_PACKAGE, message, str(spec))
    return Finished(spec, {}, (found,), Failed())


def _write_drift(changes: Changes) -> None:
    """List what differs, one path a line."""
    for verb, paths in (("write", changes.written), ("remove", changes.removed)):
        for path in paths:
            streams.write(f"would {verb} {changes.root / path}\n")


def _sentence(result: Finished, *, dry: bool) -> str:
    """Say in a line what became of a spec."""
    spec = safe(str(result.spec))
    match result.outcome:
        case UpToDate(root=root, notes=notes):
            more = f"; -v shows its {_counted(notes, 'note')}" if notes else ""
            return f"{spec}: {root} is up to date{more}"
        case Changes(root=root) as changes if not changes:
            return f"{spec}: {root} is up to date"
        case Changes(root=root, written=files, removed=removed):
            verb = "would write" if dry else "wrote"
            written = f"{verb} {_counted(len(files), 'file')} to {root}"
            gone = f", removed {len(removed)}" if removed else ""
            return f"{spec}: {written}{gone}"
        case Failed():
            errors = sum(one.severity is Severity.ERROR for one in result.diagnostics)
            return f"{spec}: {_counted(errors, 'error')}, nothing written"
        case _:
            assert_never(result.outcome)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


if __name__ == "__main__":
    sys.exit(main())
