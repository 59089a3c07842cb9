"""Diagnostics as text for people, commands for GitHub, and documents for programs.

Every function returns text and prints nothing. Control and invisible characters from
specs and file names are escaped before they reach a terminal.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, chain
from pathlib import Path
from typing import Literal, TextIO, assert_never

from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.quoting import SUGGESTION, line_start, safe
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.sarif import sarif
from naftiko_gen.diagnostics.span import Span

Choice = Literal["auto", "always", "never"]
CHOICES: tuple[Choice, ...] = ("auto", "always", "never")

BOLD = "\x1b[1m"
MARGIN = "\x1b[34m"
HINT = "\x1b[32m"
_RESET = "\x1b[0m"


def has_colors(
    stream: TextIO, choice: Choice = "auto", variables: Mapping[str, str] = os.environ
) -> bool:
    """Return whether to colour text for a stream.

    `auto` follows the environment: NO_COLOR (<https://no-color.org>), FORCE_COLOR,
    CLICOLOR_FORCE and CLICOLOR (<https://bixense.com/clicolors>) and TERM.
    """
    match choice:
        case "always":
            return True
        case "never":
            return False
        case "auto":
            return _is_wanted(variables, is_terminal=stream.isatty())
        case _:
            assert_never(choice)


def _is_wanted(variables: Mapping[str, str], *, is_terminal: bool) -> bool:
    if variables.get("NO_COLOR"):
        return False
    names = ("FORCE_COLOR", "CLICOLOR_FORCE")
    if any(variables.get(name, "0") not in ("", "0") for name in names):
        return True
    is_refused = variables.get("CLICOLOR") == "0" or variables.get("TERM") == "dumb"
    return is_terminal and not is_refused


def severity_color(severity: Severity) -> str:
    """Return the escape sequence that starts a severity's colour."""
    match severity:
        case Severity.ERROR:
            return "\x1b[1;31m"
        case Severity.WARNING:
            return "\x1b[33m"
        case Severity.NOTE:
            return "\x1b[36m"
        case _:
            assert_never(severity)


def paint(text: str, color: str) -> str:
    """Return the text in a colour; an empty colour leaves it unchanged."""
    return f"{color}{text}{_RESET}" if color and text else text


_WIDTH = 100
_LEAD = 30
"""Columns to keep in front of the span when a line must be cut."""
_ESCAPES = re.compile("\x1b\\[[0-9;]+m")
"""The colours of a text; it has no other escape sequences."""
_PLACES = 6
"""The places that a line of several warnings names beside the first."""
# Printed lines end up in logs.
_ABOUT_SECRETS = (Code.LITERAL_CREDENTIAL, Code.UNUSABLE_BASE_URI)


def text(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, bytes],
    *,
    verbose: bool = False,
    color: bool = False,
    are_grouped: bool = False,
) -> str:
    """Return the diagnostics, errors first, with the lines of their spans.

    `sources` holds the content of the files that may be quoted; lines that may hold a
    secret aren't. Notes take one line each unless `verbose`. If diagnostics are
    grouped, the warnings of a file that have one code share a line, which names the
    option `-v` that shows each.
    """
    lines = {file: _lines(content) for file, content in sources.items()}
    for diagnostic in diagnostics:
        file, span = diagnostic.file, diagnostic.span
        if diagnostic.code in _ABOUT_SECRETS and span and file in lines:
            lines[file][span.line - 1] = ""
    paragraphs = (
        (
            [_line_of_kind(first, others)]
            if others
            else _paragraph(first, lines.get(first.file, ()), verbose)
        )
        for first, *others in _kinds(_by_severity(diagnostics), are_grouped=are_grouped)
    )
    return _join(chain.from_iterable(paragraphs), color=color)


def brief(diagnostics: Sequence[Diagnostic], *, color: bool) -> str:
    """Return a line for each diagnostic, errors first, without hints."""
    return _join(map(_head, _by_severity(diagnostics)), color=color)


def _join(lines: Iterable[str], *, color: bool) -> str:
    text = "".join(f"{line}\n" for line in lines)
    return text if color else _ESCAPES.sub("", text)


def _kinds(
    diagnostics: Sequence[Diagnostic], *, are_grouped: bool
) -> Iterable[list[Diagnostic]]:
    """Return lists of warnings that take a line together, and others by themselves."""
    kinds: dict[object, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        is_warning = diagnostic.severity is Severity.WARNING
        kind = (diagnostic.file, diagnostic.code)
        alone = not are_grouped or not is_warning or diagnostic.span is None
        kinds.setdefault(id(diagnostic) if alone else kind, []).append(diagnostic)
    return kinds.values()


def _line_of_kind(first: Diagnostic, others: Sequence[Diagnostic]) -> str:
    """Return the line of several warnings: the first message, and all places."""
    spans = [other.span for other in others[:_PLACES] if other.span]
    places = ", ".join(f"{span.line}:{span.column}" for span in spans)
    more = len(others) - len(spans)
    rest = f" and {more} more places" if more else ""
    head = _head(first)
    if first.hint and first.hint.startswith(SUGGESTION):
        head = f"{head} ({first.hint})"
    return f"{head}; the same at {places}{rest} (-v shows each)"


def _by_severity(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    ranks = list(Severity)
    return sorted(sort(diagnostics), key=lambda item: ranks.index(item.severity))


def document(
    form: str, diagnostics: Sequence[Diagnostic], packages: Sequence[object]
) -> str:
    """Return the diagnostics of a run in a form for programs: JSON, GitHub or SARIF."""
    if form == "json":
        return json_document(diagnostics, packages)
    relative = below_workspace(diagnostics, os.environ.get("GITHUB_WORKSPACE"))
    return github(relative) if form == "github" else sarif(sort(relative))


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return workflow commands that make GitHub annotate the lines of a pull request.

    <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
    """
    return "".join(f"{_command(item)}\n" for item in sort(diagnostics))


def below_workspace(
    diagnostics: Sequence[Diagnostic], workspace: str | None
) -> list[Diagnostic]:
    """Make the names of files relative to the root of a checkout, as GitHub expects.

    The current directory may be below that root. Files outside of it keep their names.
    """
    return [
        replace(item, file=relative_to(workspace, item.file)) for item in diagnostics
    ]


def relative_to(workspace: str | None, file: str) -> str:
    """Make the name of a file relative to the root of a checkout, if it is there."""
    if not workspace:
        return file
    # The file may be a link, or not exist, so its name isn't resolved.
    path = Path(os.path.normpath(Path.cwd() / file))
    inside = path.is_relative_to(workspace)
    return path.relative_to(workspace).as_posix() if inside else file


def json_document(diagnostics: Sequence[Diagnostic], packages: Sequence[object]) -> str:
    """Return one JSON object, in ASCII; line and column are null without a span."""
    document = {
        "diagnostics": [json_object(item) for item in sort(diagnostics)],
        "packages": packages,
    }
    return json.dumps(document, indent=2) + "\n"


def sort(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Sort by file, in the order in which files appear, then by span.

    Diagnostics without a span come first.
    """
    files = {diagnostic.file: None for diagnostic in diagnostics}
    ranks = {file: rank for rank, file in enumerate(files)}
    severities = list(Severity)

    def rank(diagnostic: Diagnostic) -> tuple[int, int, int, int]:
        span, severity = diagnostic.span, severities.index(diagnostic.severity)
        line, column = (span.line, span.column) if span else (0, 0)
        return ranks[diagnostic.file], line, column, severity

    return sorted(diagnostics, key=rank)


def _lines(content: bytes) -> list[str]:
    return content.decode(errors="replace").removeprefix("\ufeff").split("\n")


def _paragraph(
    diagnostic: Diagnostic, lines: Sequence[str], verbose: bool
) -> list[str]:
    severity, head = diagnostic.severity, _head(diagnostic)
    hint = paint(safe(diagnostic.advice), HINT) if diagnostic.advice else ""
    if severity is Severity.NOTE and not verbose:
        return [f"{head}; {hint}" if hint else head]
    rows = _quote(lines, diagnostic.span, severity_color(severity), hint)
    if not rows and hint:
        rows = [f"  hint: {hint}"]
    return [head, *rows, *(f"  {safe(line)}" for line in diagnostic.import_lines)]


def _head(diagnostic: Diagnostic) -> str:
    """Return the place, the severity, the code and the message."""
    severity = diagnostic.severity
    label = paint(f"{severity}[{diagnostic.code.slug}]", severity_color(severity))
    message = paint(safe(diagnostic.message), BOLD)
    return f"{paint(_place(diagnostic), BOLD)} {label} {message}"


def _quote(lines: Sequence[str], span: Span | None, color: str, hint: str) -> list[str]:
    """Return the line of the span with its marked part, and the carets with the hint.

    Return nothing if that line is blank or missing. A line of more than 100 columns is
    cut on both sides of the span's start.
    """
    if not span or span.line > len(lines) or not lines[span.line - 1].strip():
        return []
    number = f"{span.line:>5} | "
    margin = " " * (len(number) - 2) + "| "
    line, start = lines[span.line - 1].removesuffix("\r"), span.column - 1
    before, after = _cut(line[:start], line[start:], _WIDTH - len(number))
    end = len(_visible(line[start : start + min(span.length, _WIDTH)]))
    indent, carets = " " * _columns(before), "^" * max(_columns(after[:end]), 1)
    below = f"{paint(margin, MARGIN)}{indent}{paint(carets, color)} {hint}"
    middle = paint(after[:end], color)
    return [f"{paint(number, MARGIN)}{before}{middle}{after[end:]}", below.rstrip()]


def _cut(before: str, after: str, room: int) -> tuple[str, str]:
    """Return the text before and after the span's start, cut to `room` columns."""
    if len(before) + len(after) <= room:
        parts = _visible(before), _visible(after)
        if _columns("".join(parts)) <= room:
            return parts
    # A line may have millions of characters: read no more than fit.
    kept_before = _fit(before[: -room - 1 : -1], _LEAD)
    shown_before = "".join(reversed(kept_before))
    kept_after = _fit(after[:room], room - _columns(shown_before) - 2)
    return (
        "…" * (len(kept_before) < len(before)) + shown_before,
        "".join(kept_after) + "…" * (len(kept_after) < len(after)),
    )


def _fit(characters: str, room: int) -> list[str]:
    cells = [_visible(character) for character in characters]
    columns = accumulate(map(_columns, cells))
    return [cell for cell, end in zip(cells, columns, strict=True) if end <= room]


def _visible(characters: str) -> str:
    return safe(characters.replace("\t", "    "))


def _columns(visible: str) -> int:
    return len(visible) if visible.isascii() else sum(map(_width, visible))


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _place(diagnostic: Diagnostic) -> str:
    file = line_start(diagnostic.file)
    if diagnostic.span is None:
        return f"{file}:"
    return f"{file}:{diagnostic.span.line}:{diagnostic.span.column}:"


def _command(diagnostic: Diagnostic) -> str:
    parts = diagnostic.message, diagnostic.advice, *diagnostic.import_lines
    message = "\n".join(safe(part) for part in parts if part)
    is_note = diagnostic.severity is Severity.NOTE
    level = "notice" if is_note else diagnostic.severity.value
    title = diagnostic.code.slug
    return annotation(level, title, message, diagnostic.file, diagnostic.span)


def annotation(
    level: str, title: str, message: str, file: str, span: Span | None
) -> str:
    """Return a workflow command; `level` is `error`, `warning` or `notice`."""
    properties = {"file": safe(file)}
    if span:
        properties |= {"line": str(span.line), "col": str(span.column)}
        properties["endColumn"] = str(span.column + span.length)
    properties["title"] = title
    properties_text = ",".join(f"{k}={_property(v)}" for k, v in properties.items())
    return f"::{level} {properties_text}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def json_object(diagnostic: Diagnostic) -> dict[str, str | int | list[str] | None]:
    """Return a diagnostic for programs; line and column are null without a span."""
    span = diagnostic.span
    return {
        "file": diagnostic.file,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "severity": diagnostic.severity.value,
        "code": diagnostic.code.slug,
        "message": diagnostic.message,
        "hint": diagnostic.advice,
        "imported_at": list(diagnostic.imported_at),
    }
