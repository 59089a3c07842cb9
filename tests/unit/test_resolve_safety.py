"""What endangers those who run a package is said, and nothing else is."""

from __future__ import annotations

import pytest
from documents import findings

from naftiko_gen.diagnostics import Severity

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
    authentication: {held}
    resources:
    - name: r
      path: /r
      operations: [{{name: act, method: {method}}}]
  exposes:
  - type: {adapter}
    namespace: mine
    port: 8080
    address: {address}
    {units}
"""
UNITS = {
    "rest": "resources: [{path: /, operations: [{method: GET, call: api.act}]}]",
    "mcp": "tools: [{name: a, description: A., call: api.act}]",
}
BEARER = "{type: bearer, token: '{{K}}'}"


def warned(
    base: str = "https://api.example.com",
    held: str = BEARER,
    method: str = "GET",
    adapter: str = "rest",
    address: str = "localhost",
) -> list[str]:
    text = DOCUMENT.format(
        base=base,
        held=held,
        method=method,
        adapter=adapter,
        address=address,
        units=UNITS[adapter],
    )
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
    assert warned(base) == expected


def test_a_token_that_is_fetched_in_the_clear() -> None:
    fields = "clientId: '{{K}}', clientSecret: '{{K}}'"
    held = f"{{type: oauth2, tokenEndpoint: 'http://id.example.com/t', {fields}}}"
    assert warned(held=held) == ["unencrypted-credential"]


@pytest.mark.parametrize("adapter", ["rest", "mcp"])
@pytest.mark.parametrize(
    ("method", "address", "expected"),
    [
        ("DELETE", "'::'", ["unguarded-operation"]),
        ("DELETE", "10.0.0.1", ["unguarded-operation"]),
        ("DELETE", "127.0.0.1", []),
        ("GET", "10.0.0.1", []),
    ],
)
def test_whoever_reaches_the_port_can_delete(
    adapter: str, method: str, address: str, expected: list[str]
) -> None:
    found = warned(method=method, adapter=adapter, address=address)
    assert found == expected
