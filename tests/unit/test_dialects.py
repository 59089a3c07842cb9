"""Dialects: each rule makes a canonical document, and says so where it applied."""

import pytest
from documents import (
    capability,
    document,
    errors,
    findings,
    resolve,
    routes,
    tools,
    upstream,
)

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Report, Severity
from naftiko_gen.dialects import RULES, normalise
from naftiko_gen.dialects.rules.skills import skill_call
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping
from steps import IN_PROPORTION, growth

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
    root = load(text.encode(), Report("spec.yaml"))
    assert root is not None
    return root


def canonical(text: str) -> object:
    root = normalise(tree(text), Report("spec.yaml"), "things")
    assert root is not None
    return root.plain()


def test_a_canonical_document_is_left_as_it_is() -> None:
    text = document(upstream(GET, "'/things/{{id}}'"), tools(CALL))
    node = tree(text)
    report = Report("spec.yaml")
    assert normalise(node, report, "things") == node
    assert report.diagnostics == []


def test_another_kind_of_document_is_refused_without_its_keys() -> None:
    report = Report("spec.yaml")
    assert normalise(tree("openapi: 3.1.0\npaths: {}\n"), report, "things") is None
    (diagnostic,) = report.diagnostics
    assert diagnostic.code is Code.NOT_A_CAPABILITY
    assert diagnostic.message == "not a capability, but an OpenAPI document"
    assert diagnostic.hint == "make a capability of it with naftiko-gen import"


def test_the_key_that_a_capability_lacks_is_named() -> None:
    report = Report("spec.yaml")
    text = "info: {label: Things}\ncapability: {exposes: []}\n"
    assert normalise(tree(text), report, "things") is None
    (diagnostic,) = report.diagnostics
    assert diagnostic.hint == "write `naftiko: 1.0.0-alpha2` above the other keys"


def test_misspelt_adapters_are_pointed_at() -> None:
    text = "naftiko: 1.0.0-alpha2\ncapability:\n  consumes: []\n  exposed: []\n"
    (diagnostic,) = resolve(text)[1].diagnostics
    assert errors(text) == [("nothing-exposed", "exposed: []")]
    assert diagnostic.hint == "did you mean 'exposes'?"


def test_null_values_that_are_data_stay() -> None:
    body = "- name: add\n  method: POST\n  body: {type: json, data: {tags: null}}\n"
    text = document(upstream(body), tools(CALL.replace("list", "add")))
    assert findings(text) == []


@pytest.mark.parametrize(
    ("key", "official", "slugs"),
    [
        (
            "authentication: {type: apikey, header: k, key: '{{env.K}}'}",
            "authentication: {type: apikey, key: k, value: '{{env.K}}'}",
            ["apikey-header", "apikey-header"],
        ),
        (
            "authentication: {type: apiKey, in: query, name: k, token: '{{env.K}}'}",
            "authentication: {type: apikey, key: k, value: '{{env.K}}', "
            "placement: query}",
            [
                *("authentication-type", "apikey-header"),
                *("apikey-alias", "apikey-alias"),
            ],
        ),
        (
            "authentication: {type: header, name: k, token: '{{env.K}}'}",
            "authentication: {type: apikey, key: k, value: '{{env.K}}'}",
            ["apikey-header", "apikey-header", "apikey-alias"],
        ),
        (
            "authentication: {type: query, key: k, value: '{{env.K}}'}",
            "authentication: {type: apikey, key: k, value: '{{env.K}}', "
            "placement: query}",
            ["apikey-header"],
        ),
    ],
)
def test_credential_aliases(key: str, official: str, slugs: list[str]) -> None:
    before = "binds:\n- namespace: env\n  keys: {K: K}\n"

    def text(authentication: str) -> str:
        more = authentication + "\n"
        return document(upstream(GET, more=more), tools(CALL), before)

    assert [slug for slug, _ in findings(text(key))] == slugs
    assert findings(text(official)) == []
    assert capability(text(key)) == capability(text(official))


