"""What a program may rely on: compile a spec, and learn what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import pipeline
from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.emit.code.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from naftiko_gen.diagnostics import report as diagnostics

__all__ = ["Diagnostic", "Layout", "Options", "Result", "Severity", "compile_spec"]


@dataclass(frozen=True)
class Options:
    """How a spec is compiled.

    Attributes:
        output: The directory in which each package has one of its own.
        layout: Whether a whole project is written, or the package alone.
        api_docs: Whether REST adapters serve an API reference for browsers at `/docs`.
        strict: Whether every assumption, a warning or a note, is an error.
        skip_unresolved: Whether routes and tools whose calls name no operation are left
            out, with a warning, instead of being errors.
        force: Whether generated files that were edited are overwritten.
        dry: Whether nothing is written: the result says what would be.
        cached: Whether what earlier runs found out is asked for, and kept for later.
            It changes nothing but the time.
        import_root: A directory besides the spec's own whose files it may import.
        severities: How bad findings are, by their codes; None silences one.

    Raises:
        ValueError: `severities` has a code that there isn't, or makes less of an error.
    """

    output: Path
    layout: Layout = Layout.PROJECT
    api_docs: bool = False
    strict: bool = False
    skip_unresolved: bool = False
    force: bool = False
    dry: bool = False
    cached: bool = True
    import_root: Path | None = None
    severities: Mapping[str, Severity | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for slug, wanted in self.severities.items():
            code = Code.of(slug)
            if code is None:
                raise ValueError(f"there is no code {slug!r}")
            if code.severity is Severity.ERROR and wanted is not Severity.ERROR:
                raise ValueError(f"{slug!r} is an error, and can't be made less of")


@dataclass(frozen=True)
class Diagnostic:
    """Something to say about a spec; `str()` of it is one line, as compilers print it.

    Attributes:
        severity: How bad it is.
        code: Which kind of finding it is; codes are stable.
        message: One sentence without a full stop, which isn't stable.
        file: The spec, or a file that it imports.
        line: Counted from 1; None where no place is to blame.
        column: Counted from 1, in characters.
        hint: What may be done.
        imported_at: The imports by which the spec came to the file: `file:line:column`.
    """

    severity: Severity
    code: str
    message: str
    file: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    imported_at: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.file}{place}: {self.severity}[{self.code}] {self.message}"


@dataclass(frozen=True)
class Result:
    """What became of a spec.

    All paths are as absolute or relative as the spec and the output that were given.

    Attributes:
        spec: The spec.
        package: The directory of its package.
        diagnostics: All that there is to say, in the order of the stages.
        written: Files that are new or have changed; with `dry`, would be.
        unchanged: Generated files that are as they should be.
        removed: Files that are generated no more; with `dry`, would be removed.
        imports: The files that the spec imports, directly or through others.
    """

    spec: Path
    package: Path
    diagnostics: tuple[Diagnostic, ...] = ()
    written: tuple[Path, ...] = ()
    unchanged: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    imports: tuple[Path, ...] = ()

    @property
    def ok(self) -> bool:
        """Say whether there is no error."""
        return all(one.severity is not Severity.ERROR for one in self.diagnostics)

    @property
    def changed(self) -> bool:
        """Say whether the package wasn't up to date."""
        return bool(self.written or self.removed)


def compile_spec(spec: str | PathLike[str], options: Options) -> Result:
    """Compile a spec into its package.

    It prints nothing and doesn't exit. What is wrong with the spec or in the way of its
    package is in the result; an exception is a fault of naftiko-gen.
    """
    path = Path(spec)
    wanted = _wanted(options)
    done = pipeline.compile_spec(path, wanted)
    name = pipeline.package_directory(path, wanted.layout)
    return _result(done, wanted.output / name)


def _wanted(options: Options) -> pipeline.Options:
    codes = {Code.of(slug): how for slug, how in options.severities.items()}
    return pipeline.Options(
        output=Path(options.output),
        layout=options.layout,
        api_docs=options.api_docs,
        strict=options.strict,
        force=options.force,
        skip_unresolved=options.skip_unresolved,
        dry=options.dry,
        cached=options.cached,
        import_root=options.import_root and Path(options.import_root),
        severities={code: how for code, how in codes.items() if code},
    )


def _result(done: pipeline.Result, package: Path) -> Result:
    written, unchanged, removed = _files(done.outcome)
    return Result(
        spec=done.spec,
        package=package,
        diagnostics=tuple(map(_diagnostic, done.diagnostics)),
        written=tuple(package / path for path in written),
        unchanged=tuple(package / path for path in unchanged),
        removed=tuple(package / path for path in removed),
        imports=tuple(done.spec.parent / name for name in done.imports),
    )


def _files(
    outcome: pipeline.Outcome,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return what was written, what was left as it is, and what was removed."""
    match outcome:
        case pipeline.Compiled(plan=plan):
            return plan.written, plan.unchanged, plan.removed
        case pipeline.UpToDate(files=files):
            return (), files, ()
        case pipeline.Failed():
            return (), (), ()
        case _:
            assert_never(outcome)


def _diagnostic(found: diagnostics.Diagnostic) -> Diagnostic:
    return Diagnostic(
        severity=found.severity,
        code=found.code.slug,
        message=found.message,
        file=found.file,
        line=found.span.line if found.span else None,
        column=found.span.column if found.span else None,
        hint=found.advice,
        imported_at=found.imported_at,
    )
