"""Dialects: each rule makes a canonical document, and says so where it applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from documents import (
    capability,
    document,
    errors,
    findings,
    resolved,
    routes,
    tools,
    upstream,
)

from naftiko_gen.codes import Code
from naftiko_gen.diagnostics import Report, Severity
from naftiko_gen.dialects import RULES, Dialect, detect, normalise
from naftiko_gen.source import load

if TYPE_CHECKING:
    from naftiko_gen.tree import Mapping

GET = """\
- name: list
  method: GET
"""
CALL = """\
- name: list
  description: List things.
  call: api.list
"""


def tree(text: str) -> Mapping:
    found = load(text.encode(), Report("spec.yaml"))
    assert found is not None
    return found


def canonical(text: str) -> object:
    found = normalise(tree(text), Report("spec.yaml"))
    assert found is not None
    return found.plain()


def test_a_canonical_document_is_left_as_it_is() -> None:
    text = document(upstream(GET, "'/things/{{id}}'"), tools(CALL))
    node = tree(text)
    report = Report("spec.yaml")
    assert normalise(node, report) == node
    assert report.diagnostics == []


@pytest.mark.parametrize("dialect", Dialect)
def test_the_version_is_detected(dialect: Dialect) -> None:
    text = document(upstream(GET), tools(CALL)).replace("1.0.0-alpha2", dialect.value)
    assert detect(tree(text), Report("spec.yaml")) is dialect


def test_an_unknown_version_is_refused_where_it_stands() -> None:
    text = document(upstream(GET), tools(CALL)).replace("alpha2", "alpha9")
    assert errors(text) == [("unknown-version", "1.0.0-alpha9")]


def test_another_kind_of_document_is_refused_with_its_keys() -> None:
    report = Report("spec.yaml")
    assert normalise(tree("openapi: 3.1.0\npaths: {}\n"), report) is None
    (found,) = report.diagnostics
    assert found.code is Code.NOT_A_CAPABILITY
    assert "'openapi', 'paths'" in found.message


def test_a_document_that_only_consumes_exposes_nothing() -> None:
    text = "naftiko: 1.0.0-alpha2\ncapability:\n  consumes: []\n"
    assert errors(text) == [("nothing-exposed", "consumes: []")]


def test_misspelt_adapters_are_pointed_at() -> None:
    text = "naftiko: 1.0.0-alpha2\ncapability:\n  consumes: []\n  exposed: []\n"
    (found,) = resolved(text)[1].diagnostics
    assert errors(text) == [("nothing-exposed", "exposed: []")]
    assert found.hint == "did you mean 'exposes'?"


def test_an_adapter_without_tools_is_empty() -> None:
    text = document(upstream(GET), "- {type: mcp, namespace: x, port: 9090}\n")
    assert errors(text) == [("empty-adapter", "{type: mcp, namespace: x, port: 9090}")]


def test_alpha1_is_read_as_alpha2() -> None:
    text = document(upstream(GET), tools(CALL)).replace("alpha2", "alpha1")
    assert findings(text) == [("read-as-alpha2", "1.0.0-alpha1")]


def test_null_lists_and_mappings_are_absent() -> None:
    text = document(
        upstream("- name: list\n  method: GET\n  inputParameters:\n"),
        tools(CALL + "  hints:\n"),
    )
    assert findings(text) == [
        ("null-is-absent", "inputParameters:"),
        ("null-is-absent", "hints:"),
    ]
    assert capability(text).mcp[0].tools[0].name == "list"


def test_null_values_that_are_data_stay() -> None:
    body = "- name: add\n  method: POST\n  body: {type: json, data: {tags: null}}\n"
    text = document(upstream(body), tools(CALL.replace("list", "add")))
    assert findings(text) == []


@pytest.mark.parametrize("alias", ["title", "name"])
def test_label_aliases(alias: str) -> None:
    before = f"info:\n  {alias}: Things\n"
    text = document(upstream(GET), tools(CALL), before)
    assert findings(text) == [("label-alias", f"{alias}: Things")]
    assert capability(text).label == "Things"


def test_information_beyond_the_language_is_left_out() -> None:
    before = "info:\n  label: Things\n  personas: [Ops]\n  version: 1.0.0\n"
    text = document(upstream(GET), tools(CALL), before)
    assert findings(text) == [
        ("information", "personas: [Ops]"),
        ("information", "version: 1.0.0"),
    ]


@pytest.mark.parametrize(
    ("written", "meant", "slugs"),
    [
        (
            "auth: {type: bearer, token: '{{env.K}}'}",
            "authentication: {type: bearer, token: '{{env.K}}'}",
            ["authentication-alias"],
        ),
        (
            "authentication: {type: bearer, value: '{{env.K}}', placement: header}",
            "authentication: {type: bearer, token: '{{env.K}}'}",
            ["bearer-value"],
        ),
        (
            "authentication: {type: apikey, in: query, name: k, value: '{{env.K}}'}",
            "authentication: {type: apikey, placement: query, key: k, "
            "value: '{{env.K}}'}",
            ["apikey-alias", "apikey-alias"],
        ),
    ],
)
def test_credential_aliases(written: str, meant: str, slugs: list[str]) -> None:
    before = "binds:\n- namespace: env\n  keys: {K: K}\n"

    def text(authentication: str) -> str:
        more = authentication + "\n"
        return document(upstream(GET, more=more), tools(CALL), before)

    assert [slug for slug, _ in findings(text(written))] == slugs
    assert findings(text(meant)) == []
    assert capability(text(written)) == capability(text(meant))


def test_paths_start_with_a_slash() -> None:
    text = document(upstream(GET, "things"), routes(CALL + "  method: GET\n", "v1"))
    assert findings(text) == [("leading-slash", "things"), ("leading-slash", "v1")]
    found = capability(text)
    assert found.operations[0].path == ("/things",)
    assert found.rest[0].operations[0].route == ("/v1",)


def test_braces_are_those_of_the_language() -> None:
    text = document(
        upstream(GET, "'/things/{id}'"),
        routes(CALL + "  method: GET\n", "'/v1/{{id}}'"),
    )
    slugs = [slug for slug, _ in findings(text, Severity.NOTE)]
    assert slugs[:2] == ["single-brace-path", "double-brace-route"]
    assert '"/things/{{id}}"' in str(canonical(text)).replace("'", '"')


def test_a_query_in_a_path_is_sent_as_parameters() -> None:
    operation = GET + "  inputParameters:\n  - {name: page, in: query, type: integer}\n"
    path = "'/things?Action=List&page={page}&flag#part'"
    text = document(upstream(operation, path), tools(CALL))
    assert ("path-query", path) in findings(text, Severity.WARNING)
    sent = capability(text).operations[0]
    assert sent.path == ("/things",)
    assert [name for name, _ in sent.query] == ["Action", "page", "flag"]
    assert [parameter.name for parameter in sent.parameters] == ["page"]


def test_parameters_without_a_name_are_left_out() -> None:
    operation = GET + "  inputParameters:\n  - {name: '', in: query}\n"
    text = document(upstream(operation), tools(CALL))
    assert findings(text) == [("empty-name", "{name: '', in: query}")]


def test_metadata_of_parameters_is_kept() -> None:
    operation = GET + "  inputParameters:\n  - {name: a, in: query, required: true}\n"
    text = document(upstream(operation), tools(CALL))
    assert ("parameter-metadata", "required: true}") in findings(text)


def test_the_description_of_a_rest_adapter_is_kept() -> None:
    exposes = routes(CALL + "  method: GET\n").replace(
        "port: 8080", "port: 8080\n  description: Things over HTTP."
    )
    text = document(upstream(GET), exposes)
    assert findings(text) == [("adapter-description", "description: Things over HTTP.")]
    assert capability(text).rest[0].description == "Things over HTTP."


@pytest.mark.parametrize("kind", ["object", "array"])
@pytest.mark.parametrize("path", ["$", "$."])
def test_an_opaque_output_is_no_output(kind: str, path: str) -> None:
    output = f"  outputParameters:\n  - type: {kind}\n    mapping: {path}\n"
    text = document(upstream(GET), tools(CALL + output))
    assert findings(text) == [("opaque-output", f"type: {kind}")]
    assert canonical(text) == canonical(document(upstream(GET), tools(CALL)))


def test_references_get_the_namespace_of_their_adapter() -> None:
    operation = GET + "  inputParameters:\n  - {name: a, in: query}\n"
    text = document(
        upstream(operation), tools(CALL + "  with: {a: [tools.x, {b: rest.y.z}]}\n")
    )
    found = [place for slug, place in findings(text) if slug == "reference-prefix"]
    assert found == ["tools.x, {b: rest.y.z}]}", "rest.y.z}]}"]
    assert "'things-mcp.x', {'b': 'things-mcp.y.z'}" in str(canonical(text))


def test_every_rule_leaves_an_alien_shape_alone() -> None:
    node = tree("naftiko: 1\ncapability: [1, {exposes: 2}]\ninfo: x\nbinds: {a: [b]}\n")
    for rule in RULES:
        report = Report("spec.yaml")
        assert rule(node, report) == node
        assert report.diagnostics == []
