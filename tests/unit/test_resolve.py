"""Resolving the exposed side: calls, inputs, routes, tools, outputs, skills."""

from pathlib import Path
from textwrap import dedent, indent

import pytest
from documents import (
    capability,
    document,
    errors,
    findings,
    messages,
    resolve,
    rest_operation,
    routes,
    tool,
    tools,
    upstream,
)

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Code, Severity

STRING = ir.Primitive.STRING
INTEGER = ir.Primitive.INTEGER
DEEP = "[" * 300 + "]" * 300
"""JSON that is nested more deeply than Python's source may be."""

GET = """\
- name: act
  method: GET
  description: Act on it.
  inputParameters:
  - {name: id, in: path, description: Which.}
  - {name: size, in: query, type: integer, required: true}
  - {name: X-Trace, in: header}
"""
POST = """\
- name: act
  method: POST
  body: {type: json, data: {name: '{{name}}', tags: '{{tags}}'}}
"""


def exposed_tool(unit: str, consumed: str = GET, path: str = "'/a/{{id}}'") -> str:
    unit = f"- name: act\n  call: api.act\n{unit}"
    return document(upstream(consumed, path), tools(unit))


def exposed_route(
    unit: str = "",
    consumed: str = GET,
    *,
    path: str = "'/a/{{id}}'",
    route: str = "/v1/a",
    method: str = "GET",
    more: str = "",
) -> str:
    unit = f"- name: act\n  method: {method}\n  call: api.act\n{unit}"
    return document(upstream(consumed, path), routes(unit, route, more))


def argument(call: ir.Call, name: str) -> ir.Template:
    return next(value for parameter, value in call.arguments if parameter.name == name)


def locations(operation: ir.Route) -> dict[str, ir.Location]:
    return {i.name: i.location for i in operation.inputs}


# --- calls ---


def test_a_call_splits_at_the_last_dot_that_separates_known_names() -> None:
    text = exposed_tool("").replace("namespace: api", "namespace: my.api")
    text = text.replace("- name: act\n", "- name: v1.act\n", 1)
    act = tool(text.replace("call: api.act", "call: my.api.v1.act"))
    assert act.only_call.operation.name == "v1.act"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("number", "'2.5'", 2.5),
        ("number", "'2'", 2),
        ("boolean", "'true'", True),
        ("boolean", "'yes'", "yes"),
        ("string", "true", "true"),
        ("integer", "'x'", "x"),
        ("array", "[1, a]", [1, "a"]),
    ],
)
def test_constants_of_other_types(kind: str, text: str, expected: object) -> None:
    consumed = (
        f"- name: act\n  inputParameters: [{{name: a, in: query, type: {kind}}}]\n"
    )
    call = tool(exposed_tool(f"  with: {{a: {text}}}\n", consumed, "/a")).only_call
    value = argument(call, "a")
    assert isinstance(value, ir.Constant)
    assert (value.value, type(value.value)) == (expected, type(expected))


def test_a_template_in_with_keeps_or_joins() -> None:
    unit = "  with: {id: '{{a}}', size: 1, X-Trace: 'x-{{a}}-{{things-mcp.b}}'}\n"
    act = tool(exposed_tool(unit))
    a, b = act.inputs
    assert (a.name, b.name) == ("a", "b")
    assert argument(act.only_call, "id") == ir.Argument(a)
    assert argument(act.only_call, "X-Trace") == ir.Joined(
        ("x-", ir.Argument(a), "-", ir.Argument(b))
    )


# --- inputs of tools ---


def test_an_input_with_several_uses_is_required_if_one_of_them_is() -> None:
    unit = "  with: {X-Trace: 'x{{a}}', size: tools.a, id: y}\n"
    act = tool(exposed_tool(unit))
    assert act.inputs == (ir.Input("a", ir.InArguments(), INTEGER, required=True),)


def test_an_input_that_feeds_only_members_is_any_value() -> None:
    consumed = """\
    - name: act
      method: POST
      inputParameters:
      - {name: filter, in: body, type: array, description: What to look for.}
      - {name: note, in: body}
    """
    unit = (
        "  with:\n"
        "    filter: [{page: tools.page, deep: [{kind: '{{kind}}', at: tools.note}]}]\n"
        "    note: tools.note\n"
    )
    act = tool(exposed_tool(unit, dedent(consumed), "/a"))
    kinds = {i.name: i.type for i in act.inputs}
    anything = ir.Anything()
    assert kinds == {"page": anything, "kind": anything, "note": anything}
    assert not any(i.description for i in act.inputs)

    text = "  with: {filter: [tools.note], note: 'a {{note}}'}\n"
    act = tool(exposed_tool(text, dedent(consumed), "/a"))
    assert [i.type for i in act.inputs] == [STRING]


