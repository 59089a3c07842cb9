"""Resolving the consumed side: parameters, bodies, base URIs, credentials."""

import pytest
from documents import (
    capability,
    document,
    errors,
    findings,
    messages,
    operation,
    tools,
    upstream,
)

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Severity

STRING = ir.Primitive.STRING
CALL = """\
- name: act
  description: Act.
  call: api.act
"""
BINDS = "binds:\n- namespace: env\n  keys: {KEY: API_KEY}\n"


def spec(
    parameters: str = "[]",
    *,
    method: str = "GET",
    path: str = "/things",
    body: str | None = None,
    more: str = "",
    call: str = CALL,
    before: str = BINDS,
) -> str:
    """Return a document with one operation, `act`, called by one tool."""
    declaration = (
        f"- name: act\n  method: {method}\n  inputParameters: {parameters}\n"
        + (f"  body: {body}\n" if body else "")
    )
    return document(upstream(declaration, path, more), tools(call), before)


def parameter(
    name: str, place: ir.Place, kind: ir.Type = STRING, *, required: bool = False
) -> ir.Parameter:
    return ir.Parameter(name, place, kind, required)


# --- parameters ---


@pytest.mark.parametrize(("count", "is_refused"), [(1000, False), (1001, True)])
def test_a_path_has_at_most_a_thousand_variables(count: int, is_refused: bool) -> None:
    path = "".join(f"/{{{{a{number}}}}}" for number in range(count))

    refusals = [m for m in messages(spec(path=f"'{path}'")) if " variables" in m]

    assert bool(refusals) is is_refused


def test_parameters_of_resource_and_upstream_are_sent_and_overridden() -> None:
    text = spec(
        "[{name: v, in: query, value: '2'}]",
        more="inputParameters:\n- {name: v, in: query, value: '1'}\n"
        "- {name: X-App, in: header, value: gen}\n",
    ).replace(
        "path: /things\n",
        "path: /things\n      inputParameters: [{name: w, in: query, value: x}]\n",
    )
    request = operation(text)
    assert request.query == (("v", ir.Constant("2")), ("w", ir.Constant("x")))
    assert request.headers == (("X-App", ir.Constant("gen")),)


def test_a_variable_of_the_environment_fills_templates() -> None:
    request = operation(
        spec(
            "[{name: REGION, in: environment}, "
            "{name: r, in: query, value: '{{REGION}}'}]"
        )
    )
    region = ir.Variable("REGION", secret=False)
    assert request.query == (("r", ir.Setting(region)),)
    assert request.parameters == ()


def test_faults_that_two_operations_share_are_reported_once() -> None:
    two = "- name: act\n  method: GET\n- name: stop\n  method: DELETE\n"
    text = document(
        upstream(two, path="'/a/{{id}}'"), tools(CALL + CALL.replace("act", "stop"))
    )
    codes = [slug for slug, _ in findings(text)]
    assert codes.count("undeclared-path-variable") == 1


def test_a_path_variable_declared_elsewhere_is_the_path_s() -> None:
    request = operation(
        spec("[{name: id, in: query, type: integer}]", path="'/a/{{id}}'")
    )
    identifier = parameter("id", ir.Place.PATH, ir.Primitive.INTEGER, required=True)
    assert request.path == ("/a/", identifier)
    assert request.query == ()


@pytest.mark.parametrize("path", ["/a b", "'/a|b'", "'/a{b'", "'/a\\b'"])
def test_a_path_that_no_url_has_is_an_error(path: str) -> None:
    assert ("unusable-path", path) in errors(spec(path=path))


# --- headers ---


@pytest.mark.parametrize(
    "name", ["Host", "transfer-encoding", "Connection", "Proxy-Authorization", "TE"]
)
def test_only_the_http_client_sets_framing_headers(name: str) -> None:
    text = spec(f"[{{name: {name}, in: header, value: x}}]")
    assert errors(text) == [("unusable-header", f"{name}, in: header, value: x}}]")]


