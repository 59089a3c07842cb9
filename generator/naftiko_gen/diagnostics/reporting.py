"""Diagnostics as text for people, commands for GitHub, and documents for programs.

Every function returns text and prints nothing. What comes from a document or a file
name reaches a terminal with its control and invisible characters escaped.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.colors import BOLD, HINT, MARGIN, paint_of, painted
from naftiko_gen.diagnostics.excerpt import excerpt
from naftiko_gen.diagnostics.quoting import line_start, safe
from naftiko_gen.diagnostics.sarif import sarif

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from naftiko_gen.diagnostics.excerpt import Excerpt
    from naftiko_gen.diagnostics.report import Diagnostic


@dataclass(frozen=True)
class PackageSummary:
    """What became of a package; its files are relative to its `path`."""

    spec: str
    slug: str
    path: str
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


# What is printed ends up in logs.
_ABOUT_SECRETS = (Code.LITERAL_CREDENTIAL, Code.UNUSABLE_BASE_URI)


def text(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, bytes],
    *,
    verbose: bool,
    color: bool,
) -> str:
    """Return the diagnostics, errors first, with the lines that they are about.

    `sources` has the content of each file; one that isn't there isn't quoted, nor is a
    line that may hold a secret. Notes take one line each unless `verbose`.
    """
    lines = {file: _lines(content) for file, content in sources.items()}
    for found in diagnostics:
        if found.code in _ABOUT_SECRETS and found.span and found.file in lines:
            lines[found.file][found.span.line - 1] = ""
    return "".join(
        f"{line}\n"
        for found in _gravest_first(diagnostics)
        for line in _paragraph(found, lines.get(found.file, ()), verbose, color)
    )


def _gravest_first(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    severities = list(Severity)
    return sorted(ordered(diagnostics), key=lambda one: severities.index(one.severity))


def document(
    form: str, diagnostics: Sequence[Diagnostic], packages: Iterable[PackageSummary]
) -> str:
    """Return what programs read of a run, in one of the forms for them."""
    if form == "json":
        return json_document(diagnostics, packages)
    seen = below_workspace(diagnostics, os.environ.get("GITHUB_WORKSPACE"))
    return github(seen) if form == "github" else sarif(ordered(seen))


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return workflow commands that make GitHub annotate the lines of a pull request.

    <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
    """
    return "".join(f"{_command(found)}\n" for found in ordered(diagnostics))


def below_workspace(
    diagnostics: Sequence[Diagnostic], workspace: str | None
) -> list[Diagnostic]:
    """Name files as seen from the root of a checkout, which is what GitHub looks for.

    A run may be in a directory of it; files elsewhere keep their names.
    """
    if not workspace:
        return list(diagnostics)
    return [replace(one, file=_seen_from(workspace, one.file)) for one in diagnostics]


def _seen_from(workspace: str, file: str) -> str:
    # The file may be a link, or not exist: its name is what counts.
    path = Path(os.path.normpath(Path.cwd() / file))
    inside = path.is_relative_to(workspace)
    return path.relative_to(workspace).as_posix() if inside else file


def json_document(
    diagnostics: Sequence[Diagnostic], packages: Iterable[PackageSummary]
) -> str:
    """Return one JSON object, in ASCII; line and column are null without a place."""
    document = {
        "diagnostics": [json_object(found) for found in ordered(diagnostics)],
        "packages": [asdict(package) for package in packages],
    }
    return json.dumps(document, indent=2) + "\n"


def ordered(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Sort by file, as they first appear, then by place; what has none comes first."""
    files = {found.file: None for found in diagnostics}
    ranks = {file: rank for rank, file in enumerate(files)}
    severities = list(Severity)

    def rank(found: Diagnostic) -> tuple[int, int, int, int]:
        line, column = (found.span.line, found.span.column) if found.span else (0, 0)
        return ranks[found.file], line, column, severities.index(found.severity)

    return sorted(diagnostics, key=rank)


def _lines(content: bytes) -> list[str]:
    return content.decode(errors="replace").removeprefix("\ufeff").split("\n")


def _paragraph(
    found: Diagnostic, lines: Sequence[str], verbose: bool, color: bool
) -> Iterable[str]:
    paint = _Paint(paint_of(found.severity), BOLD, MARGIN, HINT) if color else _Paint()
    label = painted(f"{found.severity}[{found.code.slug}]", paint.label)
    message = painted(safe(found.message), paint.message)
    head = f"{painted(_place(found), paint.message)} {label} {message}"
    hint = painted(safe(found.advice), paint.hint) if found.advice else ""
    if found.severity is Severity.NOTE and not verbose:
        return [f"{head}; {hint}" if hint else head]
    quoted = excerpt(lines, found.span) if found.span else None
    way = [f"  {safe(line)}" for line in _way(found)]
    if quoted:
        return [head, *_quotation(quoted, hint, paint), *way]
    return [head, f"  hint: {hint}", *way] if hint else [head, *way]


@dataclass(frozen=True)
class _Paint:
    """Colours of the parts of a message; empty ones leave the text as it is."""

    label: str = ""
    message: str = ""
    margin: str = ""
    hint: str = ""


def _quotation(quoted: Excerpt, hint: str, paint: _Paint) -> tuple[str, str]:
    """Return the quoted line with its marked part, and the carets with the hint."""
    number, margin = (
        painted(text, paint.margin) for text in (quoted.number, quoted.margin)
    )
    marked = painted(quoted.marked, paint.label)
    carets = painted("^" * quoted.carets, paint.label)
    return (
        f"{number}{quoted.before}{marked}{quoted.after}",
        f"{margin}{quoted.indent}{carets} {hint}".rstrip(),
    )


def _way(found: Diagnostic) -> list[str]:
    """Say how the document came to the file that the finding is in."""
    return [f"imported at {place}" for place in found.imported_at]


def _place(found: Diagnostic) -> str:
    file = line_start(found.file)
    if found.span is None:
        return f"{file}:"
    return f"{file}:{found.span.line}:{found.span.column}:"


def _command(found: Diagnostic) -> str:
    properties = {"file": safe(found.file)}
    if found.span:
        end = found.span.column + found.span.length
        properties |= {"line": str(found.span.line), "col": str(found.span.column)}
        properties["endColumn"] = str(end)
    properties["title"] = found.code.slug
    listed = ",".join(f"{k}={_property(v)}" for k, v in properties.items())
    words = "\n".join(safe(part) for part in _words(found) if part)
    return f"::{_level(found.severity)} {listed}::{_escaped(words)}"


def _words(found: Diagnostic) -> tuple[str | None, ...]:
    return found.message, found.advice, *_way(found)


def _level(severity: Severity) -> str:
    return "notice" if severity is Severity.NOTE else severity.value


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _escaped(words).replace(":", "%3A").replace(",", "%2C")


def json_object(found: Diagnostic) -> dict[str, str | int | list[str] | None]:
    """Return a finding for programs; line and column are null without a place."""
    return {
        "file": found.file,
        "line": found.span.line if found.span else None,
        "column": found.span.column if found.span else None,
        "severity": found.severity.value,
        "code": found.code.slug,
        "message": found.message,
        "hint": found.advice,
        "imported_at": list(found.imported_at),
    }