def test_untyped_parameters_take_the_types_of_their_inputs() -> None:
    consumed = "- name: act\n  inputParameters: [{name: n, in: query}]\n"
    unit = "  inputParameters: [{name: n, type: integer, description: How many.}]\n"
    (parameter,) = tool(
        exposed_tool(unit, consumed, "/a")
    ).only_call.operation.parameters
    assert parameter == ir.Parameter(
        "n", ir.Place.QUERY, INTEGER, required=False, description="How many."
    )


def test_an_input_that_one_unit_requires_is_optional_for_another() -> None:
    consumed = "- name: act\n  inputParameters: [{name: q, in: query}]\n"
    inputs = "  inputParameters: [{name: q, in: query}]\n"
    steps = """\
- name: flow
  description: F.
  steps:
  - {name: one, type: call, call: api.act, with: {q: 1}}
  - {name: two, type: call, call: api.act, with: {q: $.one.next}}
"""
    requiring = "- {name: act, description: A., call: api.act, inputParameters: [Q]}\n"
    requiring = requiring.replace("Q", "{name: q, type: string, description: Q.}")
    text = exposed_route(inputs, consumed, path="/a")
    result = capability(text + indent(tools(steps + requiring), "  "))
    assert [p.required for p in result.operations[0].parameters] == [False]
    assert [i.required for i in result.rest[0].routes[0].inputs] == [False]
    assert [i.required for i in result.mcp[0].tools[1].inputs] == [True]


# --- inputs of routes ---


def test_a_path_parameter_that_the_route_lacks_is_a_required_query() -> None:
    route = rest_operation(exposed_route("  with: {id: rest.id, size: 1}\n"))
    assert route.inputs == (ir.Input("id", ir.InQuery(), STRING, True, "Which."),)


def test_body_fields_are_fields_and_in_a_get_query_parameters() -> None:
    unit = "  with: {name: rest.name, tags: rest.body.meta.tags}\n"
    route = rest_operation(exposed_route(unit, POST, path="/a", method="POST"))
    assert locations(route) == {
        "name": ir.InField(("name",)),
        "meta.tags": ir.InField(("meta", "tags")),
    }
    unit = "  with: {name: rest.name, tags: rest.tags}\n"
    route = rest_operation(exposed_route(unit, POST, path="/a"))
    assert locations(route) == {"name": ir.InQuery(), "tags": ir.InQuery()}


def test_a_reference_with_a_place_names_the_declaration_there() -> None:
    """That describes the parameter as well, and is no second input."""
    consumed = (
        "- name: act\n  method: GET\n  inputParameters: [{name: sort, in: query}]\n"
    )
    unit = (
        "  inputParameters: [{name: by, in: query, type: integer, required: true}]\n"
        "  with: {sort: rest.query.by}\n"
    )
    by_route = rest_operation(exposed_route(unit, consumed, path="/a"))
    inputs = unit.replace("in: query, ", "").replace("rest.", "tools.")
    by_tool = tool(exposed_tool(inputs, consumed, "/a"))
    for exposed in (by_route, by_tool):
        (parameter,) = exposed.only_call.operation.parameters
        assert parameter.type == ir.Primitive.INTEGER
        assert [(i.name, i.required) for i in exposed.inputs] == [("by", True)]


ISSUE = "{title: '{{tools.title}}', body: '{{tools.body}}'}"
NOTE = "{note: {body: 'Written: {{tools.body}}'}}"


@pytest.mark.parametrize("unit", ["", "  with: {body: rest.body}\n"])
@pytest.mark.parametrize("kind", ["json", "form", "multipart"])
@pytest.mark.parametrize("data", [ISSUE, NOTE])
def test_an_input_that_feeds_a_member_called_body_is_one(
    unit: str, kind: str, data: str
) -> None:
    body = f"{{type: {kind}, data: {data}}}"
    consumed = f"- name: act\n  method: POST\n  body: {body}\n"
    route = rest_operation(exposed_route(unit, consumed, path="/a", method="POST"))
    assert locations(route)["body"] == ir.InField(("body",))


