"""Small documents, and their diagnostics of the stages up to the resolver."""

from pathlib import Path
from textwrap import dedent, indent

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Severity

Finding = tuple[str, str]
"""Slug, and the line from the place on that it points at."""


def resolve(
    text: str, spec: Path = Path("things.yaml"), *, skip_unresolved: bool = False
) -> tuple[ir.Capability | None, frontend.Reading]:
    """Compile a text as the content of `spec`; return its capability and reading."""
    options = Options(output=Path(), skip_unresolved=skip_unresolved)
    reading = frontend.read(spec, options, dedent(text).encode())
    return reading.meaning.capability if reading.meaning else None, reading


def capability(text: str) -> ir.Capability:
    result, report = resolve(text)
    assert result is not None, [d.message for d in report.diagnostics]
    return result


def findings(text: str, *severities: Severity) -> list[Finding]:
    """Return the diagnostics of a severity, or all of them."""
    lines = ["", *dedent(text).splitlines()]
    return [
        (d.code.slug, lines[d.span.line][d.span.column - 1 :])
        for d in resolve(text)[1].diagnostics
        if d.span and (not severities or d.severity in severities)
    ]


def errors(text: str) -> list[Finding]:
    return findings(text, Severity.ERROR)


def messages(text: str) -> list[str]:
    return [diagnostic.message for diagnostic in resolve(text)[1].diagnostics]


def document(consumes: str, exposes: str, before: str = "") -> str:
    """Return a document; its parts are YAML lists or keys, at any indentation."""
    return (
        "naftiko: 1.0.0-alpha2\n"
        + dedent(before)
        + "capability:\n  consumes:\n"
        + indent(dedent(consumes), "  ")
        + "  exposes:\n"
        + indent(dedent(exposes), "  ")
    )


def upstream(operations: str, path: str = "/things", more: str = "") -> str:
    """Return a consumes block of namespace `api` with one resource."""
    return (
        "- type: http\n  namespace: api\n  baseUri: https://api.example.com\n"
        + indent(dedent(more), "  ")
        + f"  resources:\n  - name: things\n    path: {path}\n    operations:\n"
        + indent(dedent(operations), "    ")
    )


def tools(units: str) -> str:
    return (
        "- type: mcp\n  namespace: things-mcp\n  address: localhost\n  port: 9090\n"
        "  tools:\n" + indent(dedent(units), "  ")
    )


def routes(operations: str, path: str = "/v1/things", more: str = "") -> str:
    return (
        "- type: rest\n  namespace: things-rest\n  address: localhost\n  port: 8080\n"
        + f"  resources:\n  - path: {path}\n"
        + indent(dedent(more), "    ")
        + "    operations:\n"
        + indent(dedent(operations), "    ")
    )


def tool(text: str) -> ir.Tool:
    return capability(text).mcp[0].tools[0]


def operation(text: str) -> ir.Operation:
    return capability(text).operations[0]


def rest_operation(text: str) -> ir.Route:
    return capability(text).rest[0].routes[0]