@pytest.mark.parametrize(
    "header",
    [
        "name: Content-Length, in: header, type: integer",
        "name: content-length, in: header, required: true",
        "name: Content-Length, in: header, value: 0",
        "name: Host, in: header, required: true",
        "name: Content-Encoding, in: header",
        "name: content-encoding, in: header, required: true",
    ],
)
def test_a_header_that_the_client_writes_is_left_out(header: str) -> None:
    name = header.split(",", maxsplit=1)[0].removeprefix("name: ")
    call = CALL + f"  with: {{{name}: tools.size}}\n"
    text = spec(f"[{{{header}}}]", call=call)
    slugs = {slug for slug, _ in findings(text, Severity.WARNING)}
    assert slugs - {"ignored-argument"} == {"redundant-header"}
    assert operation(text).headers == ()
    assert capability(text).mcp[0].tools[0].inputs == ()


def test_a_fixed_content_encoding_is_sent() -> None:
    text = spec("[{name: Content-Encoding, in: header, value: gzip}]")
    assert operation(text).headers == (("Content-Encoding", ir.Constant("gzip")),)


@pytest.mark.parametrize("name", ["Authorization", "cookie"])
def test_callers_have_no_access_to_credentials(name: str) -> None:
    text = spec(f"[{{name: {name}, in: header}}]")
    diagnostics = findings(text, Severity.WARNING)
    assert diagnostics == [("redundant-header", f"{name}, in: header}}]")]
    assert operation(text).headers == ()


@pytest.mark.parametrize("name", ["'a b'", "'a:b'", "é"])
def test_a_header_has_a_name_of_rfc_9110(name: str) -> None:
    text = spec(f"[{{name: {name}, in: header}}]")
    assert [slug for slug, _ in errors(text)] == ["unusable-header"]


# --- bodies ---


def test_a_parameter_called_body_is_the_body() -> None:
    request = operation(spec("[{name: body, in: body, type: object}]", method="POST"))
    body = parameter("body", ir.Place.BODY, ir.Object())
    assert request.body == ir.Entity(body)
    assert request.parameters == (body,)


def test_a_text_called_body_is_a_member_of_the_body() -> None:
    declaration = "{name: body, in: body, type: string}"
    request = operation(spec(f"[{declaration}]", method="POST"))
    body = parameter("body", ir.Place.BODY, STRING)
    only = ir.ObjectTemplate((("body", ir.Argument(body)),))
    assert request.body == ir.BodyTemplate(only)


@pytest.mark.parametrize("kind", ["string", "object"])
def test_a_parameter_called_body_beside_others_is_a_member_of_the_body(
    kind: str,
) -> None:
    parameters = f"{{name: title, in: body}}, {{name: body, in: body, type: {kind}}}"
    request = operation(spec(f"[{parameters}]", method="POST"))
    title, body = request.parameters
    members = (("title", ir.Argument(title)), ("body", ir.Argument(body)))
    assert request.body == ir.BodyTemplate(ir.ObjectTemplate(members))


@pytest.mark.parametrize("kind", ["object", "array"])
def test_the_only_body_parameter_with_parts_is_the_body(kind: str) -> None:
    request = operation(spec(f"[{{name: pet, in: body, type: {kind}}}]", method="POST"))
    assert request.body == ir.Entity(request.parameters[0])


def test_other_body_parameters_are_fields_of_an_object() -> None:
    request = operation(
        spec(
            "[{name: a, in: body, type: string}, {name: b, in: body, value: 'x'}]",
            method="POST",
        )
    )
    (a,) = request.parameters
    fields = (("a", ir.Argument(a)), ("b", ir.Constant("x")))
    assert request.body == ir.BodyTemplate(ir.ObjectTemplate(fields))


def test_a_single_scalar_is_a_field() -> None:
    request = operation(spec("[{name: a, in: body, type: string}]", method="POST"))
    fields = (("a", ir.Argument(request.parameters[0])),)
    assert request.body == ir.BodyTemplate(ir.ObjectTemplate(fields))


def test_a_body_that_is_one_hole_is_the_caller_s() -> None:
    request = operation(spec(method="POST", body="{type: json, data: '{{pet}}'}"))
    assert request.body == ir.Entity(parameter("pet", ir.Place.BODY, ir.Anything()))