def test_an_input_that_feeds_another_member_is_the_whole_body() -> None:
    body = "{type: json, data: {a: '{{body}}'}}"
    consumed = f"- name: act\n  method: POST\n  body: {body}\n"
    unit = "  with: {body: rest.body}\n"
    route = rest_operation(exposed_route(unit, consumed, path="/a", method="POST"))
    assert locations(route) == {"body": ir.InBody()}


@pytest.mark.parametrize(
    ("unit", "names"), [("", ["id", "sort"]), ("  inputParameters: []\n", ["id"])]
)
def test_a_unit_with_an_empty_list_of_inputs_takes_required_ones(
    unit: str, names: list[str]
) -> None:
    consumed = (
        "- name: act\n  method: GET\n"
        "  inputParameters: [{name: id, in: path}, {name: sort, in: query}]\n"
    )
    act = tool(exposed_tool(unit, consumed))
    assert [i.name for i in act.inputs] == names


@pytest.mark.parametrize(
    "unit",
    [
        "  with: {pet: {name: rest.name}}\n",
        "  inputParameters: [{name: name, in: body}]\n"
        "  with: {pet: {name: rest.name}}\n",
    ],
    ids=["inferred", "declared"],
)
def test_members_of_an_entity_are_members_of_the_body(unit: str) -> None:
    consumed = (
        "- name: act\n  method: POST\n"
        "  inputParameters: [{name: pet, in: body, type: object}]\n"
    )
    route = rest_operation(exposed_route(unit, consumed, path="/a", method="POST"))
    assert locations(route) == {"name": ir.InField(("name",))}


def test_a_place_is_a_name_if_an_input_has_that_name() -> None:
    unit = (
        "  inputParameters: [{name: query, in: query, type: string}]\n"
        "  with: {id: rest.query, size: rest.query.n}\n"
    )
    route = rest_operation(exposed_route(unit))
    assert locations(route) == {"query": ir.InQuery(), "query.n": ir.InQuery()}


def test_a_reference_with_a_place_finds_the_declared_input() -> None:
    unit = (
        "  inputParameters: [{name: id, in: path, type: string}]\n"
        "  with: {id: rest.path.id, size: 1}\n"
    )
    route = rest_operation(exposed_route(unit, route="'/v1/{id}'"))
    assert locations(route) == {"id": ir.InPath()}


def test_a_variable_that_nothing_uses_is_still_an_input() -> None:
    unit = "  with: {id: x, size: 1}\n"
    route = rest_operation(exposed_route(unit, route="'/v1/{tenant}'"))
    tenant = ir.Input("tenant", ir.InPath(), STRING, required=True)
    assert route.inputs == (tenant,)
    assert route.route == ("/v1/", tenant)


def test_inputs_of_a_resource_count_for_its_operations() -> None:
    more = "inputParameters: [{name: id, in: path, type: string}]\n"
    unit = "  with: {size: 1}\n"
    route = rest_operation(exposed_route(unit, route="'/v1/{id}'", more=more))
    assert argument(route.only_call, "id") == ir.Argument(route.inputs[0])


@pytest.mark.parametrize(
    ("spec", "code", "hint"),
    [
        (
            exposed_route(
                "  inputParameters: [{name: ibsn, in: path, type: string}]\n",
                route="/books/{isbn}",
            ),
            Code.PATH_PARAMETER_NOT_IN_TEMPLATE,
            "did you mean 'isbn'?",
        ),
        (
            exposed_route("  inputParameters: [{name: key, in: path, type: string}]\n"),
            Code.PATH_PARAMETER_NOT_IN_TEMPLATE,
            "add '{key}' to the path, or change its `in`",
        ),
        (
            exposed_tool(
                "",
                "- {name: act, inputParameters: [{name: ibsn, in: path}]}\n",
                "'/a/{{isbn}}'",
            ),
            Code.GUESSED_PATH,
            "did you mean 'isbn'?",
        ),
        (exposed_tool("", GET, "/a"), Code.GUESSED_PATH, "add '/{{id}}' to the path"),
        (
            document(
                upstream(GET, "'/a/{{id}}'"),
                tools(
                    "- name: act\n"
                    "  description: Act.\n"
                    "  inputParameters: [{name: siez, type: integer}]\n"
                    "  steps: [{type: call, name: one, call: api.act}]\n"
                    "  mappings: [{targetName: a, value: $.one.a}]\n"
                ),
            ),
            Code.UNUSED_INPUT,
            "did you mean 'size'?",
        ),
        (
            document(
                upstream(
                    "- {name: act, inputParameters: "
                    "[{name: key, in: header, value: '{{API_KYE}}'}]}\n"
                ),
                tools("- {name: act, description: Act., call: api.act}\n"),
                "binds: [{namespace: env, keys: {API_KEY: THE_KEY}}]\n",
            ),
            Code.IMPLICIT_VARIABLE,
            "did you mean 'API_KEY'?",
        ),
    ],
)
def test_a_misspelt_name_gets_the_one_that_it_resembles(
    spec: str, code: Code, hint: str
) -> None:
    [diagnostic] = [d for d in resolve(spec)[1].diagnostics if d.code is code]
    assert diagnostic.hint == hint


