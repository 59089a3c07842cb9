"""The command `naftiko-gen drift`: it lists changes of an OpenAPI document."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.cli import streams
from naftiko_gen.cli.document_argument import (
    add_reading,
    document_path,
    limits_of,
)
from naftiko_gen.cli.parser import did_you_mean
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import colors, rendering
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import safe, shown
from naftiko_gen.frontend import read
from naftiko_gen.openapi.read.description import open_description
from naftiko_gen.tools.drift.changes import Kind
from naftiko_gen.tools.drift.drift import described_namespaces, find_drift

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.tools.drift.changes import Finding

DESCRIPTION = """\
Compare a capability with the OpenAPI document of an API that it consumes: operations
that are gone or elsewhere, inputs that became required, parts of responses and
credentials that changed. Differences by which calls can fail are breaking; the others
are listed as well. Nothing is written.
"""
EPILOG = """\
examples:
  naftiko-gen drift specs/orders.yaml --openapi openapi.yaml
  naftiko-gen drift specs/orders.yaml --openapi openapi.yaml --json

exit codes: 0 nothing breaks; 1 something does, or a document can't be read; 2 wrong
usage; 70 a fault of naftiko-gen itself
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("spec", type=Path, metavar="SPEC", help="a capability file")
    parser.add_argument(
        "--openapi",
        type=document_path,
        required=True,
        metavar="FILE",
        help="the OpenAPI document of the API",
    )
    parser.add_argument(
        "--namespace",
        metavar="NAME",
        help="the upstream that it describes, if the capability has several",
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON document, for programs"
    )
    add_reading(parser)
    command_line.add_reading(parser)
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Compare, and print the differences."""
    settings = command_line.settings_of_reading(options)
    root = settings.options.import_root
    reading = read(options.spec, Options(Path(), import_root=root))
    description = open_description(options.openapi, limits_of(options))
    is_colored = colors.has_colors(sys.stderr, options.color)
    _write_errors(reading.diagnostics, reading.sources, is_colored)
    _write_errors(description.report.diagnostics, description.sources, is_colored)
    if reading.meaning is None or description.api is None:
        return Exit.FAILED
    known = [upstream.namespace for upstream in reading.meaning.capability.upstreams]
    if options.namespace is not None and options.namespace not in known:
        meant = did_you_mean(options.namespace, known)
        parser.error(f"--namespace: unknown upstream {shown(options.namespace)}{meant}")
    chosen = [options.namespace] if options.namespace else []
    namespaces = chosen or described_namespaces(reading.meaning, description.api)
    findings = find_drift(reading.meaning, description.api, namespaces)
    files = str(options.spec), str(options.openapi)
    streams.write(_json(findings, *files) if options.json else _text(findings, *files))
    is_breaking = any(finding.kind.breaks for finding in findings)
    return Exit.FAILED if is_breaking else Exit.DONE


def _write_errors(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, bytes], is_colored: bool
) -> None:
    """Print the errors of a document; assumptions are for other commands."""
    errors = [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.severity is Severity.ERROR
    ]
    text = rendering.text(errors, sources, verbose=False, color=is_colored)
    print(text, end="", file=sys.stderr)


def _text(findings: Sequence[Finding], spec: str, api: str) -> str:
    lines = [
        line
        for breaks in (True, False)
        for finding in findings
        if finding.kind.breaks is breaks and finding.kind is not Kind.OPERATION_ADDED
        for line in _lines(finding, spec, api)
    ]
    return "".join(f"{line}\n" for line in (*lines, _summary(findings, spec, api)))


def _lines(finding: Finding, spec: str, api: str) -> Iterator[str]:
    word = "breaking" if finding.kind.breaks else "other"
    place, kind = _place(spec, finding.in_spec), finding.kind.slug
    message = f"{safe(finding.operation)}: {safe(finding.message)}"
    yield f"{place}: {word}[{kind}] {message}"
    if finding.in_api is not None:
        yield f"  {_place(api, finding.in_api)}"


def _summary(findings: Sequence[Finding], spec: str, api: str) -> str:
    counts = Counter(finding.kind.breaks for finding in findings)
    added = sum(finding.kind is Kind.OPERATION_ADDED for finding in findings)
    breaking = f"{counts[True]} breaking" if counts[True] else "nothing breaking"
    others = counts[False] - added
    parts = [breaking, *([f"{others} other"] if others else [])]
    more = f"; not in the capability: {added} of its operations" if added else ""
    return f"{safe(spec)}: {', '.join(parts)} in {safe(api)}{more}"


def _place(file: str, span: Span | None) -> str:
    name = span.origin.file if span and span.origin else file
    return f"{safe(name)}:{span.line}:{span.column}" if span else safe(name)


def _json(findings: Sequence[Finding], spec: str, api: str) -> str:
    listed = [
        {
            "kind": finding.kind.slug,
            "breaking": finding.kind.breaks,
            "operation": finding.operation,
            "message": finding.message,
            "spec": _json_place(spec, finding.in_spec),
            "openapi": _json_place(api, finding.in_api),
        }
        for finding in findings
    ]
    breaking = any(finding.kind.breaks for finding in findings)
    whole = {"spec": spec, "openapi": api, "breaking": breaking, "findings": listed}
    return json.dumps(whole, indent=2) + "\n"


def _json_place(file: str, span: Span | None) -> dict[str, str | int] | None:
    if span is None:
        return None
    name = span.origin.file if span.origin else file
    return {"file": name, "line": span.line, "column": span.column}