@pytest.mark.parametrize(
    ("text", "placement"),
    [
        ("{type: apikey, headers: {a: '{{K}}', b: 'T {{K}}'}}", "header"),
        (
            "{type: apikey, headers: [{name: a, value: '{{K}}'}, "
            "{header: b, value: 'T {{K}}'}]}",
            "header",
        ),
        (
            "{type: query, parameters: [{name: a, value: '{{K}}'}, "
            "{key: b, value: 'T {{K}}'}]}",
            "query",
        ),
    ],
)
def test_a_list_of_keys_becomes_several_keys(text: str, placement: str) -> None:
    more = f"authentication: {text}\n"
    before = "binds:\n- namespace: env\n  keys: {K: K}\n"
    spec = document(upstream(GET, more=more), tools(CALL), before)

    assert [slug for slug, _ in findings(spec)] == ["apikey-list"]
    [key] = capability(spec).variables
    setting = ir.Setting(key)
    [credential] = [upstream.credential for upstream in capability(spec).upstreams]
    kind = ir.HeaderKey if placement == "header" else ir.QueryKey
    expected_value = ir.Joined(("T ", setting))
    assert isinstance(credential, ir.SeveralKeys)
    assert credential.keys == (kind("a", setting), kind("b", expected_value))


SIGNING = {
    "{type: mTLS, certPath: '{{K}}'}": "{type: certificate, certPath: '{{K}}'}",
    "{type: SigV4, accessKey: '{{K}}', secretAccessKey: '{{K}}', region: r, "
    "service: s}": (
        "{type: aws-sig-v4, accessKeyId: '{{K}}', secretKey: '{{K}}', region: r, "
        "service: s}"
    ),
    "{type: oauth1.0a, consumerKey: a, consumerSecret: '{{K}}', "
    "accessToken: '{{K}}'}": (
        "{type: oauth1, consumerKey: a, consumerSecret: '{{K}}', token: '{{K}}'}"
    ),
    "{type: OAuth2, tokenUrl: 'https://a/t', clientId: a, clientSecret: '{{K}}', "
    "scope: 'a b'}": (
        "{type: oauth2, tokenEndpoint: 'https://a/t', clientId: a, "
        "clientSecret: '{{K}}', scopes: [a, b]}"
    ),
}


@pytest.mark.parametrize("key", SIGNING)
def test_aliases_of_signing_credentials(key: str) -> None:
    before = "binds:\n- namespace: env\n  keys: {K: K}\n"

    def text(credential: str) -> str:
        more = f"authentication: {credential}\n"
        return document(upstream(GET, more=more), tools(CALL), before)

    slugs = {slug for slug, _ in findings(text(key))}
    assert slugs <= {"authentication-type", "credential-field", "credential-scheme"}
    assert "authentication-type" in slugs
    official = text(SIGNING[key])
    assert {slug for slug, _ in findings(official)} == {"credential-scheme"}
    assert capability(text(key)) == capability(official)


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        ("https://x.example", "?a=b", "/"),
        ("https://x.example/", "''", "/"),
        ("https://{region}.x.example:8443", "'#New'", "/"),
        ("https://x.example/api.php", "?a=b", ""),
        ("https://x.example/api.php", "''", ""),
        ("'{{X}}/api.php'", "'#New'", ""),
        ("'{{X}}'", "?a=b", ""),
        ("https://x.example/api.php", "/", "/"),
        ("https://x.example/v1", "things?a=b", "/things"),
    ],
)
def test_a_path_that_adds_none_is_that_of_the_base_uri(
    base: str, path: str, expected: str
) -> None:
    consumed = upstream(GET, path).replace("https://api.example.com", base)
    assert base in consumed
    assert capability(document(consumed, tools(CALL))).operations[0].path == (expected,)


def test_a_query_in_a_path_is_fixed_despite_declarations() -> None:
    declarations = (
        "  inputParameters:\n"
        "  - {name: Action, in: query, type: string, required: true}\n"
        "  - {name: uploads, type: boolean, required: true}\n"
        "  - {name: a, in: query, type: integer}\n"
    )
    consumed = upstream(GET + declarations, "'/things?Action=List&uploads&a={a}'")
    arguments = "  with: {Action: List, a: tools.a}\n"
    text = document(consumed, tools(CALL + arguments))
    operation = capability(text).operations[0]
    assert [p.name for p in operation.parameters] == ["a"]
    constants = [pair for pair in operation.query if isinstance(pair[1], ir.Constant)]
    assert constants == [("Action", ir.Constant("List")), ("uploads", ir.Constant(""))]
    assert not findings(text, Severity.WARNING)
    other = text.replace("Action: List, a", "Action: Get, a")
    assert [s for s, _ in findings(other, Severity.WARNING)] == ["ignored-argument"]


