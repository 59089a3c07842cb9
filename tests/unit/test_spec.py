"""Validation: valid canonical documents, and the errors of others."""

import pytest
from documents import document, errors, resolve, routes, tools, upstream

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
    (error,) = resolve(text)[1].diagnostics
    assert error.code.slug == "unknown-key"
    assert error.hint == hint


@pytest.mark.parametrize("port", ["0", "65536", "'80 80'", "true", "80.5"])
def test_a_port_is_a_number_that_a_socket_can_have(port: str) -> None:
    exposes = routes(CALL).replace("8080", port)
    ((slug, place),) = errors(document(upstream(GET), exposes))
    assert (slug[:6], place) == ("wrong-", port)


@pytest.mark.parametrize(("port", "hint"), [("0", "1 or more"), ("65536", "65535")])
def test_a_port_out_of_range_is_answered_with_the_range(port: str, hint: str) -> None:
    exposes = routes(CALL).replace("8080", port)
    (error,) = resolve(document(upstream(GET), exposes))[1].diagnostics
    assert hint in (error.hint or "")


def test_a_misspelt_credential_has_a_hint() -> None:
    more = "authentication: {type: baerer, token: '{{KEY}}'}\n"
    (error,) = resolve(document(upstream(GET, more=more), tools(CALL)))[1].diagnostics
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


def test_a_scalar_where_a_mapping_belongs() -> None:
    text = document(upstream(GET), "- 3\n")
    ((slug, place),) = errors(text)
    assert (slug, place) == ("missing-key", "3")
