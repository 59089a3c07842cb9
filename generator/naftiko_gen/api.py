"""The public interface for programs: compile a spec, and get its diagnostics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen import pipeline
from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.emit.files import package_root
from naftiko_gen.publish import outcome

if TYPE_CHECKING:
    from os import PathLike

    from naftiko_gen.diagnostics import report as diagnostics

__all__ = ["Diagnostic", "Layout", "Options", "Result", "Severity", "compile_spec"]


@dataclass(frozen=True)
class Diagnostic:
    """A diagnostic about a spec; `str()` of it is one line, as compilers print it.

    Attributes:
        severity: How bad it is.
        code: The kind of diagnostic; codes are stable.
        message: One sentence without a full stop; messages aren't stable.
        file: The spec, or a file that it imports.
        line: Counted from 1; None if it is about no place in the file.
        column: Counted from 1, in characters.
        hint: A remedy.
        imported_at: The imports that lead to the file: `file:line:column`.
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
    """The result of compiling a spec.

    All paths are as absolute or relative as the spec and the output that were given.

    Attributes:
        spec: The spec.
        package: The directory of its package.
        diagnostics: The diagnostics, in the order of the stages.
        written: Files that are new or have changed; with `dry`, would be.
        unchanged: Generated files that are up to date.
        removed: Files that are no longer generated; with `dry`, would be removed.
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
        """Return whether there is no error."""
        return all(
            diagnostic.severity is not Severity.ERROR for diagnostic in self.diagnostics
        )

    @property
    def changed(self) -> bool:
        """Return whether the package wasn't up to date."""
        return bool(self.written or self.removed)


def compile_spec(spec: str | PathLike[str], options: Options) -> Result:
    """Compile a spec into its package.

    It prints nothing and doesn't exit. Errors of the spec, or of the place of its
    package, are in the result; an exception is a fault of naftiko-gen.
    """
    path = Path(spec)
    root = options.import_root
    paths = replace(
        options, output=Path(options.output), import_root=root and Path(root)
    )
    return _result(pipeline.compile_spec(path, paths), package_root(path, paths))


def _result(result: outcome.Result, package: Path) -> Result:
    changes = result.changes or outcome.Changes(package)
    return Result(
        spec=result.spec,
        package=package,
        diagnostics=tuple(map(_diagnostic, result.diagnostics)),
        written=tuple(package / path for path in changes.written),
        unchanged=tuple(package / path for path in changes.unchanged),
        removed=tuple(package / path for path in changes.removed),
        imports=tuple(path for path in result.digests if path != result.spec),
    )


def _diagnostic(diagnostic: diagnostics.Diagnostic) -> Diagnostic:
    return Diagnostic(
        severity=diagnostic.severity,
        code=diagnostic.code.slug,
        message=diagnostic.message,
        file=diagnostic.file,
        line=diagnostic.span.line if diagnostic.span else None,
        column=diagnostic.span.column if diagnostic.span else None,
        hint=diagnostic.advice,
        imported_at=diagnostic.imported_at,
    )