# --- routes ---


def test_a_route_that_is_taken_continues_with_a_name() -> None:
    unit = "- {name: a gain, method: GET, call: api.act, with: {id: a, size: 1}}\n"
    text = exposed_route("  with: {id: x, size: 1}\n", route="'/v1/{a}'") + (
        f"    - path: '/v1/{{b}}/'\n      operations:\n      {unit}      {unit}"
        f"    - path: '/v1/{{c}}/a-gain-2'\n      operations:\n      {unit}"
    )
    routes = [
        (
            "".join(p if isinstance(p, str) else f"<{p.name}>" for p in route.route),
            route.name,
        )
        for route in capability(text).rest[0].routes
    ]
    assert sorted(routes) == [
        ("/v1/<a>", "act"),
        ("/v1/<b>/", "a gain"),
        ("/v1/<b>/a-gain", "a gain-2"),
        ("/v1/<c>/a-gain-2", "a gain-3"),
    ]
    warnings = [slug for slug, _ in findings(text, Severity.WARNING)]
    assert warnings.count("duplicate-route") == 1


@pytest.mark.parametrize("route", ["'/v1/{a}/{a}'", "'/v1/{}'", "'/v1/a b'"])
def test_a_route_is_a_path(route: str) -> None:
    text = exposed_route("  with: {id: x, size: 1}\n", route=route)
    assert ("unusable-path", route) in errors(text)


# --- tools and adapters ---


def test_later_tools_of_one_name_get_numbers() -> None:
    unit = "- {name: act, description: A., call: api.act}\n"
    other = unit.replace("name: act", "name: act-2")
    text = document(upstream("- {name: act}\n"), tools(unit + unit + other + unit))
    names = [t.name for t in capability(text).mcp[0].tools]
    assert names == ["act", "act-3", "act-2", "act-4"]
    diagnostic = ("duplicate-tool", "act, description: A., call: api.act}")
    assert findings(text) == [diagnostic, diagnostic]


@pytest.mark.parametrize(
    ("method", "spec_hints", "hints"),
    [
        ("GET", "{}", (True, False, True, True)),
        ("POST", "{}", (False, False, False, True)),
        ("PUT", "{}", (False, True, True, True)),
        ("PATCH", "{}", (False, True, False, True)),
        ("DELETE", "{}", (False, True, True, True)),
        ("POST", "{readOnly: true, openWorld: false}", (True, False, True, False)),
        ("GET", "{destructive: true}", (False, True, True, True)),
    ],
)
def test_methods_decide_hints_that_a_spec_leaves_out(
    method: str, spec_hints: str, hints: tuple[bool, bool, bool, bool]
) -> None:
    unit = f"- {{name: act, description: A., call: api.act, hints: {spec_hints}}}\n"
    operation = f"- {{name: act, method: {method}}}\n"
    text = document(upstream(operation), tools(unit))
    assert tool(text).hints == ir.Hints(*hints)


def test_the_most_dangerous_call_decides_hints() -> None:
    operations = "- {name: find, method: GET}\n- {name: drop, method: DELETE}\n"
    steps = ", ".join(
        f"{{type: call, name: {name}, call: api.{name}}}" for name in ("find", "drop")
    )
    unit = f"- {{name: act, description: A., steps: [{steps}]}}\n"
    text = document(upstream(operations), tools(unit))
    assert tool(text).hints == ir.Hints(False, True, True, True)