# --- upstreams ---


@pytest.mark.parametrize(
    ("base_uri", "parts"),
    [
        ("https://api.example.com", ("https://api.example.com",)),
        ("http://localhost:8080/v1/", ("http://localhost:8080/v1",)),
        ("https://{region}.x.com", ("https://", "API_REGION", ".x.com")),
        ("https://${HOST}/a", ("https://", "HOST", "/a")),
        ("{{env.BASE}}/api", ("BASE", "/api")),
        ("https://{{KEY}}.x.com", ("https://", "API_KEY", ".x.com")),
        ("https://{KEY}.x.com", ("https://", "API_KEY", ".x.com")),
        ("https://{env.KEY}.x.com", ("https://", "API_KEY", ".x.com")),
        ("http://{h}:{port}/v1", ("http://", "API_H", ":", "API_PORT", "/v1")),
    ],
)
def test_base_uris(base_uri: str, parts: tuple[str, ...]) -> None:
    text = spec().replace("https://api.example.com", f"'{base_uri}'")
    base = capability(text).upstreams[0].base_uri
    assert tuple(p.name if isinstance(p, ir.Variable) else p for p in base) == parts


@pytest.mark.parametrize(
    "base_uri",
    [
        "",
        "ftp://example.com",
        "/v1",
        "https://",
        "https:///path",
        "https://user:secret@example.com",
        "https://example.com/?a=b",
        "https://example.com/#a",
        "https://exa mple.com",
        "https://example.com:99999",
        "https://[::1",
        "{{BASE}}/x?y",
    ],
)
def test_unusable_base_uris(base_uri: str) -> None:
    text = spec().replace("https://api.example.com", f"'{base_uri}'")
    assert errors(text) == [("unusable-base-uri", f"'{base_uri}'")]
    assert not any("secret" in message for message in messages(text))


# --- credentials ---


@pytest.mark.parametrize(
    "authentication",
    [
        "{type: bearer, token: s3cret}",
        "{type: basic, username: '{{KEY}}', password: s3cret}",
        "{type: basic, username: bot, password: ''}",
        "{type: apikey, key: a, value: s3cret}",
    ],
)
def test_credentials_are_never_in_the_document(authentication: str) -> None:
    text = spec(more=f"authentication: {authentication}\n")
    assert [slug for slug, _ in errors(text)] == ["literal-credential"]
    assert not any("s3cret" in message for message in messages(text))


def test_a_literal_credential_counts_even_if_nothing_calls_its_upstream() -> None:
    other = (
        "  - {type: http, namespace: other, baseUri: 'https://y.z', "
        "authentication: {type: bearer, token: abc}}\n  exposes:"
    )
    text = spec().replace("  exposes:", other)
    assert errors(text) == [("literal-credential", "abc}}")]


def test_a_fixed_authorization_header_is_a_credential() -> None:
    literal = spec("[{name: Authorization, in: header, value: Bearer x}]")
    assert errors(literal) == [("literal-credential", "Bearer x}]")]
    bound = spec("[{name: Authorization, in: header, value: 'Bearer {{KEY}}'}]")
    assert capability(bound).variables == (ir.Variable("API_KEY", secret=True),)


@pytest.mark.parametrize("key", ["Host", "'X Key'", "Proxy-Authorization"])
def test_a_credential_has_a_header_that_can_be_sent(key: str) -> None:
    value = f"{{type: apikey, key: {key}, value: '{{{{KEY}}}}'}}"
    text = spec(more=f"authentication: {value}\n")
    assert [slug for slug, _ in errors(text)] == ["unusable-header"]


# --- inferred parameters ---


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (
            "{name: a, value: '{{x}}'}, {name: b, value: '{{x}}', filename: f}",
            ir.Anything(),
        ),
        (
            "{name: b, value: '{{x}}', filename: f}, {name: a, value: '{{x}}'}",
            ir.Bytes(),
        ),
        (
            "{name: a, value: '{{y}}', filename: '{{x}}'}, {name: b, value: '{{x}}'}",
            STRING,
        ),
    ],
)
def test_the_first_mention_in_a_body_fixes_the_type(parts: str, kind: ir.Type) -> None:
    body = f"{{type: multipart, data: [{parts}]}}"
    request = operation(spec(body=body, method="POST"))
    assert {p.name: p.type for p in request.parameters}["x"] == kind
    placeholders = [
        p for template in request.templates for p in ir.placeholders(template)
    ]
    assert {p.type for p in placeholders if p.name == "x"} == {kind}


