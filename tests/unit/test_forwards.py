"""Routes that forward: their targets, paths and headers."""

import pytest
from documents import capability, findings

from naftiko_gen import ir

DOCUMENT = """\
naftiko: 1.0.0-alpha2
info: {{label: Depot, description: Parts.}}
binds:
- {{namespace: env, keys: {{TOKEN: DEPOT_TOKEN, EDITION: EDITION}}}}
capability:
  consumes:
  - type: http
    namespace: depot
    baseUri: https://depot.example.com/v1/
    authentication: {credential}
    inputParameters:
    - {{name: Edition, in: header, value: "{{{{EDITION}}}}"}}
    - {{name: Session, in: header}}
    - {{name: version, in: query, value: 2}}
    - {{name: REGION, in: environment}}
    - {{name: region, in: query, value: "in {{{{REGION}}}}"}}
  exposes:
  - type: rest
    namespace: parts
    address: localhost
    port: 8080
    resources:
    - path: {path}
      forward: {{targetNamespace: {target}, trustedHeaders: {trusted}}}
{more}
"""
BEARER = '{type: bearer, token: "{{TOKEN}}"}'


def document(
    path: str = "/depot/{path}",
    target: str = "depot",
    headers: str = "[X-Own]",
    credential: str = BEARER,
    more: str = "",
) -> str:
    return DOCUMENT.format(
        path=path, target=target, trusted=headers, credential=credential, more=more
    )


def codes(text: str) -> list[str]:
    return [slug for slug, _ in findings(text)]


def forward(text: str) -> tuple[ir.Route, ir.Forward]:
    [route] = capability(text).routes
    assert isinstance(route.implementation, ir.Forward)
    return route, route.implementation


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "cookie",
        "Host",
        "Connection",
        "TE",
        "Proxy-Authorization",
        "a b",
    ],
)
def test_headers_of_the_connection_cannot_be_trusted(name: str) -> None:
    assert "unusable-header" in codes(document(headers=f"[{name}]"))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/depot/a{path}", "unusable-path"),
        ("/depot/{path}.json", "unusable-path"),
        ("/{tenant}/{path}", "unused-input"),
    ],
)
def test_a_tail_is_a_whole_segment(path: str, code: str) -> None:
    assert code in codes(document(path))


def test_a_path_is_forwarded_once() -> None:
    more = "    - {path: '/depot/{rest}', forward: {targetNamespace: depot}}"
    assert "unusable-forward" in codes(document(more=more))