@pytest.mark.parametrize(
    ("method", "hint", "is_warned"),
    [
        ("POST", "readOnly: true", True),
        ("DELETE", "readOnly: true", True),
        ("GET", "readOnly: true", False),
        ("DELETE", "destructive: false", True),
        ("PUT", "destructive: false", False),
        ("POST", "idempotent: true", True),
        ("PUT", "idempotent: true", False),
    ],
)
def test_hints_that_claim_too_much(method: str, hint: str, *, is_warned: bool) -> None:
    consumed = f"- {{name: act, method: {method}}}\n"
    text = exposed_tool(f"  hints: {{{hint}}}\n", consumed, "/a")
    slugs = [slug for slug, _ in findings(text, Severity.WARNING)]
    assert slugs == ["unsafe-hint"] * is_warned


def test_missing_descriptions_are_the_operation_s_or_the_name() -> None:
    assert tool(exposed_tool("  with: {id: a, size: 1}\n")).description == "Act on it."
    exposes = tools("- {name: listAll-things, call: api.act}\n")
    text = document(upstream("- {name: act}\n"), exposes)
    assert tool(text).description == "List all things"


@pytest.mark.parametrize(
    ("adapter", "decides"),
    [
        (
            "mcp",
            "beyond this machine only with THINGS_MCP_TOKEN or THINGS_ALLOW_OPEN=1",
        ),
        ("stdio", "the stdio transport doesn't listen"),
        ("rest", "the package listens on 127.0.0.1, or where THINGS_REST_HOST says"),
    ],
)
def test_an_address_for_others_is_ignored(adapter: str, decides: str) -> None:
    exposes = {
        "mcp": tools("- {name: act, description: A., call: api.act}\n"),
        "stdio": tools("- {name: act, description: A., call: api.act}\n").replace(
            "port: 9090", "transport: stdio"
        ),
        "rest": routes("- {name: act, method: GET, call: api.act}\n"),
    }[adapter].replace("localhost", "10.0.0.1")
    text = document(upstream("- {name: act}\n"), exposes)
    assert findings(text) == [("ignored-address", "address: 10.0.0.1")]
    assert decides in messages(text)[0]


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.8.8.8", "'::1'"])
def test_an_address_of_this_machine_agrees_with_packages(address: str) -> None:
    exposes = tools("- {name: act, description: A., call: api.act}\n")
    exposes = exposes.replace("localhost", address)
    assert findings(document(upstream("- {name: act}\n"), exposes)) == []


# --- outputs ---


def projection(outputs: str) -> ir.Projection:
    unit = f"  with: {{id: a, size: 1}}\n  outputParameters: {outputs}\n"
    return tool(exposed_tool(unit)).output


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ("[]", ir.Identity()),
        ("[{type: object, mapping: $.}]", ir.Identity()),
        ("[{type: object, mapping: $.a}]", ir.Pick(("a",), ir.Object())),
        ("[{type: number, mapping: '$.a[0]'}]", ir.Pick(("a", 0), ir.Primitive.NUMBER)),
        ("[{type: string, value: fixed}]", ir.Literal("fixed")),
        ("[{type: object, const: {a: [1]}}]", ir.Literal({"a": [1]})),
        ("[{type: object, const: {a: 1}, properties: {}}]", ir.Shape((), ())),
        ("[{type: string, const: a, mapping: $.b}]", ir.Pick(("b",), STRING)),
        ("[{type: string, const: a, value: c, mapping: $.b}]", ir.Literal("c")),
        ("[{type: integer, value: '3'}]", ir.Literal(3)),
        ("[{type: number, value: '3.5'}]", ir.Literal(3.5)),
        ("[{type: boolean, value: 'true'}]", ir.Literal(True)),
        ("[{type: string, value: 3}]", ir.Literal("3")),
        ("[{type: array, value: '[1]'}]", ir.Literal([1])),
        ("[{type: array, value: 'x'}]", ir.Literal("x")),
        ("[{type: array, value: '[NaN]'}]", ir.Literal("[NaN]")),
        ("[{type: array, value: '[1e999]'}]", ir.Literal("[1e999]")),
        (f"[{{type: array, value: '{DEEP}'}}]", ir.Literal(DEEP)),
        (
            "[{type: object, properties: {a: {type: string, mapping: $.x}, "
            "b: {type: object, properties: {c: {type: boolean, mapping: $.y}}}, "
            "d: {type: object, mapping: $.}}}]",
            ir.Shape(
                (),
                (
                    ("a", ir.Pick(("x",), STRING)),
                    (
                        "b",
                        ir.Shape((), (("c", ir.Pick(("y",), ir.Primitive.BOOLEAN)),)),
                    ),
                    ("d", ir.Pick((), ir.Object())),
                ),
            ),
        ),
        (
            "[{type: array, mapping: $.rows, items: {type: object, properties: "
            "{a: {type: string, mapping: $.x}}}}]",
            ir.Items(("rows",), ir.Shape((), (("a", ir.Pick(("x",), STRING)),))),
        ),
        (
            "[{type: array, mapping: $., items: {type: string, mapping: $.id}}]",
            ir.Items((), ir.Pick(("id",), STRING)),
        ),
        (
            "[{name: a, type: string, mapping: $.x}, {name: b, type: object, "
            "mapping: $.}]",
            ir.Shape(
                (), (("a", ir.Pick(("x",), STRING)), ("b", ir.Pick((), ir.Object())))
            ),
        ),
    ],
)
def test_outputs(outputs: str, expected: ir.Projection) -> None:
    assert projection(outputs) == expected