def test_a_query_in_a_path_is_sent_as_parameters() -> None:
    operation = GET + "  inputParameters:\n  - {name: page, in: query, type: integer}\n"
    path = "'/things?Action=List&page={page}&flag#part'"
    text = document(upstream(operation, path), tools(CALL))
    assert ("path-query", path) in findings(text, Severity.NOTE)
    consumed = capability(text).operations[0]
    assert consumed.path == ("/things",)
    assert [name for name, _ in consumed.query] == ["Action", "page", "flag"]
    assert [parameter.name for parameter in consumed.parameters] == ["page"]


def test_a_query_in_a_path_is_encoded_and_a_parameter_is_not() -> None:
    path = "'/things?a%20b=c%26d&e=f+g&h=%7B%7Bx%7D%7D'"
    text = document(upstream(GET, path), tools(CALL))
    (operation,) = capability(text).operations
    assert operation.query == (
        ("a b", ir.Constant("c&d")),
        ("e", ir.Constant("f+g")),
        ("h", ir.Constant("%7B%7Bx%7D%7D")),
    )


@pytest.mark.parametrize("value", ["{page}", "{{page}}", "{other}", "from {other} on"])
def test_the_variables_of_a_query_in_a_path_are_required(value: str) -> None:
    text = document(upstream(GET, f"'/things?page={value}'"), tools(CALL))
    (parameter,) = capability(text).operations[0].parameters
    assert parameter.required


def test_metadata_beside_a_value_is_that_of_the_named_input() -> None:
    metadata = "type: integer, required: true, description: So many."
    parameters = f"[{{name: n, in: body, value: '{{{{tools.m}}}}', {metadata}}}]"
    operation = f"- name: list\n  method: POST\n  inputParameters: {parameters}\n"
    (tool,) = capability(document(upstream(operation), tools(CALL))).mcp[0].tools
    wanted = ir.Input("m", ir.InArguments(), ir.Primitive.INTEGER, True, "So many.")
    assert tool.inputs == (wanted,)


def test_references_get_the_namespace_of_their_adapter() -> None:
    operation = GET + "  inputParameters:\n  - {name: a, in: query}\n"
    text = document(
        upstream(operation), tools(CALL + "  with: {a: [tools.x, {b: rest.y.z}]}\n")
    )
    places = [place for slug, place in findings(text) if slug == "reference-prefix"]
    assert places == ["tools.x, {b: rest.y.z}]}", "rest.y.z}]}"]
    assert "'things-mcp.x', {'b': 'things-mcp.y.z'}" in str(canonical(text))


# --- names and addresses ---


def test_values_of_the_author_keep_their_types() -> None:
    body = "- name: add\n  method: POST\n  body: {type: json, data: {name: 1}}\n"
    text = document(upstream(body), tools(CALL.replace("list", "add")))
    assert findings(text) == []


@pytest.mark.parametrize(
    ("uri", "official"),
    [
        ("//api.example.com/v1", "https://api.example.com/v1"),
        ("//{host}/v1", "https://{host}/v1"),
        ("api.example.com", "https://api.example.com"),
        ("'{tenant}.example.com:8443/v1'", "https://{tenant}.example.com:8443/v1"),
    ],
)
def test_a_base_uri_that_starts_with_a_host_is_https(uri: str, official: str) -> None:
    consumes = upstream(GET).replace("https://api.example.com", uri)
    text = document(consumes, tools(CALL))
    assert findings(text)[0] == ("base-uri-scheme", uri)
    assert findings(text, Severity.WARNING) == []
    assert f"'baseUri': '{official}'" in str(canonical(text))


@pytest.mark.parametrize("base_uri", ["{base}/v2", "{{BASE}}", "${BASE}/x"])
def test_a_base_uri_that_starts_with_a_variable_holds_its_scheme(base_uri: str) -> None:
    consumes = upstream(GET).replace("https://api.example.com", f"'{base_uri}'")
    text = document(consumes, tools(CALL))
    assert f"'baseUri': '{base_uri}'" in str(canonical(text))
    assert errors(text) == []


# --- operations ---


def test_the_name_of_an_operation_counts_rather_than_its_id() -> None:
    text = document(upstream("- {id: other, name: list}\n"), tools(CALL))
    assert findings(text) == [("operation-id", "id: other, name: list}")]
    assert capability(text).operations[0].name == "list"


