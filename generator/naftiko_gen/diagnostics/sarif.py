"""Diagnostics as SARIF 2.1.0, for code scanning and editors.

<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from naftiko_gen import __version__
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Plain, Span

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a log with one run, in ASCII; its rules are the codes that occur."""
    occurring = {diagnostic.code for diagnostic in diagnostics}
    codes = (code for code in Code if code in occurring)
    rules = {code: index for index, code in enumerate(codes)}
    run: Plain = {
        "tool": {"driver": _driver(rules)},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(diagnostic, rules[diagnostic.code]) for diagnostic in diagnostics
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _driver(rules: Mapping[Code, int]) -> Plain:
    return {
        "name": "naftiko-gen",
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in rules],
    }


def _rule(code: Code) -> Plain:
    return {
        "id": code.slug,
        "shortDescription": {"text": code.meaning},
        "help": {"text": code.remedy},
        "defaultConfiguration": {"level": code.severity.value},
    }


def _result(diagnostic: Diagnostic, rule: int) -> Plain:
    return {
        "ruleId": diagnostic.code.slug,
        "ruleIndex": rule,
        "level": diagnostic.severity.value,
        "message": {"text": _message(diagnostic)},
        "locations": [{"physicalLocation": _location(diagnostic)}],
    }


def _message(diagnostic: Diagnostic) -> str:
    parts = diagnostic.message, diagnostic.advice, *diagnostic.import_lines
    # `[text](address)` would become a link, and the text may be a stranger's.
    return "\n".join(safe(part) for part in parts if part).replace("](", "] (")


def _location(diagnostic: Diagnostic) -> Plain:
    place: dict[str, Plain] = {"artifactLocation": {"uri": _uri(diagnostic.file)}}
    return place | {"region": _region(diagnostic.span)} if diagnostic.span else place


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