@pytest.mark.parametrize(
    ("raw", "kind", "expected"),
    [
        ("text", "string", ir.Identity()),
        ("x", "object", ir.Identity()),
        ("json", "object", ir.Identity()),
        ("XML", "string", ir.Pick((), ir.Anything())),
        ("xml", "array", ir.Items((), ir.Pick((), ir.Anything()))),
        ("csv", "object", ir.Pick((), ir.Array(ir.Anything()))),
        ("yaml", "object", ir.Pick((), ir.Object())),
        ("markdown", "string", ir.Pick((), ir.Anything())),
    ],
)
def test_a_whole_response_is_converted(
    raw: str, kind: str, expected: ir.Projection
) -> None:
    consumed = f"- {{name: act, outputRawFormat: {raw}}}\n"
    unit = f"  outputParameters: [{{type: {kind}, mapping: $.}}]\n"
    assert tool(exposed_tool(unit, consumed, "/a")).output == expected


@pytest.mark.parametrize("path", ["$.", "$.a"])
def test_outputs_of_bytes_are_ignored(path: str) -> None:
    consumed = "- {name: act, outputRawFormat: binary}\n"
    unit = f"  outputParameters: [{{type: string, mapping: {path}}}]\n"
    text = exposed_tool(unit, consumed, "/a")
    [(slug, _)] = findings(text, Severity.WARNING, Severity.ERROR)
    assert slug == "ignored-output"
    assert tool(text).output == ir.Identity(limit=10 * 1024 * 1024)


@pytest.mark.parametrize("raw", ["text", "pdf"])
def test_a_format_that_nothing_reads_is_not_shaped(raw: str) -> None:
    consumed = f"- {{name: act, outputRawFormat: {raw}}}\n"
    unit = "  outputParameters: [{type: string, mapping: $.a}]\n"
    text = exposed_tool(unit, consumed, "/a")
    assert [slug for slug, _ in errors(text)] == ["unsupported"]


def test_texts_of_markdown_are_text_and_other_values_have_types() -> None:
    consumed = "- {name: act, outputRawFormat: markdown}\n"
    unit = (
        "  outputParameters:\n"
        "  - {name: a, type: integer, mapping: '$.frontMatter.a'}\n"
        "  - {name: b, type: integer, mapping: '$.tables[0][0].b'}\n"
        "  - {name: c, type: integer, mapping: '$.tables..c'}\n"
    )
    output = tool(exposed_tool(unit, consumed, "/a")).output
    assert isinstance(output, ir.Shape)
    kinds = [
        item.type if isinstance(item, ir.Pick) else item for _, item in output.members
    ]
    assert kinds[:2] == [ir.Primitive.INTEGER, ir.Primitive.STRING]
    assert isinstance(kinds[2], ir.Find)
    assert kinds[2].item == ir.Pick((), ir.Primitive.STRING)


# --- skills ---

SKILL = """\
- type: skill
  namespace: skills
  port: 7070
  skills:
  - name: acting
    description: Acts.
    location: file:///opt/skills/acting
    tools:
    - name: do-it
      from: {sourceNamespace: things-mcp, action: act}
    - name: guide
      instruction: guide.md
"""


def written_skill(directory: Path, location: str) -> frontend.Reading:
    """Read a spec in a directory, whose skill has a location."""
    skill = SKILL.replace("file:///opt/skills/acting", location)
    exposes = tools("- {name: act, description: A., call: api.act}\n") + skill
    spec = directory / "specs/things.yaml"
    spec.parent.mkdir(exist_ok=True)
    spec.write_text(document(upstream("- {name: act}\n"), exposes), "utf-8")
    return frontend.read(spec, Options(directory, import_root=directory))


