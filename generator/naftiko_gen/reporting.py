"""Diagnostics as text for people, commands for GitHub, and documents for programs.

Every function returns text and prints nothing. What comes from a document or a file
name reaches a terminal with its control and invisible characters escaped.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.codes import Code, Severity
from naftiko_gen.excerpt import excerpt
from naftiko_gen.quoting import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from naftiko_gen.diagnostics import Diagnostic

_RESET = "\x1b[0m"


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
    """Return the diagnostics with the lines that they are about.

    `sources` has the content of each file; one that isn't there isn't quoted, nor is a
    line that may hold a secret. Notes take one line each unless `verbose`.
    """
    lines = {file: _lines(content) for file, content in sources.items()}
    for found in diagnostics:
        if found.code in _ABOUT_SECRETS and found.span and found.file in lines:
            lines[found.file][found.span.line - 1] = ""
    return "".join(
        f"{line}\n"
        for found in ordered(diagnostics)
        for line in _paragraph(found, lines.get(found.file, ()), verbose, color)
    )


def document(
    form: str, diagnostics: Sequence[Diagnostic], packages: Iterable[PackageSummary]
) -> str:
    """Return what programs read of a run, in one of the forms for them."""
    if form == "json":
        return json_document(diagnostics, packages)
    from naftiko_gen.sarif import sarif

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
    paint = paint_of(found.severity) if color else ""
    label = painted(f"{found.severity}[{found.code.slug}]", paint)
    head = f"{_place(found)} {label} {safe(found.message)}"
    hint = safe(found.advice) if found.advice else ""
    if found.severity is Severity.NOTE and not verbose:
        return [f"{head}; {hint}" if hint else head]
    quoted = excerpt(lines, found.span) if found.span else None
    way = [f"  {safe(line)}" for line in _way(found)]
    if quoted:
        carets = painted(quoted.carets, paint)
        return [head, quoted.line, f"{quoted.margin}{carets} {hint}".rstrip(), *way]
    return [head, f"  hint: {hint}", *way] if hint else [head, *way]


def _way(found: Diagnostic) -> list[str]:
    """Say how the document came to the file that the finding is in."""
    return [f"imported at {place}" for place in found.imported_at]


def _place(found: Diagnostic) -> str:
    if found.span is None:
        return f"{safe(found.file)}:"
    return f"{safe(found.file)}:{found.span.line}:{found.span.column}:"


def paint_of(severity: Severity) -> str:
    """Return what makes a terminal write in the colour of a severity."""
    match severity:
        case Severity.ERROR:
            return "\x1b[1;31m"
        case Severity.WARNING:
            return "\x1b[33m"
        case Severity.NOTE:
            return "\x1b[36m"
        case _:
            assert_never(severity)


def painted(words: str, paint: str) -> str:
    """Return words in a colour; without one, as they are."""
    return f"{paint}{words}{_RESET}" if paint else words


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