CALLS = """\
- {name: a, description: A., call: api.a}
- {name: b, description: B., call: api.b}
- {name: c, description: C., call: api.c}
"""


def sent_paths(resource: str, *own: str) -> list[str]:
    operations = "".join(
        f"- {{name: {name}, path: '{path}'}}\n" if path else f"- name: {name}\n"
        for name, path in zip("abc", own, strict=True)
    )
    result = capability(document(upstream(operations, f"'{resource}'"), tools(CALLS)))
    return [
        "".join(p if isinstance(p, str) else f"<{p.name}>" for p in o.path)
        for o in result.operations
    ]


def test_paths_of_operations_continue_that_of_their_resource() -> None:
    assert sent_paths("/v1/things", "", "/{id}", "/{id}/parts") == [
        "/v1/things",
        "/v1/things/<id>",
        "/v1/things/<id>/parts",
    ]


def test_paths_of_operations_are_whole_if_one_repeats_its_resource() -> None:
    paths = ["/v1/{a}/things", "/v1/{{a}}/things/{id}", "/v1/parts"]
    assert sent_paths("/v1/{a}/things", "", *paths[1:]) == [
        "/v1/<a>/things",
        "/v1/<a>/things/<id>",
        "/v1/parts",
    ]


def test_a_path_that_only_starts_like_a_resource_does_not_repeat_it() -> None:
    paths = ["/v1beta/things", "/things", "/v1"]
    assert sent_paths("/v1/things", *paths) == [f"/v1/things{path}" for path in paths]


def test_a_verb_follows_without_a_slash_and_the_root_adds_nothing() -> None:
    assert sent_paths("/v1/{id}", ":scale", "/", "parts") == [
        "/v1/<id>:scale",
        "/v1/<id>",
        "/v1/<id>/parts",
    ]


def test_the_query_of_an_operation_is_sent_with_that_of_its_resource() -> None:
    consumes = upstream("- {name: list, path: 'new?b=2#c'}\n", "'/things?a=1'")
    operation = capability(document(consumes, tools(CALL))).operations[0]
    assert operation.path == ("/things/new",)
    assert [name for name, _ in operation.query] == ["a", "b"]


def test_parameters_of_a_resource_are_those_of_operations_with_paths() -> None:
    consumes = upstream("- {name: a, path: '/{id}'}\n- name: b\n- name: c\n").replace(
        "    path: /things\n",
        "    path: /things\n    inputParameters:\n    - {name: page, in: query}\n",
    )
    operations = capability(document(consumes, tools(CALLS))).operations
    assert [[p.name for p in operation.parameters] for operation in operations] == [
        ["page", "id"],
        ["page"],
        ["page"],
    ]


def test_routes_have_paths_of_operations_as_well() -> None:
    exposes = routes(
        "- {name: a, method: GET, path: '/{id}', call: api.list}\n"
        "- {name: b, method: GET, call: api.list}\n"
    )
    text = document(upstream(GET), exposes)
    assert ("operation-path", "'/{id}', call: api.list}") in findings(text)
    by_name = {route.name: route.route for route in capability(text).rest[0].routes}
    assert by_name["b"] == ("/v1/things",)
    assert by_name["a"][0] == "/v1/things/"


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("/#CreateThing", "/CreateThing"),
        ("/v1/?Action=Create", "/v1/Create"),
        ("/v1?Action=Create&flag", "/v1/Create/flag"),
        ("'/v1/things?id={id}'", "/v1/things"),
        ("/#X-Amz-Target=Things.Create", "/X-Amz-Target=Things.Create"),
    ],
)
def test_the_rest_of_a_route_becomes_segments(route: str, expected: str) -> None:
    text = document(upstream(GET), routes(CALL + "  method: GET\n", route))
    assert findings(text, Severity.WARNING) == [("route-query", route)]
    assert capability(text).rest[0].routes[0].route == (expected,)


# --- adapters ---


def test_namespaces_that_are_made_up_are_free() -> None:
    exposes = tools(CALL) + tools(CALL).replace(
        "  namespace: things-mcp\n", ""
    ).replace("9090", "9091")
    result = capability(document(upstream(GET), exposes))
    assert [a.namespace for a in result.mcp] == ["things-mcp", "things-mcp-2"]