@pytest.mark.parametrize(
    "location", ["./acting", "acting", "file:///./acting", "file://./acting"]
)
def test_a_skill_s_directory_is_beside_the_spec(location: str, tmp_path: Path) -> None:
    (tmp_path / "specs/acting").mkdir(parents=True)
    for name in ("guide.md", "more.md"):
        (tmp_path / "specs/acting" / name).write_text(name, "utf-8")
    reading = written_skill(tmp_path, location)
    assert reading.meaning is not None
    (skill,) = reading.meaning.capability.skills
    assert skill.text is None
    assert skill.own_files == tuple(
        ir.OwnFile(name, name.encode()) for name in ("guide.md", "more.md")
    )
    assert skill.files == (
        ir.SkillFile("guide.md", None, "guide", "guide.md"),
        ir.SkillFile("more.md"),
    )
    assert set(reading.imports) == {"acting/guide.md", "acting/more.md"}


def test_a_skill_s_directory_is_inside_of_the_import_root(tmp_path: Path) -> None:
    (tmp_path / "acting").mkdir()
    (tmp_path / "acting/guide.md").write_text("text", "utf-8")
    meaning = written_skill(tmp_path, "../acting").meaning
    assert meaning is not None
    assert meaning.capability.skills[0].own_files == (ir.OwnFile("guide.md", b"text"),)


def test_missing_files_of_a_skill_are_said_at_their_place(tmp_path: Path) -> None:
    reading = written_skill(tmp_path, "./acting")
    (tmp_path / "specs/acting").mkdir()
    (tmp_path / "specs/acting/other.md").write_text("text", "utf-8")
    later = written_skill(tmp_path, "./acting")
    assert reading.serves_directories
    assert reading.meaning is not None
    assert reading.meaning.capability.skills[0].files == ()
    messages = [
        diagnostic.message
        for diagnostic in (*reading.diagnostics, *later.diagnostics)
        if diagnostic.code is Code.IGNORED_INSTRUCTION and diagnostic.span
    ]
    assert messages == [
        "the directory './acting' doesn't exist",
        "the file 'guide.md' doesn't exist",
    ]


def test_the_front_matter_of_a_skill_is_strict_yaml(tmp_path: Path) -> None:
    (tmp_path / "specs/acting").mkdir(parents=True)
    for name, text in (("SKILL.md", "---\nlicense: &a b\n---\n"), ("guide.md", "")):
        (tmp_path / "specs/acting" / name).write_text(text, "utf-8")
    reading = written_skill(tmp_path, "acting")
    [error] = [d for d in reading.diagnostics if d.severity is Severity.ERROR]
    assert (error.file, error.span and error.span.line) == (
        str(tmp_path / "specs/acting/SKILL.md"),
        2,
    )


def test_only_the_first_tools_that_nothing_exposes_are_compared() -> None:
    """To compare thousands of them with thousands of tools would take hours."""
    unknown = "".join(
        f"- {{name: t{n}, from: {{sourceNamespace: things-mcp, action: akt{n}}}}}\n"
        for n in range(60)
    )
    head, _, _ = SKILL.partition("    tools:")
    skill = f"{head}    tools:\n{indent(unknown, '    ')}"
    exposes = tools("- {name: act, call: api.act}\n") + skill
    report = resolve(document(upstream("- {name: act}\n"), exposes))[1]
    diagnostics = [d for d in report.diagnostics if d.code is Code.UNKNOWN_SKILL_TOOL]
    assert len(diagnostics) == 60
    assert sum(diagnostic.hint is not None for diagnostic in diagnostics) == 50


# --- the capability ---


@pytest.mark.parametrize(
    ("info", "version"),
    [
        ("{label: A, modified: '2026-05-25', created: '2020-01-01'}", "2026.5.25"),
        ("{label: A, created: '2020-01-02'}", "2020.1.2"),
        ("{label: A, modified: soon}", "0"),
        ("{label: A}", "0"),
    ],
)
def test_the_version_is_the_date_of_the_last_change(info: str, version: str) -> None:
    text = document(
        upstream("- {name: act}\n"),
        tools("- {name: act, call: api.act}\n"),
        f"info: {info}\n",
    )
    assert capability(text).version == version
