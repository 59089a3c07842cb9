"""The differences between a capability and an OpenAPI document, in every format."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.diagnostics.rendering import annotation, relative_to
from naftiko_gen.diagnostics.sarif import Result, Rule, log
from naftiko_gen.tools.drift.changes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.tools.drift.changes import Finding

FORMATS = ("text", "json", "github", "sarif")
_REMEDY = "Correct the capability, or import the OpenAPI document again."


@dataclass(frozen=True)
class DriftReport:
    """Findings about two files, whose names are those of the command line."""

    findings: Sequence[Finding]
    spec: str
    api: str

    def text(self) -> str:
        """Return a paragraph for each finding, and a summary."""
        lines = [
            line
            for breaks in (True, False)
            for finding in self._listed_findings()
            if finding.kind.breaks is breaks
            for line in self._lines(finding)
        ]
        return "".join(f"{line}\n" for line in (*lines, self._summary()))

    def json(self) -> str:
        """Return one JSON document."""
        lists: dict[bool, list[dict[str, object]]] = {True: [], False: []}
        for finding in self.findings:
            is_change = finding.kind is not Kind.BODY_UNCOMPARED
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

    def github(self) -> str:
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

    def sarif(self) -> str:
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
        if bodies := counts[Kind.BODY_UNCOMPARED]:
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