@pytest.mark.parametrize(
    "units",
    [
        "resources: []",
        "resources: [{path: /a}]",
        "resources: [{path: /a, operations: []}]",
    ],
)
def test_an_adapter_with_an_empty_list_is_left_out(units: str) -> None:
    adapter = "{type: rest, namespace: x, port: 1, " + units + "}"
    text = document(upstream(GET), f"- {adapter}\n" + tools(CALL))
    places = [place for slug, place in findings(text) if slug == "dropped-adapter"]
    assert places == ([] if units.endswith("/a}]") else [adapter])
    assert bool(places) == (errors(text) == [])


@pytest.mark.parametrize(
    "text",
    ["0x1F", "0o14", "0xdAC17F958D2ee523a2206206994597C1", "007", "-01", "00.50"],
)
@pytest.mark.parametrize("holder", ["{}", "{{name: {}}}", "[1, {}]"])
def test_a_number_of_another_base_is_a_text_and_reported(
    text: str, holder: str
) -> None:
    data = holder.format(text)
    body = f"{GET}  body: {{type: json, data: {{a: {data}, b: '{text}', c: 0x}}}}\n"
    diagnostics = findings(document(upstream(body), tools(CALL)))
    assert [slug for slug, _ in diagnostics] == ["number-base"]
    assert diagnostics[0][1].startswith(text)


@pytest.mark.parametrize("port", ["'http'", "''", "'08'", "'8_0'", "'٣'", "'123456'"])
def test_a_port_that_is_no_numeral_is_refused(port: str) -> None:
    text = document(upstream(GET), tools(CALL).replace("port: 9090", f"port: {port}"))
    assert errors(text) == [("wrong-type", port)]


# --- skills ---


def skill(tools: str, head: str = "skills:\n- name: shopping\n  tools:\n") -> str:
    skills = "- type: skill\n  namespace: clerk\n"
    lines = "".join(f"  {line}\n" for line in (head + tools).splitlines())
    return skills + lines


def test_the_call_of_a_skills_tool_is_made_by_the_tool_that_makes_it() -> None:
    exposes = tools(CALL + "- {name: again, description: A., call: api.list}\n")
    own = skill("  - {name: again, call: api.list, hints: {readOnly: true}}\n")
    text = document(upstream(GET), exposes + own)
    skill_call = ("skill-call", "call: api.list, hints: {readOnly: true}}")
    assert skill_call in findings(text)
    assert {slug for slug, _ in findings(text)} == {"skill-call", "missing-description"}
    result = capability(text)
    assert [tool.name for tool in result.tools] == ["list", "again"]
    assert result.skills[0].tools[0].exposed is result.tools[1]


def test_the_call_of_a_skills_tool_is_made_by_a_route() -> None:
    exposes = routes(CALL + "  method: GET\n")
    text = document(upstream(GET), exposes + skill("  - {name: x, call: api.list}\n"))
    result = capability(text)
    assert result.skills[0].tools[0].exposed is result.routes[0]
    assert result.tools == ()


def test_a_call_that_nothing_makes_gets_a_tool() -> None:
    operation = GET + "  inputParameters:\n  - {name: a, in: query}\n"
    own = skill("  - {name: list, call: api.list, with: {a: b}}\n")
    result = capability(document(upstream(operation), tools(CALL) + own))
    assert [tool.name for tool in result.tools] == ["list", "list-2"]
    assert result.skills[0].tools[0].exposed is result.tools[1]
    assert result.tools[1].only_call.arguments[0][1] == ir.Constant("b")


def test_a_call_that_nothing_makes_gets_a_server() -> None:
    text = document(upstream(GET), skill("  - {name: list, call: api.list}\n"))
    result = capability(text)
    assert [(a.namespace, a.port) for a in result.mcp] == [("skill-calls", 8080)]
    assert result.skills[0].tools[0].exposed is result.tools[0]


def test_a_skill_with_a_call_has_a_tool_of_its_name() -> None:
    head = "skills:\n- {name: list, description: Mine., call: api.list}\n"
    text = document(upstream(GET), tools(CALL) + skill("", head))
    exposed = capability(text).skills[0]
    assert (exposed.name, exposed.description) == ("list", "Mine.")
    assert [tool.name for tool in exposed.tools] == ["list"]


