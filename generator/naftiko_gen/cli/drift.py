"""The command `naftiko-gen drift`: it lists changes of an OpenAPI document."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import READING, TRACEBACK
from naftiko_gen.cli.commands import did_you_mean
from naftiko_gen.cli.readings import DUPLICATE_KEYS, limits_of
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import Exit, Severity, Span, quote, safe
from naftiko_gen.diagnostics.rendering import annotation, relative_to
from naftiko_gen.diagnostics.sarif import Result, Rule, log
from naftiko_gen.frontend import Meaning, read
from naftiko_gen.openapi.read.api import Api
from naftiko_gen.openapi.read.description import open_description
from naftiko_gen.tools.drift.changes import Finding, Kind
from naftiko_gen.tools.drift.drift import described_namespaces, find_drift

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


ARGUMENTS = f"""\
SPEC > spec  a capability file
--openapi FILE!  the OpenAPI document of the API
--namespace NAME  the upstream that it describes, if the capability has several
--format text|json|github|sarif = text  text for people, JSON for programs, commands by
  which GitHub annotates pull requests, or SARIF for code scanning (default:
  %(default)s)
--json > format=json  the same as --format json
--breaking  leave out the differences that break nothing
{DUPLICATE_KEYS}
{READING}
{TRACEBACK}"""


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Compare, and print the differences."""
    settings = command_line.settings_of_reading(options)
    root = settings.options.import_root
    spec = Path(options.spec)
    reading = read(spec, Options(Path(), import_root=root))
    description = open_description(options.openapi, limits_of(options))
    for diagnostics, sources in (
        (reading.diagnostics, reading.sources),
        (description.report.diagnostics, description.sources),
    ):
        # Assumptions are for other commands.
        errors = [item for item in diagnostics if item.severity is Severity.ERROR]
        streams.show(errors, sources, options.color)
    if reading.meaning is None or description.api is None:
        return Exit.FAILED
    namespaces = _choose_namespaces(parser, options, reading.meaning, description.api)
    findings = find_drift(reading.meaning, description.api, namespaces)
    breaking = [finding for finding in findings if finding.kind.breaks]
    shown_findings = breaking if options.breaking else findings
    report = DriftReport(shown_findings, str(spec), str(options.openapi))
    streams.write(report.document(options.format))
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


_REMEDY = "Correct the capability, or import the OpenAPI document again."


@dataclass(frozen=True)
class DriftReport:
    """Findings about two files, whose names are those of the command line."""

    findings: Sequence[Finding]
    spec: str
    api: str

    def document(self, form: str) -> str:
        """Return the findings in a form."""
        match form:
            case "json":
                return self._json()
            case "github":
                return self._github()
            case "sarif":
                return self._sarif()
            case _:
                return self._text()

    def _text(self) -> str:
        """Return a paragraph for each finding, and a summary."""
        lines = [
            line
            for breaks in (True, False)
            for finding in self._listed_findings()
            if finding.kind.breaks is breaks
            for line in self._lines(finding)
        ]
        return "".join(f"{line}\n" for line in (*lines, self._summary()))

    def _json(self) -> str:
        """Return one JSON document."""
        lists: dict[bool, list[dict[str, object]]] = {True: [], False: []}
        for finding in self.findings:
            is_change = finding.kind is not Kind.BODY_NOT_COMPARED
            lists[is_change].append(self._item(finding))
        breaking = any(finding.kind.breaks for finding in self.findings)
        files = {"spec": self.spec, "openapi": self.api}
        about = {"findings": lists[True], "uncompared": lists[False]}
        document = {**files, "breaking": breaking, **about}
        return json.dumps(document, indent=2) + "\n"

    def _item(self, finding: Finding) -> dict[str, object]:
        return {
            "kind": finding.kind.slug,
            "breaking": finding.kind.breaks,
            "operation": finding.operation,
            "message": finding.message,
            "spec": _json_place(self.spec, finding.in_spec),
            "openapi": _json_place(self.api, finding.in_api),
        }

    def _github(self) -> str:
        """Return workflow commands that annotate the lines of a pull request."""
        return "".join(
            annotation(
                "error" if finding.kind.breaks else "notice",
                finding.kind.slug,
                self._message(finding),
                _in_workspace(_file(self.spec, finding.in_spec)),
                finding.in_spec,
            )
            + "\n"
            for finding in self._listed_findings()
        )

    def _sarif(self) -> str:
        """Return a SARIF log; its rules are the kinds that occur."""
        occurring = {finding.kind for finding in self._listed_findings()}
        rules = {kind: _rule(kind) for kind in Kind if kind in occurring}
        results = [
            Result(
                rules[finding.kind],
                rules[finding.kind].level,
                self._message(finding),
                _in_workspace(_file(self.spec, finding.in_spec)),
                finding.in_spec,
            )
            for finding in self._listed_findings()
        ]
        return log([*rules.values()], results)

    def _listed_findings(self) -> Iterator[Finding]:
        """Yield the findings but those that are only counted."""
        return (finding for finding in self.findings if not finding.kind.is_counted)

    def _message(self, finding: Finding) -> str:
        text = f"{safe(finding.operation)}: {safe(finding.message)}"
        if finding.in_api is None:
            return text
        return f"{text} ({_place(self.api, finding.in_api)})"

    def _lines(self, finding: Finding) -> Iterator[str]:
        word = "breaking" if finding.kind.breaks else "other"
        place, kind = _place(self.spec, finding.in_spec), finding.kind.slug
        message = f"{safe(finding.operation)}: {safe(finding.message)}"
        yield f"{place}: {word}[{kind}] {message}"
        if finding.in_api is not None:
            yield f"  {_place(self.api, finding.in_api)}"

    def _summary(self) -> str:
        counts = Counter(finding.kind for finding in self.findings)
        changes = Counter(finding.kind.breaks for finding in self._listed_findings())
        breaking = f"{changes[True]} breaking" if changes[True] else "nothing breaking"
        parts = [breaking, *([f"{changes[False]} other"] if changes[False] else [])]
        more = ""
        if operations := counts[Kind.OPERATION_ADDED]:
            more = f"; not in the capability: {operations} of its operations"
        if bodies := counts[Kind.BODY_NOT_COMPARED]:
            noun = "body" if bodies == 1 else "bodies"
            more += f"; not compared, or not as a whole: {bodies} {noun}"
        return f"{safe(self.spec)}: {', '.join(parts)} in {safe(self.api)}{more}"


def _rule(kind: Kind) -> Rule:
    return Rule(kind.slug, kind.meaning, _REMEDY, "error" if kind.breaks else "note")


def _in_workspace(file: str) -> str:
    return relative_to(os.environ.get("GITHUB_WORKSPACE"), file)


def _file(file: str, span: Span | None) -> str:
    return span.origin.file if span and span.origin else file


def _place(file: str, span: Span | None) -> str:
    name = safe(_file(file, span))
    return f"{name}:{span.line}:{span.column}" if span else name


def _json_place(file: str, span: Span | None) -> dict[str, str | int] | None:
    if span is None:
        return None
    return {"file": _file(file, span), "line": span.line, "column": span.column}
