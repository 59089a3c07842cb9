"""Diagnostics as SARIF 2.1.0, for code scanning and editors.

<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from naftiko_gen.diagnostics.codes import Code, page_address
from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Plain, Span
from naftiko_gen.diagnostics.version import VERSION

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True)
class Rule:
    """A kind of result; `level` is `error`, `warning` or `note`."""

    id: str
    meaning: str
    remedy: str
    level: str
    page: str | None = None
    """The address of its page, relative to the root of the project."""


@dataclass(frozen=True)
class Result:
    """A result, and its place; None stands for the whole file."""

    rule: Rule
    level: str
    message: str
    file: str
    span: Span | None


def sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a log with one run, in ASCII; its rules are the codes that occur."""
    occurring = {diagnostic.code for diagnostic in diagnostics}
    rules = {code: _rule_of(code) for code in Code if code in occurring}
    results = [
        Result(
            rules[item.code],
            item.severity.value,
            _message(item),
            item.file,
            item.span,
        )
        for item in diagnostics
    ]
    return log([*rules.values()], results)


def log(rules: Sequence[Rule], results: Sequence[Result]) -> str:
    """Return a log with one run of these rules and results, in ASCII."""
    places = {rule: index for index, rule in enumerate(rules)}
    run: Plain = {
        "tool": {"driver": _driver(rules)},
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, places[result.rule]) for result in results],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2) + "\n"


def _rule_of(code: Code) -> Rule:
    address = page_address(code.slug)
    return Rule(code.slug, code.meaning, code.remedy, code.severity.value, address)


def _driver(rules: Sequence[Rule]) -> Plain:
    return {
        "name": "naftiko-gen",
        "semanticVersion": VERSION,
        "rules": [_describe(rule) for rule in rules],
    }


def _describe(rule: Rule) -> Plain:
    page: dict[str, Plain] = {"helpUri": rule.page} if rule.page else {}
    return page | {
        "id": rule.id,
        "shortDescription": {"text": rule.meaning},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(result: Result, rule: int) -> Plain:
    # `[text](address)` would become a link, and the text may be a stranger's.
    text = result.message.replace("](", "] (")
    return {
        "ruleId": result.rule.id,
        "ruleIndex": rule,
        "level": result.level,
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(result.file, result.span)}],
    }


def _message(diagnostic: Diagnostic) -> str:
    parts = diagnostic.message, diagnostic.advice, *diagnostic.import_lines
    return "\n".join(safe(part) for part in parts if part)


def _location(file: str, span: Span | None) -> Plain:
    place: dict[str, Plain] = {"artifactLocation": {"uri": _uri(file)}}
    return place | {"region": _region(span)} if span else place


def _uri(file: str) -> str:
    """Return a path as a URI reference; a relative path gives a relative one."""
    path = quote(os.fsencode(file.replace(os.sep, "/")))
    return f"file://{path}" if path.startswith("/") else path


def _region(span: Span) -> Plain:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endColumn": span.column + span.length,
    }
