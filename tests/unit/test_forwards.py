"""Routes that forward: their targets, paths and headers."""

from __future__ import annotations

from dataclasses import replace

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
    trusted: str = "[X-Own]",
    credential: str = BEARER,
    more: str = "",
) -> str:
    return DOCUMENT.format(
        path=path, target=target, trusted=trusted, credential=credential, more=more
    )


def codes(text: str) -> list[str]:
    return [slug for slug, _ in findings(text)]


def forward(text: str) -> tuple[ir.Route, ir.Forward]:
    [route] = capability(text).routes
    assert isinstance(route.implementation, ir.Forward)
    return route, route.implementation


def test_a_forward_has_the_values_of_its_api() -> None:
    route, forwarding = forward(document())
    edition, region = (
        ir.Variable(name, secret=False) for name in ("EDITION", "REGION")
    )
    assert route.method == ir.ANY_METHOD
    assert route.name == "forward-depot"
    assert forwarding.tail == route.inputs[0]
    assert forwarding.trusted == ("X-Own",)
    assert forwarding.headers == (("Edition", ir.Setting(edition)),)
    texts = ("in ", ir.Setting(region))
    assert forwarding.query == (
        ("version", ir.Constant(2)),
        ("region", ir.Joined(texts)),
    )
    assert forwarding.upstream.base_uri == ("https://depot.example.com/v1",)
    assert ir.calls(forwarding) == ()


def test_an_api_may_have_no_operation() -> None:
    result = capability(document())
    assert result.operations == ()
    assert [upstream.namespace for upstream in result.upstreams] == ["depot"]
    assert {variable.name for variable in result.variables} == {
        *("DEPOT_TOKEN", "EDITION", "REGION"),
    }


def test_a_path_may_be_exact() -> None:
    _, forwarding = forward(document("/depot"))
    assert forwarding.tail is None


def test_a_path_may_have_an_end() -> None:
    route, forwarding = forward(document("/depot/{path}/end"))
    assert forwarding.tail == ir.Input("path", ir.InPath(), ir.Primitive.STRING, True)
    assert route.path == ("/depot/", None, "/end")


def test_headers_are_trusted_once() -> None:
    _, forwarding = forward(document(trusted="[X-Own, x-own, Accept]"))
    assert forwarding.trusted == ("X-Own", "Accept")


def test_headers_may_be_missing() -> None:
    text = document().replace(", trustedHeaders: [X-Own]", "")
    assert forward(text)[1].trusted == ()


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
def test_some_headers_cant_be_trusted(name: str) -> None:
    assert "unusable-header" in codes(document(trusted=f"[{name}]"))


@pytest.mark.parametrize("name", ["edition", "EDITION"])
def test_the_spec_s_header_wins(name: str) -> None:
    text = document(trusted=f"[{name}]")
    assert "untrusted-header" in codes(text)
    assert forward(text)[1].trusted == ()


def test_a_credential_s_header_wins() -> None:
    key = '{type: apikey, key: X-Key, value: "{{TOKEN}}", placement: header}'
    text = document(trusted="[x-key]", credential=key)
    assert "untrusted-header" in codes(text)


def test_a_credential_s_parameter_is_hidden() -> None:
    key = '{type: apikey, key: k, value: "{{TOKEN}}", placement: query}'
    assert forward(document(credential=key))[1].hidden_queries == ("k",)


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


def test_a_target_must_exist() -> None:
    assert "unusable-forward" in codes(document(target="store"))


def test_a_path_is_forwarded_once() -> None:
    more = "    - {path: '/depot/{rest}', forward: {targetNamespace: depot}}"
    assert "unusable-forward" in codes(document(more=more))


def test_a_key_needs_a_place() -> None:
    key = '{type: apikey, key: k, value: "{{TOKEN}}", placement: path}'
    assert "unusable-credential" in codes(document(credential=key))


def test_declared_inputs_are_unused() -> None:
    more = "      inputParameters: [{name: x, in: query}, {name: path, in: path}]"
    text = document(more=more)
    assert codes(text).count("unused-input") == 1
    assert forward(text)[0].inputs[0].name == "path"


def test_operations_may_have_inputs() -> None:
    more = """\
      inputParameters: [{name: x, in: query, type: string}]
      operations:
      - {method: GET, outputParameters: [{type: string, value: "{{x}}"}]}
"""
    text = document(more=more)
    assert "unused-input" not in codes(text.replace("{path}", "all"))
    methods = {route.method for route in capability(text).routes}
    assert methods == {"GET", ir.ANY_METHOD}


def test_forwards_that_differ_are_of_one_upstream() -> None:
    more = "    - {path: '/other/{path}', forward: {targetNamespace: depot}}"
    result = capability(document(more=more))
    first, second = result.forwards
    assert first.upstream is second.upstream
    assert replace(second, trusted=first.trusted) == first