# --- variables ---


def test_an_implicit_variable_is_reported_at_its_first_use() -> None:
    text = spec(
        "[{name: q, in: query, value: 'a {{OTHER}}'}, "
        "{name: r, in: query, value: '{{OTHER}}'}]"
    )
    diagnostics = findings(text, Severity.WARNING)
    assert [slug for slug, _ in diagnostics] == ["implicit-variable"]
    assert diagnostics[0][1].startswith("'a {{OTHER}}'")


def test_names_are_qualified_by_their_binding() -> None:
    before = (
        "binds:\n- {namespace: a, keys: {K: A_K}}\n"
        "- {namespace: b, description: Keys of b., keys: {K: B_K}}\n"
    )
    request = operation(
        spec(
            "[{name: x, in: query, value: '{{a.K}}'}, "
            "{name: y, in: query, value: '{{K}}'}]",
            before=before,
        )
    )
    first, second = (value for _, value in request.query)
    assert first == ir.Setting(ir.Variable("A_K", secret=False))
    assert second == ir.Setting(ir.Variable("B_K", False, "Keys of b."))


def test_a_name_that_nothing_uses_is_not_asked_for() -> None:
    text = spec()
    assert findings(text) == [("unused-binding", "API_KEY}")]
    assert capability(text).variables == ()


@pytest.mark.parametrize(
    "name", ["LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PYTHONPATH", "PATH", "a b", "1a"]
)
def test_variables_that_decide_which_code_runs_cannot_be_bound(name: str) -> None:
    text = spec(before=f"binds:\n- namespace: env\n  keys: {{KEY: {name}}}\n")
    assert errors(text) == [("unusable-variable", f"{name}}}")]


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "LDAP_PASSWORD", "RUBYGEMS_KEY"])
def test_names_that_only_look_alike_can_be_bound(name: str) -> None:
    text = spec(before=f"binds:\n- namespace: env\n  keys: {{KEY: {name}}}\n")
    assert errors(text) == []


@pytest.mark.parametrize("name", ["API_BASE_URI", "THINGS_TIMEOUT", "THINGS_MCP_PORT"])
def test_a_setting_is_one_thing(name: str) -> None:
    text = spec(
        "[{name: a, in: query, value: '{{KEY}}'}]",
        before=f"binds:\n- namespace: env\n  keys: {{KEY: {name}}}\n",
    )
    assert [slug for slug, _ in errors(text)] == ["setting-collision"]


# --- names ---


SECOND = """\
- type: http
  namespace: api
  baseUri: https://api.example.com
  resources:
  - name: others
    path: /others
    operations:
    - {name: other}
    - {name: act}
"""


def merge(base_uri: str) -> ir.Capability:
    second = SECOND.replace("https://api.example.com", base_uri)
    units = CALL + CALL.replace("act", "other")
    return capability(document(upstream("- {name: act}\n") + second, tools(units)))


def test_blocks_of_one_namespace_keep_their_addresses() -> None:
    result = merge("https://y.z")
    assert [(u.namespace, u.base_uri) for u in result.upstreams] == [
        ("api", ("https://api.example.com",)),
        ("api-2", ("https://y.z",)),
    ]
    assert [o.upstream for o in result.operations] == list(result.upstreams)


def test_an_unknown_namespace_is_that_of_the_only_operation() -> None:
    consumes = upstream("- {name: act}\n- {name: twice}\n- {name: twice}\n")
    text = document(consumes, tools(CALL.replace("api.act", "apis.act")))
    assert operation(text).name == "act"
    assert ("assumed-namespace", "apis.act") in findings(text)
    for call in ("apis.twice", "apis.ac", "api.ac"):
        unknown = text.replace("apis.act", call)
        assert errors(unknown) == [("unknown-operation", call)]
