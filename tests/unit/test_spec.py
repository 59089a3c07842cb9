"""Validation: valid canonical documents, and the errors of others."""

from __future__ import annotations

import pytest
from documents import document, errors, messages, resolved, routes, tools, upstream

GET = """\
- name: list
  method: GET
"""
CALL = """\
- name: list
  description: List things.
  call: api.list
"""


def test_all_problems_are_reported_at_once() -> None:
    text = document(
        upstream("- name: list\n  methods: GET\n  method: FETCH\n"),
        tools("- name: list\n  cal: api.list\n  description: [List]\n"),
    )
    assert errors(text) == [
        ("wrong-value", "FETCH"),
        ("unknown-key", "methods: GET"),
        ("wrong-type", "[List]"),
        ("unknown-key", "cal: api.list"),
    ]


@pytest.mark.parametrize("key", ["steps", "ref"])
def test_a_key_that_means_something_elsewhere_is_unknown(key: str) -> None:
    output = f"{{type: object, properties: {{a: {{type: string, {key}: $.a}}}}}}"
    text = document(upstream(GET), tools(f"{CALL}  outputParameters: [{output}]\n"))
    assert errors(text) == [("unknown-key", f"{key}: $.a}}}}}}]")]


@pytest.mark.parametrize(
    ("typo", "hint"),
    [
        ("inputParameter: []", "did you mean 'inputParameters'?"),
        ("hint: {}", "did you mean 'hints'?"),
        ("resources: []", None),
    ],
)
def test_an_unknown_key_has_the_nearest_one_of_its_place(
    typo: str, hint: str | None
) -> None:
    text = document(upstream(GET), tools(CALL + f"  {typo}\n"))
    (error,) = resolved(text)[1].diagnostics
    assert error.code.slug == "unknown-key"
    assert error.hint == hint


def test_a_missing_key_is_reported_at_the_mapping_that_lacks_it() -> None:
    consumes = upstream(GET).replace("  baseUri: https://api.example.com\n", "")
    assert errors(document(consumes, routes(CALL))) == [("missing-key", "type: http")]


@pytest.mark.parametrize("port", ["0", "65536", "'80 80'", "true", "80.5"])
def test_a_port_is_a_number_that_a_socket_can_have(port: str) -> None:
    exposes = routes(CALL).replace("8080", port)
    ((slug, place),) = errors(document(upstream(GET), exposes))
    assert (slug[:6], place) == ("wrong-", port)


@pytest.mark.parametrize(("port", "hint"), [("0", "1 or more"), ("65536", "65535")])
def test_a_port_out_of_range_is_answered_with_the_range(port: str, hint: str) -> None:
    exposes = routes(CALL).replace("8080", port)
    (error,) = resolved(document(upstream(GET), exposes))[1].diagnostics
    assert hint in (error.hint or "")


def test_a_name_is_text() -> None:
    text = document(upstream("- name: []\n"), tools(CALL))
    assert errors(text) == [("wrong-type", "[]")]


def test_an_unknown_adapter_is_named() -> None:
    text = document(upstream(GET), "- {type: http, namespace: x, paths: []}\n")
    assert errors(text) == [("unknown-adapter", "http, namespace: x, paths: []}")]


def test_an_adapter_without_a_type_is_incomplete() -> None:
    text = document(upstream(GET), "- {namespace: x, port: 1}\n")
    assert errors(text) == [("missing-key", "{namespace: x, port: 1}")]


@pytest.mark.parametrize("kind", ["ntlm", "kerberos", "jwt"])
def test_other_credentials_are_unsupported(kind: str) -> None:
    more = f"authentication: {{type: {kind}, username: a}}\n"
    text = document(upstream(GET, more=more), tools(CALL))
    assert errors(text) == [("unsupported", f"{kind}, username: a}}")]


def test_a_misspelt_credential_has_a_hint() -> None:
    more = "authentication: {type: baerer, token: '{{KEY}}'}\n"
    (error,) = resolved(document(upstream(GET, more=more), tools(CALL)))[1].diagnostics
    assert error.hint == "did you mean 'bearer'?"


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("{type: condition, name: a}", "proposed-feature"),
        ("{type: cal, name: a}", "wrong-value"),
        ("{name: a, call: api.list}", "missing-key"),
    ],
)
def test_steps_of_other_types_are_refused_by_name(step: str, error: str) -> None:
    text = document(upstream(GET), tools(f"- name: list\n  steps: [{step}]\n"))
    assert [code for code, _ in errors(text)] == [error]


def test_introspection_of_tokens_is_unsupported() -> None:
    issuer = "authorizationServerUri: https://login.example.com"
    guard = f"{{type: oauth2, {issuer}, tokenValidation: introspection}}"
    exposes = tools(CALL).replace(
        "port: 9090", f"port: 9090\n  authentication: {guard}"
    )
    [(code, place)] = errors(document(upstream(GET), exposes))
    assert (code, place.rstrip("}")) == (
        "unsupported",
        "tokenValidation: introspection",
    )


def test_control_adapters_have_a_port() -> None:
    text = document(upstream(GET), "- {type: control, port: 0}\n")
    assert errors(text) == [("wrong-value", "0}")]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("{type: msgpack, data: x}", ("unsupported", "msgpack, data: x}")),
        ("{data: x}", ("missing-key", "{data: x}")),
        ("{type: text, data: [a]}", ("wrong-type", "[a]}")),
        ("{type: multipartForm}", ("missing-key", "multipartForm}")),
        ("{type: multipartForm, data: [{name: a}]}", ("missing-key", "{name: a}]}")),
    ],
)
def test_a_body_is_of_a_known_type_and_has_its_data(
    body: str, error: tuple[str, str]
) -> None:
    text = document(upstream(GET + f"  body: {body}\n"), tools(CALL))
    assert errors(text) == [error]


def test_a_message_is_one_sentence_that_shows_the_value() -> None:
    text = document(upstream("- name: list\n  method: FETCH\n"), tools(CALL))
    assert messages(text) == ["'method' can't be 'FETCH'"]


def test_a_scalar_where_a_mapping_belongs() -> None:
    text = document(upstream(GET), "- 3\n")
    ((slug, place),) = errors(text)
    assert (slug, place) == ("missing-key", "3")