def test_a_null_says_nothing_of_a_call() -> None:
    own = skill("  - {name: x, call: api.list, outputParameters: null}\n")
    result = capability(document(upstream(GET), tools(CALL) + own))
    assert [tool.name for tool in result.tools] == ["list"]


def test_the_cost_is_in_proportion_to_the_calls_of_skills() -> None:
    def find_tools(calls: int) -> None:
        lines = (
            f"  - {{name: x, call: api.list, with: {{a: {number}}}}}\n"
            for number in range(calls)
        )
        exposed = tree(document(upstream(GET), skill("".join(lines))))
        skill_call(exposed, Report("spec.yaml"))

    assert growth(find_tools, 50) < IN_PROPORTION


# --- parameters and inputs ---


@pytest.mark.parametrize(
    ("method", "name", "place"),
    [
        ("GET", "id", "path"),
        ("POST", "id", "path"),
        ("GET", "a", "query"),
        ("DELETE", "a", "query"),
        ("HEAD", "a", "query"),
        ("POST", "a", "body"),
        ("PATCH", "a", "body"),
    ],
)
def test_a_place_that_is_not_said(method: str, name: str, place: str) -> None:
    model = f"  inputParameters:\n  - name: {name}\n"
    text = document(
        upstream(f"- name: list\n  method: {method}\n{model}", "'/things/{id}'"),
        routes(CALL + f"  method: {method}\n{model}", "'/v1/{id}'"),
    )
    slugs = [slug for slug, at in findings(text) if at == name]
    assert slugs == ["parameter-place", "input-place"]
    assert str(canonical(text)).count(f"'name': '{name}', 'in': '{place}'") == 2


@pytest.mark.parametrize(
    ("mapping", "with_"),
    [
        ("$.a", "{'a': 'things-mcp.x'}"),
        ("a", "{'a': 'things-mcp.x'}"),
        ("body.a", "{'a': 'things-mcp.x'}"),
        ("$.body.a.b", "{'a': {'b': 'things-mcp.x'}}"),
        ("queryParameters.a", "{'a': 'things-mcp.x'}"),
        ("$.pathParameters.a", "{'a': 'things-mcp.x'}"),
        ("query.filter.a", "{'filter.a': 'things-mcp.x'}"),
        ("$.body", "{'body': 'things-mcp.x'}"),
        ("$.", "{'body': 'things-mcp.x'}"),
    ],
)
def test_the_mapping_of_an_input_names_its_parameter(mapping: str, with_: str) -> None:
    inputs = f"  inputParameters:\n  - {{name: x, type: string, mapping: {mapping}}}\n"
    text = document(upstream(GET), tools(CALL + inputs))
    assert ("input-mapping", mapping + "}") in findings(text)
    assert f"'with': {with_}" in str(canonical(text))


def test_with_wins_over_the_mapping_of_an_input() -> None:
    inputs = "  inputParameters: [{name: x, mapping: a}]\n  with: {a: b}\n"
    text = document(upstream(GET), tools(CALL + inputs))
    assert "'with': {'a': 'b'}" in str(canonical(text))


def test_a_mapping_that_is_no_name_stays_where_it_is() -> None:
    inputs = "  inputParameters: [{name: x, mapping: '$.a[0]'}]\n"
    text = document(upstream(GET), tools(CALL + inputs))
    assert errors(text) == [("unknown-key", "mapping: '$.a[0]'}]")]


@pytest.mark.parametrize(
    ("mapping", "place"),
    [("queryParameters.a", "query"), ("headers.a", "header"), ("$.body.a", "body")],
)
def test_the_mapping_of_an_input_places_it(mapping: str, place: str) -> None:
    inputs = f"  method: POST\n  inputParameters: [{{name: x, mapping: {mapping}}}]\n"
    text = document(upstream(GET), routes(CALL + inputs))
    assert f"[{{'name': 'x', 'in': '{place}'}}]" in str(canonical(text))


@pytest.mark.parametrize(
    ("mapping", "place"),
    [
        ("queryParameters.a", ir.Place.QUERY),
        ("$.query.a", ir.Place.QUERY),
        ("headers.a", ir.Place.HEADER),
        ("$.path.a", ir.Place.PATH),
    ],
)
def test_a_mapping_places_an_input_for_every_method(
    mapping: str, place: ir.Place
) -> None:
    operation = "- name: list\n  method: PUT\n"
    inputs = f"  inputParameters: [{{name: x, type: integer, mapping: {mapping}}}]\n"
    text = document(upstream(operation), tools(CALL + inputs))
    (parameter,) = (
        p for p in capability(text).operations[0].parameters if p.name == "a"
    )
    assert (parameter.place, parameter.type) == (place, ir.Primitive.INTEGER)
    assert "extra-parameter" not in {slug for slug, _ in findings(text)}


