"""Every rule of the published spelling: a minimal document and its diagnostics.

The first part of a row's id is the rule's number in the survey of published documents;
the words describe the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from documents import (
    capability,
    document,
    findings,
    resolved,
    routes,
    tools,
    upstream,
)
from starlette.responses import Response
from starlette.routing import Match, Route

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.report import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from naftiko_gen import ir

NOTE, WARNING = Severity.NOTE, Severity.WARNING
ABOUT = "info: {label: Things, description: Things.}\n"
BINDS = ABOUT + "binds: [{namespace: env, keys: {K: K, L: L}}]\n"
GET = "- {name: find, method: GET}\n"
OTHER = "- {name: other, method: GET}\n"
TOOL = "- {name: find, description: Finds., call: api.find}\n"
ROUTE = "- {method: GET, name: find, description: Finds., call: api.find}\n"


def tool(arguments: str = "", more: str = "") -> str:
    """Return a server whose tool has these arguments, and other keys."""
    return tools(_unit("- name: find\n", arguments, more))


def route(
    arguments: str = "", more: str = "", path: str = "/v1/things", method: str = "GET"
) -> str:
    unit = _unit(f"- name: find\n  method: {method}\n", arguments, more)
    return routes(unit, path)


def _unit(head: str, arguments: str, more: str) -> str:
    line = f"  with: {arguments}\n" if arguments else ""
    return f"{head}  description: Finds.\n  call: api.find\n{line}{more}"


def takes(parameters: str, method: str = "GET", path: str = "/things") -> str:
    """Return an upstream whose operation has these parameters."""
    lines = f"- name: find\n  method: {method}\n  inputParameters: [{parameters}]\n"
    return upstream(lines, path)


def sends(body: str) -> str:
    return upstream(f"- name: find\n  method: POST\n  body: {body}\n")


def at(base_uri: str) -> str:
    return upstream(GET).replace("https://api.example.com", f'"{base_uri}"')


def held(authentication: str, method: str = "GET") -> str:
    """Return a document with a credential whose secrets are bound."""
    body = ", body: {type: json, data: {}}" if method == "POST" else ""
    operation = f"- {{name: find, method: {method}{body}}}\n"
    consumes = upstream(operation, more=f"authentication: {authentication}\n")
    return document(consumes, tools(TOOL), BINDS)


def answers(outputs: str) -> str:
    return document(upstream(GET), tool("", f"  outputParameters: [{outputs}]\n"))


def served(*operations: tuple[str, str]) -> str:
    """Return a REST adapter with a GET for each path and name."""
    resources = "".join(
        f"  - path: {path}\n    operations:\n    - {{method: GET, name: {name},"
        " description: D., call: api.find}\n"
        for path, name in operations
    )
    return f"- type: rest\n  namespace: r\n  port: 8080\n  resources:\n{resources}"


def skilled(skills: str) -> str:
    lines = "".join(f"  {line}\n" for line in skills.splitlines())
    return tools(TOOL) + "- type: skill\n  namespace: clerk\n" + lines


FROM = "from: {sourceNamespace: things-mcp, action: find}"


class Row(NamedTuple):
    rule: str
    text: str
    slug: str
    severity: Severity
    place: str
    """The start of the text at the place."""


def rows_of_names() -> list[Row]:
    q = takes("{name: q, in: query}")
    return [
        Row(
            "1 a REST adapter's description is kept",
            document(
                upstream(GET),
                routes(ROUTE).replace("  port:", "  description: Things.\n  port:"),
            ),
            "adapter-description",
            NOTE,
            "description: Things.",
        ),
        *(
            Row(f"2 opaque {output}", answers(output), "opaque-output", NOTE, output)
            for output in (
                "{type: object, mapping: $.}",
                "{type: array, mapping: $}",
                "{type: object, mapping: $.data}",
            )
        ),
        Row(
            "2 opaque parts of an object",
            answers("{type: object, properties: {a: {type: array, mapping: $.a}}}"),
            "opaque-output",
            NOTE,
            "{type: array, mapping: $.a}",
        ),
        Row(
            "2 opaque elements of an array",
            answers("{type: array, mapping: $.a, items: {type: object}}"),
            "opaque-output",
            NOTE,
            "{type: object}",
        ),
        *(
            Row(
                f"3 a parameter's {said}",
                document(
                    takes(f"{{name: q, in: query, {said}}}"),
                    tool("{q: things-mcp.q}"),
                ),
                "parameter-metadata",
                NOTE,
                said,
            )
            for said in ("type: integer", "required: true", "description: D.")
        ),
        Row(
            "4 the prefix rest",
            document(q, route("{q: rest.q}")),
            "reference-prefix",
            NOTE,
            "rest.q",
        ),
        Row(
            "4 the prefix tools",
            document(takes("{name: a.b, in: query}"), tool("{a.b: tools.a.b}")),
            "reference-prefix",
            NOTE,
            "tools.a.b",
        ),
        Row(
            "5 a variable in single braces",
            document(
                takes("{name: x, in: path}", path="/things/{x}"),
                tool("{x: things-mcp.x}"),
            ),
            "single-brace-path",
            NOTE,
            "/things/{x}",
        ),
        Row(
            "6 a bare unit passes parameters on",
            document(q, tools(TOOL)),
            "exposed-parameter",
            NOTE,
            "api.find",
        ),
        Row(
            "6 another unit adds what is required",
            document(
                takes("{name: q, in: query}, {name: r, in: query, required: true}"),
                tool("{q: things-mcp.q}"),
            ),
            "added-input",
            WARNING,
            "api.find",
        ),
        Row(
            "7 an input that isn't declared",
            document(q, tool("{q: things-mcp.q}")),
            "inferred-input",
            NOTE,
            "things-mcp.q",
        ),
        *(
            Row(
                f"8 a name in a body: {placeholder}",
                document(
                    sends(f"{{type: json, data: {{a: '{placeholder}'}}}}"), tools(TOOL)
                ),
                "implicit-parameter",
                NOTE,
                f"'{placeholder}'",
            )
            for placeholder in ("{{tools.a}}", "{{a}}", "so {{a}}")
        ),
        Row(
            "10 a path's variable that isn't declared",
            document(upstream(GET, "/things/{{x}}"), tools(TOOL)),
            "undeclared-path-variable",
            NOTE,
            "/things/{{x}}",
        ),
        Row(
            "10 a path's variable that is declared elsewhere",
            document(takes("{name: x, in: query}", path="/things/{{x}}"), tools(TOOL)),
            "undeclared-path-variable",
            NOTE,
            "x, in: query",
        ),
        Row(
            "14 a title is a label",
            document(upstream(GET), tools(TOOL), "info: {title: T}\n"),
            "label-alias",
            NOTE,
            "title: T",
        ),
        Row(
            "14 a name is a label",
            document(upstream(GET), tools(TOOL), "info: {name: T}\n"),
            "label-alias",
            NOTE,
            "name: T",
        ),
        Row(
            "15 a tool without a description",
            document(upstream(GET), tools("- {name: find, call: api.find}\n")),
            "missing-description",
            NOTE,
            "find, call",
        ),
        Row(
            "15 a skill's tool without a description",
            document(
                upstream(GET),
                skilled(
                    "skills:\n- name: s\n  description: S.\n"
                    f"  tools: [{{name: one, {FROM}}}]"
                ),
            ),
            "missing-description",
            NOTE,
            "one, from",
        ),
        Row(
            "17 a name that clients refuse",
            document(takes("{name: $top, in: query}"), tool("{$top: tools.$top}")),
            "client-alias",
            NOTE,
            "find",
        ),
        Row(
            "27 the version before",
            document(upstream(GET), tools(TOOL)).replace("alpha2", "alpha1"),
            "read-as-alpha2",
            NOTE,
            "1.0.0-alpha1",
        ),
        *(
            Row(
                f"35 {slug}: {key}",
                document(upstream(GET), tools(TOOL), f"info: {{label: T, {key}}}\n"),
                slug,
                NOTE,
                place,
            )
            for slug, key, place in (
                ("information", "personas: [a]", "personas: [a]"),
                ("capability-version", "version: '1'", "version: '1'"),
                ("assumed-version", "version: 'new'", "'new'"),
            )
        ),
    ]


def rows_of_addresses() -> list[Row]:
    guessed = "{name: x, in: path}"
    return [
        Row(
            "9 an operation on one thing",
            document(takes(guessed, "DELETE"), tools(TOOL)),
            "path-from-verb",
            WARNING,
            "x, in: path",
        ),
        Row(
            "13 a route goes on",
            document(takes(guessed), route("{x: rest.x}", path="/v1/things/{x}")),
            "path-from-route",
            WARNING,
            "x, in: path",
        ),
        Row(
            "64 nothing but the order",
            document(takes(guessed, "POST"), tools(TOOL)),
            "guessed-path",
            WARNING,
            "x, in: path",
        ),
        *(
            Row(
                f"12 a base URI's variable: {base}",
                document(at(base), tools(TOOL), BINDS),
                "base-uri-variable",
                NOTE,
                f'"{base}"',
            )
            for base in ("https://{x}.example.com", "https://${K}.example.com")
        ),
        *(
            Row(
                f"18 a base URI without a scheme: {base}",
                document(at(base), tools(TOOL), BINDS),
                "base-uri-scheme",
                NOTE,
                f'"{base}"',
            )
            for base in ("//api.example.com", "{{K}}.example.com", "api.example.com/v1")
        ),
        *(
            Row(
                f"20 a variable that isn't bound: {value}",
                document(
                    takes(f"{{name: q, in: query, value: '{value}'}}"), tools(TOOL)
                ),
                "implicit-variable",
                WARNING,
                f"'{value}'",
            )
            for value in ("{{X_KEY}}", "{{env.X_KEY}}")
        ),
        *(
            Row(
                f"30 a variable in a path: {path}",
                document(upstream(GET, path), tools(TOOL)),
                "implicit-variable",
                WARNING,
                path,
            )
            for path in ("/{ACCOUNT_ID}/things", "/{{env.ACCOUNT_ID}}/things")
        ),
        *(
            Row(
                f"22 an operation's path behind {path}",
                document(
                    upstream(f"- {{name: find, method: GET, path: {path}}}\n"),
                    tools(TOOL),
                ),
                "operation-path",
                NOTE,
                path,
            )
            for path in ("/a", "/things/a")
        ),
        Row(
            "22 a path of an exposed operation",
            document(upstream(GET), route(more="  path: /x\n")),
            "operation-path",
            NOTE,
            "/x",
        ),
        *(
            Row(
                f"25 a consumed path {path}",
                document(upstream(GET, f"'{path}'"), tools(TOOL)),
                "path-query",
                NOTE,
                f"'{path}'",
            )
            for path in ("/t?a=b", "/t?flag", "/t?c={{c}}", "/t#F")
        ),
        *(
            Row(
                f"25 an exposed path {path}",
                document(upstream(GET), routes(ROUTE, f"'{path}'")),
                "route-query",
                WARNING,
                f"'{path}'",
            )
            for path in ("/t#New", "/t?Action=New")
        ),
        Row(
            "60 a consumed path without a slash",
            document(upstream(GET, "things"), tools(TOOL)),
            "leading-slash",
            NOTE,
            "things",
        ),
        Row(
            "60 an exposed path without a slash",
            document(upstream(GET), routes(ROUTE, "things")),
            "leading-slash",
            NOTE,
            "things",
        ),
    ]


def rows_of_credentials() -> list[Row]:
    note = [
        (11, "in", "{type: apikey, in: query, key: X, value: '{{K}}'}"),
        (11, "name", "{type: apikey, name: X, placement: query, value: '{{K}}'}"),
        (32, "header", "{type: apikey, header: X, value: '{{K}}'}"),
        (32, "token", "{type: apikey, header: X, token: '{{K}}'}"),
        (32, "key", "{type: apikey, header: X, key: '{{K}}'}"),
        (32, "header, header", "{type: header, header: X, value: '{{K}}'}"),
        (32, "parameters", "{type: query, parameters: [{name: a, value: '{{K}}'}]}"),
        (32, "apiKey", "{type: apiKey, placement: query, key: X, value: '{{K}}'}"),
        (42, "cookie", "{type: apikey, placement: cookie, key: X, value: '{{K}}'}"),
        (42, "body", "{type: apikey, placement: body, key: X, value: '{{K}}'}"),
        (49, "headers", "{type: apikey, headers: {A: '{{K}}', B: '{{L}}'}}"),
        (49, "headers", "{type: apikey, headers: [{key: A, value: '{{K}}'}]}"),
        (50, "value", "{type: bearer, value: '{{K}}', placement: header}"),
        (50, "placement", "{type: bearer, token: '{{K}}', placement: header}"),
        (26, "oauth1", "{type: oauth1, consumerKey: '{{K}}', signingKey: '{{L}}'}"),
        (26, "hmac", "{type: hmac, apiId: '{{K}}', apiKey: '{{L}}'}"),
        (26, "certificate", "{type: certificate, certPath: '{{K}}'}"),
        (
            26,
            "aws-sig-v4",
            "{type: aws-sig-v4, accessKeyId: '{{K}}', secretKey: '{{L}}',"
            " region: r, service: s}",
        ),
        (
            26,
            "oauth2",
            "{type: oauth2, tokenEndpoint: 'https://t.example', clientId: '{{K}}',"
            " clientSecret: '{{L}}'}",
        ),
    ]
    slugs = {11: "apikey-alias", 42: "apikey-placement", 50: "bearer-value"}
    slugs |= {26: "credential-scheme", 49: "apikey-list"}
    special = {"parameters": "apikey-list", "apiKey": "authentication-type"}
    in_path = upstream(
        GET,
        "/things/{{key}}",
        "authentication: {type: apikey, placement: path, "
        "key: key, value: '{{K}}'}\n",
    )
    return [
        *(
            Row(
                f"{number} {written}",
                held(written, "POST" if place == "body" else "GET"),
                slugs.get(number) or special.get(place, "apikey-header"),
                NOTE,
                place,
            )
            for number, place, written in note
        ),
        Row(
            "42 a key in the path",
            document(in_path, tools(TOOL), BINDS),
            "apikey-placement",
            NOTE,
            "path, key",
        ),
        Row(
            "37 auth",
            held("{type: bearer, token: '{{K}}'}").replace("authentication:", "auth:"),
            "authentication-alias",
            NOTE,
            "auth:",
        ),
    ]


def rows_of_bodies() -> list[Row]:
    alias = [
        "form, data: {a: '{{a}}'}",
        "multipart, data: [{name: a, value: '{{a}}'}]",
        "binary, data: '{{a}}'",
        "octet-stream, data: '{{a}}'",
        "yaml, data: '{{a}}'",
    ]
    return [
        *(
            Row(
                f"28 a body of type {kind}",
                document(sends(f"{{type: {kind}}}"), tools(TOOL)),
                "body-type-alias",
                NOTE,
                kind,
            )
            for kind in alias
        ),
        Row(
            "28 fields of a multipart body",
            document(sends("{type: multipartForm, data: {a: '{{a}}'}}"), tools(TOOL)),
            "multipart-fields",
            NOTE,
            "data: {a",
        ),
        Row(
            "28 a field of a text",
            document(sends("{type: text, data: {a: '{{a}}'}}"), tools(TOOL)),
            "single-field-body",
            NOTE,
            "a: '{{a}}'",
        ),
        Row(
            "40 the caller's body",
            document(sends("{type: json}"), tools(TOOL)),
            "callers-body",
            NOTE,
            "type: json",
        ),
        Row(
            "a write that describes no body",
            document(upstream("- {name: find, method: POST}\n"), tools(TOOL)),
            "undescribed-body",
            NOTE,
            "find, method: POST",
        ),
        Row(
            "57 a structure as a value",
            document(takes("{name: a, in: body, value: {b: 1}}", "POST"), tools(TOOL)),
            "structured-value",
            NOTE,
            "value: {b: 1}",
        ),
        *(
            Row(
                f"55 a parameter without a place: {method}",
                document(takes("{name: q}", method), tools(TOOL)),
                "parameter-place",
                NOTE,
                "q}",
            )
            for method in ("GET", "POST")
        ),
        Row(
            "59 a parameter without a name",
            document(takes("{name: '', in: query}"), tools(TOOL)),
            "empty-name",
            WARNING,
            "{name: ''",
        ),
    ]


def rows_of_units() -> list[Row]:
    q = takes("{name: q, in: query}", "POST")
    x = takes("{name: x, in: path}", path="/things/{{x}}")
    body = takes("{name: body, in: body}", "POST")
    declared = "  inputParameters: [{name: a, in: query, type: string, mapping: %s}]\n"
    return [
        Row(
            "19 a route that is taken",
            document(upstream(GET), served(("/{x}", "one"), ("/{y}", "two"))),
            "duplicate-route",
            WARNING,
            "GET, name: two",
        ),
        Row(
            "23 a route that another one would hide",
            document(upstream(GET), served(("/a/{x}", "one"), ("/a/b", "two"))),
            "route-order",
            NOTE,
            "/a/b",
        ),
        *(
            Row(
                f"21 a key beyond the parameters: {method}",
                document(
                    upstream(f"- {{name: find, method: {method}}}\n"), tool("{z: 1}")
                ),
                "extra-parameter",
                WARNING,
                "z: 1",
            )
            for method in ("GET", "DELETE", "POST")
        ),
        Row(
            "41 a key in other punctuation",
            document(takes("{name: bookId, in: query}"), tool("{book-id: 'a'}")),
            "close-parameter",
            WARNING,
            "book-id",
        ),
        Row(
            "34 the whole body",
            document(body, route("{body: things-rest.body}", method="POST")),
            "whole-body",
            NOTE,
            "things-rest.body",
        ),
        *(
            Row(
                f"39 a reference with a place: {place}",
                document(q, route(f"{{q: rest.{place}.x}}", path=path, method="POST")),
                "reference-place",
                NOTE,
                f"rest.{place}.x",
            )
            for place, path in (
                ("path", "/{x}"),
                ("query", "/v1"),
                ("header", "/v1"),
                ("body", "/v1"),
            )
        ),
        *(
            Row(
                f"46 another spelling of a variable: {reference}",
                document(
                    x, route(f"{{x: things-rest.{reference}}}", path="/v1/{app-id}")
                ),
                "close-variable",
                NOTE,
                "/v1/{app-id}",
            )
            for reference in ("appId", "app_id")
        ),
        Row(
            "46 another spelling of a parameter",
            document(
                takes("{name: appId, in: path}", path="/t/{{appId}}"),
                routes(ROUTE, "/v1/{app-id}"),
            ),
            "close-variable",
            NOTE,
            "/v1/{app-id}",
        ),
        Row(
            "47 a namespace that isn't there",
            document(upstream(GET), tools(TOOL.replace("api.", "ipa."))),
            "assumed-namespace",
            WARNING,
            "ipa.find",
        ),
        Row(
            "an output without a mapping",
            answers("{type: object, properties: {a: {type: string}}}"),
            "unmapped-output",
            NOTE,
            "{type: string}",
        ),
        Row(
            "52 outputs with names",
            answers("{name: a, type: string, mapping: $.a}"),
            "named-outputs",
            NOTE,
            "{name: a",
        ),
        *(
            Row(
                f"53 an input's mapping {mapping}",
                document(q, route(more=declared % mapping, method="POST")),
                "input-mapping",
                NOTE,
                mapping,
            )
            for mapping in ("$.q", "body.q", "queryParameters.q", "pathParameters.q")
        ),
        Row(
            "55 an input without a place",
            document(q, route(more="  inputParameters: [{name: q, type: string}]\n")),
            "input-place",
            NOTE,
            "q, type",
        ),
        Row(
            "56 hints of a route",
            document(upstream(GET), route(more="  hints: {readOnly: true}\n")),
            "ignored-key",
            NOTE,
            "hints",
        ),
        Row(
            "61 a variable without braces",
            document(q, tool("{q: env.K}"), BINDS),
            "environment-reference",
            NOTE,
            "env.K",
        ),
        Row(
            "62 a reference in a structure",
            document(
                takes("{name: b, in: body}", "POST"), tool("{b: [1, {c: tools.c}]}")
            ),
            "reference-prefix",
            NOTE,
            "tools.c",
        ),
        Row(
            "63 a tool's name that is taken",
            document(upstream(GET), tools(TOOL + TOOL)),
            "duplicate-tool",
            WARNING,
            "find",
        ),
        Row(
            "54 a skill that calls",
            document(
                upstream(GET),
                skilled("skills: [{name: s, description: S., call: api.find}]"),
            ),
            "skill-call",
            NOTE,
            "call: api.find",
        ),
        Row(
            "54 a skill's tool that calls",
            document(
                upstream(GET),
                skilled(
                    "skills:\n- name: s\n  description: S.\n  tools:\n"
                    "  - {name: find, description: F., call: api.find}"
                ),
            ),
            "skill-call",
            NOTE,
            "call: api.find}",
        ),
        Row(
            "54 tools of an adapter of skills",
            document(
                upstream(GET),
                skilled(f"description: D.\ntools: [{{name: one, {FROM}}}]"),
            ),
            "skill-tools",
            NOTE,
            "tools:",
        ),
    ]


def rows_of_structure() -> list[Row]:
    again = "- {type: mcp, namespace: again, port: 9091, tools: []}\n"
    nothing = "- {type: http, namespace: b, baseUri: 'https://b.example', %s}\n"
    return [
        *(
            Row(
                f"29 empty {place}",
                document(upstream(GET) + more, tools(TOOL), before),
                "empty-is-absent",
                NOTE,
                place,
            )
            for place, more, before in (
                ("binds: []", "", "binds: []\n"),
                ("keys: {}", "", "binds: [{namespace: env, keys: {}}]\n"),
                ("resources: []", nothing % "resources: []", ""),
                (
                    "operations: []",
                    nothing % "resources: [{name: r, path: /r, operations: []}]",
                    "",
                ),
            )
        ),
        *(
            Row(
                f"29 an adapter with nothing: {kind}",
                document(
                    upstream(GET), tools(TOOL) + again.replace("mcp", kind, 1)
                ).replace("tools: []", f"{key}: []"),
                "dropped-adapter",
                WARNING,
                f"{{type: {kind}",
            )
            for kind, key in (("mcp", "tools"), ("rest", "resources"))
        ),
        Row(
            "29 null instead of a list",
            document(upstream(GET), tools(TOOL), "binds:\n"),
            "null-is-absent",
            NOTE,
            "binds:",
        ),
        Row(
            "31 an operation's name that is taken",
            document(upstream(GET + GET), tools(TOOL)),
            "duplicate-operation",
            WARNING,
            "find",
        ),
        Row(
            "33 a namespace in two blocks",
            document(upstream(GET) + upstream(OTHER), tools(TOOL)),
            "merged-namespace",
            WARNING,
            "api",
        ),
        Row(
            "45 an operation's id",
            document(upstream(GET.replace("name", "id")), tools(TOOL)),
            "operation-id",
            NOTE,
            "id: find",
        ),
        Row(
            "48 a resource without a name",
            document(upstream(GET).replace("name: things", "name: null"), tools(TOOL)),
            "resource-name",
            NOTE,
            "name: null",
        ),
        Row(
            "48 a resource whose name is a number",
            document(upstream(GET).replace("name: things", "name: 2015"), tools(TOOL)),
            "read-as-text",
            NOTE,
            "2015",
        ),
        Row(
            "58 an adapter without a namespace",
            document(
                upstream(GET), tools(TOOL).replace("  namespace: things-mcp\n", "")
            ),
            "adapter-namespace",
            NOTE,
            "type: mcp",
        ),
        Row(
            "58 an adapter without a port",
            document(upstream(GET), tools(TOOL).replace("  port: 9090\n", "")),
            "adapter-port",
            NOTE,
            "type: mcp",
        ),
        Row(
            "58 a port that nothing listens on",
            document(
                upstream(GET),
                tools(TOOL).replace("  port:", "  transport: stdio\n  port:"),
            ),
            "ignored-key",
            NOTE,
            "port: 9090",
        ),
    ]


ROWS = [
    *rows_of_names(),
    *rows_of_addresses(),
    *rows_of_credentials(),
    *rows_of_bodies(),
    *rows_of_units(),
    *rows_of_structure(),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_a_rule_names_its_assumption(row: Row) -> None:
    result, _ = resolved(row.text)
    diagnostics = findings(row.text, row.severity)

    assert result is not None
    assert any(
        slug == row.slug and place.startswith(row.place) for slug, place in diagnostics
    ), diagnostics


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_strict_refuses_the_assumption_of_a_rule(
    row: Row, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, out = tmp_path / "spec.yaml", tmp_path / "out"
    spec.write_text(row.text, "utf-8")

    code = main([str(spec), "-o", str(out), "--strict"])

    assert code == 1
    assert f"error[{row.slug}]" in capsys.readouterr().err
    assert not (out / "spec").exists()


# --- documents without assumptions ---


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(document(upstream(GET), routes(ROUTE)), id="a clean document"),
        pytest.param(
            document(
                upstream(GET),
                skilled(
                    "port: 7070\nskills:\n- name: s\n  description: S.\n"
                    "  location: file:///opt/skills/s\n  allowed-tools: one\n"
                    f"  tools: [{{name: one, description: One., {FROM}}}]"
                ),
            ),
            id="16 a skill that lies elsewhere",
        ),
        pytest.param(
            document(
                upstream("- {name: Find_It, method: GET}\n").replace(
                    "api\n", "My Api\n"
                ),
                tools("- {name: F, description: F., call: My Api.Find_It}\n"),
            ),
            id="24 names in any spelling",
        ),
        *(
            pytest.param(
                document(
                    upstream(
                        f"- {{name: find, method: GET, outputRawFormat: {raw}}}\n"
                    ),
                    tools(TOOL),
                ),
                id=f"36 {raw}",
            )
            for raw in ("text", "binary")
        ),
        pytest.param(
            document(
                takes("{name: q, in: query}"),
                route(
                    "{q: things-rest.q}",
                    "  inputParameters:\n"
                    "  - {name: q, in: query, type: string, required: true}\n",
                ),
            ),
            id="43 an input that is required",
        ),
        pytest.param(answers("{type: integer, mapping: $.a}"), id="44 integer"),
        *(
            pytest.param(
                document(
                    upstream(f"- {{name: find, method: {method}}}\n"),
                    route(method=method),
                ),
                id=f"51 {method}",
            )
            for method in ("HEAD", "OPTIONS")
        ),
    ],
)
def test_documents_without_assumptions_have_no_report(text: str) -> None:
    result, _ = resolved(text)

    assert result is not None
    assert findings(text) == []


# --- necessity ---


@pytest.mark.parametrize(
    ("said", "path", "required"),
    [
        ("in: query", "/things", False),
        ("in: header", "/things", False),
        ("in: body", "/things", False),
        ("in: query, required: false", "/things", False),
        ("in: query, required: true", "/things", True),
        ("in: path", "/things/{{q}}", True),
        ("in: path, required: false", "/things/{{q}}", True),
        ("in: query", "/things/{{q}}", True),
    ],
)
def test_required_keys_of_a_parameter(said: str, path: str, required: bool) -> None:
    method = "POST" if "body" in said else "GET"
    consumes = takes(f"{{name: q, {said}}}", method, path)
    result = capability(document(consumes, tools(TOOL)))

    assert [p.required for p in result.operations[0].parameters] == [required]
    assert [i.required for i in result.tools[0].inputs] == [required]


def test_an_undeclared_variable_of_a_path_is_required() -> None:
    result = capability(document(upstream(GET, "/things/{id}"), tools(TOOL)))

    assert [i.required for i in result.tools[0].inputs] == [True]


# --- variables of base URIs ---


@pytest.mark.parametrize(
    ("written", "variable"),
    [
        ("{region}", "API_REGION"),
        ("${REGION}", "REGION"),
        ("{{REGION}}", "REGION"),
        ("{{env.REGION}}", "REGION"),
        ("${region}", "region"),
        ("{{region}}", "region"),
    ],
)
def test_a_variable_of_a_base_uri_is_a_setting_and_no_input(
    written: str, variable: str
) -> None:
    """Not even where a route, an input and a parameter have its name."""
    consumes = takes("{name: region, in: query}").replace(
        "api.example.com", f"{written}.example.com"
    )
    inputs = "  inputParameters: [{name: region, in: path, type: string}]\n"
    exposes = route("{region: things-rest.region}", inputs, "/{region}")
    result = capability(
        document(
            consumes.replace("https:", '"https:', 1).replace(
                "example.com\n", 'example.com"\n', 1
            ),
            exposes + tools(TOOL),
        )
    )

    settings = [
        part
        for part in result.operations[0].upstream.base_uri
        if not isinstance(part, str)
    ]
    assert [setting.name for setting in settings] == [variable]
    assert [i.name for i in result.routes[0].inputs] == ["region"]
    assert [i.name for i in result.tools[0].inputs] == ["region"]
    assert [place for place, _ in result.operations[0].query] == ["region"]


@pytest.mark.parametrize("written", ["{x}", "${x}", "{{x}}"])
def test_nothing_feeds_the_variable_of_a_base_uri(written: str) -> None:
    text = document(at(f"https://{written}.example.com"), tools(TOOL))

    assert capability(text).tools[0].inputs == ()


# --- routes ---


@pytest.mark.parametrize(
    "paths",
    [
        ["/a/{x}", "/a/b"],
        ["/a/b", "/a/{x}"],
        ["/{x}/{y}", "/{x}/b", "/a/{y}", "/a/b"],
        ["/a/{x}", "/a/{y}", "/a/{z}"],
        ["/a/{x}", "/a/{y}/b", "/a/{z}/{w}", "/a/c/{w}"],
        ["/a/{x}", "/a/v-{x}", "/a/v-1"],
        ["/a", "/a/", "/{x}"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("methods", ["GET", "GET POST", "DELETE GET POST"])
def test_every_route_is_reached(paths: list[str], methods: str) -> None:
    wanted = methods.split()
    resources = "".join(
        f"  - path: '{path}'\n    operations:\n"
        + "".join(
            f"    - {{method: {method}, name: o{number}-{method}, call: api.find}}\n"
            for method in wanted
        )
        for number, path in enumerate(paths)
    )
    adapter = f"- type: rest\n  namespace: r\n  port: 8080\n  resources:\n{resources}"
    exposed = capability(document(upstream(GET), adapter)).rest[0].routes

    assert len(exposed) == len(paths) * len(wanted)
    for operation in exposed:
        path = _path(operation, lambda _: "something")
        assert _reached(exposed, operation.method, path) is operation


def _path(operation: ir.Route, value: Callable[[str], str]) -> str:
    return "".join(p if isinstance(p, str) else value(p.name) for p in operation.route)


def _reached(operations: Sequence[ir.Route], method: str, path: str) -> ir.Route | None:
    """Return the route that a router chooses: the first that matches."""
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    return next(
        (
            operation
            for operation in operations
            if Route(
                _path(operation, "{{{}}}".format),
                lambda _: Response(),
                methods=[operation.method],
            ).matches(scope)[0]
            is Match.FULL
        ),
        None,
    )


@pytest.mark.parametrize(
    ("earlier", "later", "method"),
    [
        ("/a/b", "/a/{x}", "GET"),
        ("/a/{x}", "/a/b", "POST"),
        ("/a/{x}/c", "/a/b", "GET"),
        ("/a/{x}", "/a/b/c", "GET"),
        ("/a/{x}/c", "/a/b/{y}", "GET"),
    ],
)
def test_an_order_that_does_not_matter_is_not_reported(
    earlier: str, later: str, method: str
) -> None:
    text = document(upstream(GET), served((earlier, "one"), (later, "two"))).replace(
        "GET, name: two", f"{method}, name: two"
    )

    assert "route-order" not in [slug for slug, _ in findings(text)]
