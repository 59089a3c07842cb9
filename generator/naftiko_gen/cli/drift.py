"""The command `naftiko-gen drift`: it lists changes of an OpenAPI document."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.cli import streams
from naftiko_gen.cli.document_argument import (
    add_reading,
    document_path,
    limits_of,
)
from naftiko_gen.cli.drift_reports import FORMATS, DriftReport
from naftiko_gen.cli.parser import did_you_mean
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import colors, rendering
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.frontend import read
from naftiko_gen.openapi.read.description import open_description
from naftiko_gen.tools.drift.drift import described_namespaces, find_drift

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.frontend import Meaning
    from naftiko_gen.openapi.read.api import Api

DESCRIPTION = """\
Compare a capability with the OpenAPI document of an API that it consumes: operations
that are gone or elsewhere, inputs that became required, parts of responses and
credentials that changed. Differences by which calls can fail are breaking; the others
are listed as well. Nothing is written.
"""
EPILOG = """\
examples:
  naftiko-gen drift specs/orders.yaml --openapi openapi.yaml
  naftiko-gen drift specs/orders.yaml --openapi openapi.yaml --breaking --format github

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
        "--format",
        choices=FORMATS,
        default="text",
        help="text for people, JSON for programs, commands by which GitHub annotates"
        " pull requests, or SARIF for code scanning (default: %(default)s)",
    )
    parser.add_argument(
        "--json",
        action="store_const",
        dest="format",
        const="json",
        help="the same as --format json",
    )
    parser.add_argument(
        "--breaking",
        action="store_true",
        help="leave out the differences that break nothing",
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
    namespaces = _choose_namespaces(parser, options, reading.meaning, description.api)
    findings = find_drift(reading.meaning, description.api, namespaces)
    breaking = [finding for finding in findings if finding.kind.breaks]
    shown_findings = breaking if options.breaking else findings
    report = DriftReport(shown_findings, str(options.spec), str(options.openapi))
    streams.write(_report_text(report, options.format))
    return Exit.FAILED if breaking else Exit.DONE


def _choose_namespaces(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    meaning: Meaning,
    api: Api,
) -> Sequence[str]:
    """Return the namespaces of upstreams to compare, all described ones by default."""
    if options.namespace is None:
        return described_namespaces(meaning, api)
    names = [upstream.namespace for upstream in meaning.capability.upstreams]
    if options.namespace not in names:
        hint = did_you_mean(options.namespace, names)
        parser.error(f"--namespace: unknown upstream {quote(options.namespace)}{hint}")
    return [options.namespace]


def _report_text(report: DriftReport, form: str) -> str:
    match form:
        case "json":
            return report.json()
        case "github":
            return report.github()
        case "sarif":
            return report.sarif()
        case _:
            return report.text()


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