def test_parameters_that_a_mapping_places_are_not_declared_again() -> None:
    operation = (
        "- {name: list, method: PUT, inputParameters: [{name: a_b, in: body}]}\n"
    )
    inputs = "  inputParameters: [{name: x, mapping: query.aB}]\n"
    text = document(upstream(operation), tools(CALL + inputs))
    (parameter,) = capability(text).operations[0].parameters
    assert (parameter.name, parameter.place) == ("a_b", ir.Place.BODY)


def test_inputs_that_mappings_place_differently_are_no_parameter() -> None:
    operation = "- name: list\n  method: PUT\n"
    places = ("query.a", "body.a")
    units = [f"{CALL}  inputParameters: [{{name: x, mapping: {m}}}]\n" for m in places]
    text = document(upstream(operation), tools(units[0] + units[1]))
    (parameter,) = capability(text).operations[0].parameters
    assert parameter.place == ir.Place.BODY


@pytest.mark.parametrize("mapping", ["pathParameters.a", "body.a"])
def test_an_input_isnt_placed_where_its_route_has_no_place(mapping: str) -> None:
    inputs = f"  method: GET\n  inputParameters: [{{name: x, mapping: {mapping}}}]\n"
    text = document(upstream(GET), routes(CALL + inputs))
    assert "[{'name': 'x', 'in': 'query'}]" in str(canonical(text))


def test_an_adapter_that_is_called_env_has_references_too() -> None:
    operation = GET + "  inputParameters:\n  - {name: a, in: query}\n"
    exposes = tools(CALL + "  with: {a: env.key}\n").replace("things-mcp", "env")
    text = document(upstream(operation), exposes)
    assert findings(text) == [("inferred-input", "env.key}")]


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("true", "tools.on", "on"),
        ("true", "'{{yes}}'", "yes"),
        ("false", "rest.n", "n"),
        ("true", "tools.off", "true"),
        ("true", "'{{on}} now'", "true"),
        ("true", "true", "true"),
        ("enabled", "tools.on", "enabled"),
    ],
)
def test_boolean_keys_are_the_words_that_they_were(
    key: str, value: str, word: str
) -> None:
    body = f"  method: PUT\n  body: {{type: json, data: {{a: [{{{key}: {value}}}]}}}}\n"
    text = document(upstream(GET.replace("  method: GET\n", "") + body), tools(CALL))
    text += f"      with: {{{key}: {value}}}\n"
    keys = str(canonical(text))
    assert keys.count(f"{{'{word}': ") == 2
    warnings = [slug for slug, _ in findings(text) if slug == "boolean-key"]
    assert len(warnings) == (2 if word != key else 0)


def test_every_rule_leaves_an_alien_shape_alone() -> None:
    node = tree("naftiko: 1\ncapability: [1, {exposes: 2}]\ninfo: x\nbinds: {a: [b]}\n")
    for rule in RULES:
        report = Report("spec.yaml")
        assert rule(node, report) == node
        assert report.diagnostics == []


# --- older forms ---


def with_output(properties: str) -> str:
    output = f"{{type: object, properties: {properties}}}"
    return document(upstream(GET), tools(f"{CALL}  outputParameters: [{output}]\n"))


@pytest.mark.parametrize("properties", ["[]", "[a]", "[{}]", "[{a: {}}, {a: {}}]"])
def test_another_list_is_no_mapping(properties: str) -> None:
    assert "wrong-type" in [slug for slug, _ in errors(with_output(properties))]


def test_a_value_may_have_a_list_of_properties() -> None:
    body = "{type: json, data: {outputParameters: [{properties: [{a: 1}]}]}}"
    act = f"- {{name: list, method: POST, body: {body}}}\n"
    text = document(upstream(act), tools(CALL))
    assert "listed-properties" not in [slug for slug, _ in findings(text)]
    constant = ir.Constant({"outputParameters": [{"properties": [{"a": 1}]}]})
    assert capability(text).operations[0].body == ir.BodyTemplate(constant)
