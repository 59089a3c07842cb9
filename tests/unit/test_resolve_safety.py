"""Dangers to the users of a package are reported, and nothing else is."""

import pytest
from documents import findings, resolve

from naftiko_gen.diagnostics.report import Severity

DOCUMENT = """\
naftiko: 1.0.0-alpha2
binds:
- namespace: env
  keys: {{K: K}}
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: {base}
    authentication: {credential}
    resources:
    - name: r
      path: /r
      operations: [{{name: act, method: {method}}}]
  exposes:
  - type: {adapter}
    namespace: mine
    port: 8080
    {address}
    {units}
"""
UNITS = {
    "rest": "resources: [{path: /, operations: [{method: GET, call: api.act}]}]",
    "mcp": "tools: [{name: a, description: A., call: api.act}]",
}
BEARER = "{type: bearer, token: '{{K}}'}"


def write(
    base: str = "https://api.example.com",
    credential: str = BEARER,
    method: str = "GET",
    adapter: str = "rest",
    address: str = "address: localhost",
    units: str | None = None,
) -> str:
    return DOCUMENT.format(
        base=base,
        credential=credential,
        method=method,
        adapter=adapter,
        address=address,
        units=units or UNITS[adapter],
    )


def warning_codes(text: str) -> list[str]:
    return [slug for slug, _ in findings(text, Severity.WARNING)]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://api.example.com", ["unencrypted-credential"]),
        ("HTTP://localhost.example.com/v1", ["unencrypted-credential"]),
        ("https://api.example.com", []),
        ("http://localhost:8080/v1", []),
        ("http://127.0.0.1", []),
    ],
)
def test_a_credential_in_the_clear(base: str, expected: list[str]) -> None:
    assert warning_codes(write(base)) == expected


def test_a_token_that_is_fetched_in_the_clear() -> None:
    fields = "clientId: '{{K}}', clientSecret: '{{K}}'"
    credential = f"{{type: oauth2, tokenEndpoint: 'http://id.example.com/t', {fields}}}"
    assert warning_codes(write(credential=credential)) == ["unencrypted-credential"]


@pytest.mark.parametrize("adapter", ["rest", "mcp"])
@pytest.mark.parametrize(
    ("method", "address", "expected"),
    [
        ("DELETE", "address: '::'", ["unguarded-operation"]),
        ("DELETE", "address: 10.0.0.1", ["unguarded-operation"]),
        ("DELETE", "address: localhost.example.com", ["unguarded-operation"]),
        ("DELETE", "", ["unguarded-operation"]),
        ("DELETE", "address: 127.0.0.1", []),
        ("DELETE", "address: LOCALHOST", []),
        ("GET", "address: 10.0.0.1", []),
        ("GET", "", []),
    ],
)
def test_an_unguarded_port_lets_everybody_delete(
    adapter: str, method: str, address: str, expected: list[str]
) -> None:
    text = write(method=method, adapter=adapter, address=address)
    assert warning_codes(text) == expected


def test_a_tool_may_say_that_it_is_destructive() -> None:
    tool = "{name: a, hints: {destructive: true}, description: A., call: api.act}"
    text = write(adapter="mcp", address="", units=f"tools: [{tool}]")
    [(slug, place)] = findings(text, Severity.WARNING)
    assert slug == "unguarded-operation"
    assert place.startswith("a, hints:")


def test_nobody_else_reaches_standard_input() -> None:
    text = write(method="DELETE", adapter="mcp", address="transport: stdio")
    assert warning_codes(text) == []


def test_an_adapter_is_warned_of_once() -> None:
    operations = (
        f"{{method: {method}, name: {name}, call: api.act}}"
        for method, name in [("GET", "a"), ("PUT", "b"), ("POST", "c")]
    )
    units = f"resources: [{{path: /, operations: [{', '.join(operations)}]}}]"
    text = write(method="DELETE", address="", units=units)
    diagnostics = resolve(text)[1].diagnostics
    [message] = (d.message for d in diagnostics if d.severity is Severity.WARNING)
    assert message.startswith("clients of 'a' and 2 more aren't authenticated")
