"""Inferring omitted parts of a document: ends of paths, parameters, bodies."""

import re

import pytest
from documents import (
    capability,
    document,
    findings,
    operation,
    resolve,
    rest_operation,
    routes,
    tool,
    tools,
    upstream,
)

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Severity
from naftiko_gen.resolve.exposed.names import ARGUMENT_NAMES, aliases
from steps import AS_THEIR_SQUARE, IN_PROPORTION, growth

CALL = "- {name: act, description: Act., call: api.act}\n"
IN_PATH = "inputParameters: [{name: id, in: path}]"


def consumed_operation(name: str, more: str = "", method: str = "GET") -> str:
    return f"- name: {name}\n  method: {method}\n  {more}\n"


def calling_document(
    name: str, exposed: str, more: str = IN_PATH, method: str = "GET"
) -> str:
    """Return a document whose only unit calls an operation at `/things`."""
    text = document(upstream(consumed_operation(name, more, method)), exposed)
    return text.replace("api.act", f"api.{name}")


def shown_path(text: str) -> str:
    return "".join(
        part if isinstance(part, str) else f"<{part.name}>"
        for part in operation(text).path
    )


def warnings(text: str) -> list[str]:
    return [slug for slug, _ in findings(text, Severity.WARNING)]


def route(path: str, more: str = "", method: str = "GET") -> str:
    unit = f"- name: act\n  method: {method}\n  call: api.act\n{more}"
    return routes(unit, f"'{path}'")


# --- the ends of paths ---


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/v1/things/{id}", "/things/<id>"),
        ("/v2.1/things/{id}", "/things/<id>"),
        ("/things/{id}", "/things/<id>"),
        ("/v1/things/{ID}/stop", "/things/<id>/stop"),
        ("/v1/things/by/{id}.json", "/things/by/<id>.json"),
    ],
)
def test_a_route_says_how_a_path_goes_on(path: str, target: str) -> None:
    text = calling_document("list-parts", route(path))
    assert shown_path(text) == target
    assert warnings(text) == ["path-from-route"]
    assert isinstance(rest_operation(text).route[1], ir.Input)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/things",
        "/v1/things/{other}",
        "/v1/things/{id}/{other}",
        "/v1/thingsome/{id}",
        "/v1/others/{id}",
    ],
)
def test_a_route_that_says_nothing_leaves_the_end(path: str) -> None:
    text = calling_document("list-parts", route(path))
    assert shown_path(text) == "/things/<id>"
    assert warnings(text)[0] == "guessed-path"


def test_versions_of_path_and_route_may_differ() -> None:
    text = calling_document("list-parts", route("/v1/things/{id}/parts"))
    text = text.replace("path: /things", "path: /v3/things")
    assert shown_path(text) == "/v3/things/<id>/parts"


@pytest.mark.parametrize(
    ("name", "method", "slug"),
    [
        ("get-thing", "GET", "path-from-verb"),
        ("thing_findOne", "GET", "path-from-verb"),
        ("list-parts", "GET", "guessed-path"),
        ("update-thing", "PUT", "path-from-verb"),
        ("thing", "PUT", "guessed-path"),
        ("modifyThing", "PATCH", "path-from-verb"),
        ("thing", "DELETE", "path-from-verb"),
        ("get-thing", "POST", "guessed-path"),
    ],
)
def test_an_operation_on_one_thing_ends_in_its_name(
    name: str, method: str, slug: str
) -> None:
    text = calling_document(name, tools(CALL), method=method)
    assert shown_path(text) == "/things/<id>"
    assert warnings(text) == [slug]


def test_a_guess_shows_no_password() -> None:
    text = calling_document("get-thing", tools(CALL)).replace(
        "//api", "//bot:secret@api"
    )
    assert "secret" not in str(resolve(text)[1].diagnostics)


# --- variables in paths ---


def test_a_name_like_a_variable_s_is_a_setting() -> None:
    text = calling_document("act", tools(CALL), "").replace(
        "path: /things", "path: '/{{ACCOUNT_ID}}/things'"
    )
    assert operation(text).path == (
        "/",
        ir.Variable("ACCOUNT_ID", secret=False),
        "/things",
    )
    assert warnings(text) == ["implicit-variable"]


@pytest.mark.parametrize(
    "exposed",
    [
        route("/v1/{ACCOUNT_ID}/things"),
        tools("- {name: act, call: api.act, with: {ACCOUNT_ID: tools.account}}\n"),
        tools(
            "- name: act\n  call: api.act\n"
            "  inputParameters: [{name: ACCOUNT_ID, type: string, description: A.}]\n"
        ),
    ],
)
def test_a_name_like_a_variable_s_that_callers_give_is_a_parameter(
    exposed: str,
) -> None:
    text = calling_document("act", exposed, "").replace(
        "path: /things", "path: '/{{ACCOUNT_ID}}/things'"
    )
    assert shown_path(text) == "/<ACCOUNT_ID>/things"
    assert capability(text).variables == ()


# --- keys of `with` ---


def document_with(arguments: str, more: str = "", method: str = "GET") -> str:
    unit = f"- {{name: act, description: A., call: api.act, with: {arguments}}}\n"
    return calling_document("act", tools(unit), more, method)


@pytest.mark.parametrize(
    ("arguments", "parameters"),
    [
        ("{page_size: tools.size}", "[{name: pageSize, in: query}, {name: PageSize}]"),
        ("{page_size: tools.a, pageSize: tools.b}", "[{name: pageSize, in: query}]"),
        ("{$: tools.size}", "[{name: '@', in: query}]"),
    ],
)
def test_a_key_that_may_mean_two_parameters_means_neither(
    arguments: str, parameters: str
) -> None:
    parameters = parameters.replace("PageSize}", "PageSize, in: query}")
    text = document_with(arguments, f"inputParameters: {parameters}")
    assert warnings(text) == ["extra-parameter"]


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ("body: {type: json, data: {}}", ["a"]),
        ("body: {type: json, data: {x: 1}}", ["x", "a"]),
        ("body: {type: json, data: {x: '{{x}}'}}", ["x", "a"]),
        ("inputParameters: [{name: x, in: body}]", ["x", "a"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_inputs_of_a_write_are_sent_in_the_body(
    method: str, more: str, names: list[str]
) -> None:
    text = document_with("{a: tools.a}", more, method)
    body = operation(text).body
    assert isinstance(body, ir.BodyTemplate)
    assert isinstance(body.template, ir.ObjectTemplate)
    assert [name for name, _ in body.template.entries] == names
    assert "extra-parameter" in warnings(text)
    body_names = {"x"} if "{{x}}" in more else set()
    assert {name.name for name in tool(text).inputs} == {"a"} | body_names


@pytest.mark.parametrize(
    "more",
    [
        "body: {type: json}",
        "body: {type: formUrlEncoded}",
        "inputParameters: [{name: whole, in: body, type: object, required: true}]",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_call_makes_the_body_that_only_callers_know(method: str, more: str) -> None:
    text = document_with("{a: tools.a, b: 1}", more, method)
    (body,) = operation(text).parameters
    (a,) = tool(text).inputs
    template = ir.ObjectTemplate((("a", ir.Argument(a)), ("b", ir.Constant(1))))
    assert tool(text).only_call.arguments == ((body, template),)
    assert not a.required
    assert warnings(text).count("extra-parameter") == 2


# --- inputs that are declared and that `with` doesn't mention ---

A_AND_B = "[{name: a, type: string, description: A.}, {name: b_c, type: array}]"


def taking(inputs: str, more: str = "", method: str = "GET") -> str:
    """Return a document whose tool declares inputs and says nothing of them."""
    unit = f"{CALL.rstrip()[:-1]}, inputParameters: {inputs}}}\n"
    return calling_document("act", tools(unit), more, method)


def test_inputs_are_the_members_of_a_body_that_only_callers_know() -> None:
    text = taking(A_AND_B, "body: {type: json}", "POST")
    a, b = tool(text).inputs
    template = ir.ObjectTemplate((("a", ir.Argument(a)), ("b_c", ir.Argument(b))))
    assert [value for _, value in tool(text).only_call.arguments] == [template]


def test_an_input_of_nearly_a_parameters_name_describes_it() -> None:
    inputs = "[{name: page_size, type: integer, description: N}]"
    text = taking(inputs, "inputParameters: [{name: pageSize, in: query}]")
    (parameter,) = operation(text).parameters
    assert (parameter.type, parameter.description) == (ir.Primitive.INTEGER, "N")


def test_variables_and_headers_of_only_a_route_arent_sent() -> None:
    inputs = "  inputParameters: [{name: X-A, in: header}, {name: a, in: path}]\n"
    text = calling_document("act", route("/{a}/{b}", inputs), "")
    assert operation(text).parameters == ()
    assert warnings(text) == ["unused-input"] * 3
    assert {i.name for i in rest_operation(text).inputs} == {"X-A", "a", "b"}


# --- inputs of nearly one name, and bodies that are taken ---


@pytest.mark.parametrize("names", ["Version, version", "version, Version"])
def test_a_variable_is_the_input_whose_name_is_closest(names: str) -> None:
    query, path = "Version", "version"
    places = {query: "{name: Version, in: query}", path: "{name: version, in: path}"}
    inputs = ", ".join(places[name] for name in names.split(", "))
    arguments = "  with: {Version: rest.Version, version: rest.version}\n"
    text = calling_document(
        "act", route("/things/{version}", arguments), f"inputParameters: [{inputs}]"
    )
    locations = {i.name: i.location for i in rest_operation(text).inputs}
    assert locations == {query: ir.InQuery(), path: ir.InPath()}


def test_of_two_names_that_are_close_one_is_the_variable() -> None:
    inputs = "inputParameters: [{name: Ver, in: query}, {name: VER, in: query}]"
    arguments = "  with: {Ver: rest.Ver, VER: rest.VER}\n"
    text = calling_document("act", route("/things/{ver}", arguments), inputs)
    locations = {i.name: i.location for i in rest_operation(text).inputs}
    assert locations == {"Ver": ir.InPath(), "VER": ir.InQuery()}


def test_variables_of_nearly_one_name_are_compared_in_pairs_at_most() -> None:
    def resolve_variables(count: int) -> None:
        path = "".join(f"/{{a{'-' * n}}}" for n in range(count))
        names = (f"{{name: a{'_' * n}, in: path}}" for n in range(1, count + 1))
        inputs = f"  inputParameters: [{', '.join(names)}]\n"
        resolve(calling_document("act", route(path, inputs), ""))

    assert growth(resolve_variables, 25) < AS_THEIR_SQUARE


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_member_of_a_body_that_isnt_read_is_in_the_query(method: str) -> None:
    arguments = "  with: {q: rest.body.a.b}\n"
    more = "inputParameters: [{name: q, in: query}]"
    text = calling_document("act", route("/things", arguments, method), more, "POST")
    (exposed,) = rest_operation(text).inputs
    assert (exposed.name, exposed.location) == ("a.b", ir.InQuery())


@pytest.mark.parametrize("reference", ["rest.body", "rest.body.a"])
def test_a_body_that_something_is_taken_from_isnt_passed_on(reference: str) -> None:
    arguments = f"  with: {{q: {reference}}}\n"
    more = "inputParameters: [{name: q, in: query}]"
    text = calling_document("act", route("/things", arguments, "POST"), more, "POST")
    assert [p.name for p, _ in rest_operation(text).only_call.arguments] == ["q"]


OTHERS = """\
- {name: first, inputParameters: [OTHER]}
- {name: second, method: POST, inputParameters: [OTHER, {name: b, in: body}]}
- name: act
  method: METHOD
"""


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("other", "place"),
    [
        ("{name: a, in: query}", ir.Place.QUERY),
        ("{name: a, in: header}", ir.Place.HEADER),
    ],
)
def test_a_stray_key_goes_where_other_operations_declare_it(
    method: str, other: str, place: ir.Place
) -> None:
    consumed = OTHERS.replace("OTHER", other).replace("METHOD", method)
    unit = "- {name: act, description: A., call: api.act, with: {a: tools.a, c: 1}}\n"
    text = document(upstream(consumed), tools(unit))
    (a,) = (p for p in operation(text).parameters if p.name == "a")
    pairs = {
        ir.Place.QUERY: operation(text).query,
        ir.Place.HEADER: operation(text).headers,
    }
    assert a.place is place
    assert ("a", ir.Argument(a)) in pairs[place]
    assert warnings(text) == ["extra-parameter", "extra-parameter"]


# --- placeholders of the operation that a call gives no value ---

IN_BODY = (
    "{to: '{{tools.to}}', text: '{{text}}', note: '{{rest.note}}', mute: '{{mute}}'}"
)
PLACEHOLDERS = f"""\
inputParameters:
  - {{name: id, in: query}}
  - {{name: lang, in: query, value: '{{{{tools.lang}}}}'}}
  - {{name: note, in: body}}
  - {{name: mute, in: body}}
  body: {{type: json, data: {IN_BODY}}}"""


@pytest.mark.parametrize(
    "unit",
    [
        "with: {id: tools.id}",
        "inputParameters: [{name: id, type: string, description: I.}]",
        "steps: [{name: send, type: call, call: api.act, with: {id: tools.id}}]",
    ],
)
def test_a_placeholder_without_a_value_becomes_an_optional_input(unit: str) -> None:
    call = "" if "steps" in unit else "call: api.act, "
    exposed = tools(f"- {{name: a, description: A., {call}{unit}}}\n")
    text = calling_document("act", exposed, PLACEHOLDERS, "POST")
    optional = {i.name for i in tool(text).inputs if not i.required}
    assert optional - {"id"} == {"lang", "to", "text", "note"}
    notes = findings(text, Severity.NOTE)
    assert [slug for slug, _ in notes].count("exposed-parameter") == 4
    assert warnings(text) == []


def test_a_placeholder_of_a_body_is_a_member_of_a_route_s_body() -> None:
    exposed = route("/v1/things/{id}", "  with: {id: rest.id}\n", "POST")
    text = calling_document("act", exposed, PLACEHOLDERS, "POST")
    locations = {i.name: i.location for i in rest_operation(text).inputs}
    assert locations == {
        "id": ir.InPath(),
        "lang": ir.InQuery(),
        "to": ir.InField(("to",)),
        "text": ir.InField(("text",)),
        "note": ir.InField(("note",)),
    }


def test_an_empty_list_of_inputs_leaves_placeholders_without_a_value() -> None:
    unit = "call: api.act, inputParameters: [], with: {id: 1}"
    text = calling_document(
        "act", tools(f"- {{name: a, description: A., {unit}}}\n"), PLACEHOLDERS, "POST"
    )
    assert tool(text).inputs == ()


# --- a unit's arguments don't affect other units ---

BARE = "- {name: bare, description: B., call: api.act}\n"
ALONE = "- {name: extra, description: E., call: api.act, with: {a: tools.a}}\n"
DECLARED = """\
- name: declared
  description: D.
  call: api.act
  inputParameters: [{name: a, type: string, description: Its own.}]
"""


@pytest.mark.parametrize("other", [BARE, DECLARED])
@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("GET", ""),
        ("GET", "inputParameters: [{name: x, in: query}]"),
        ("POST", ""),
        ("POST", "body: {type: json}"),
        ("POST", "body: {type: json, data: {x: '{{x}}'}}"),
        ("POST", "inputParameters: [{name: x, in: body, type: object}]"),
        ("POST", "inputParameters: [{name: x, in: body}]"),
    ],
)
def test_inputs_of_one_unit_beyond_the_parameters_change_no_other_unit(
    other: str, method: str, more: str
) -> None:
    alone = calling_document("act", tools(other), more, method)
    together = calling_document("act", tools(ALONE + other), more, method)
    before, (extra, after) = tool(alone), capability(together).tools
    assert after.inputs == before.inputs
    assert sent_arguments(after) == sent_arguments(before)
    assert [i.name for i in extra.inputs] == (["a", "x"] if "{{x}}" in more else ["a"])


def sent_arguments(unit: ir.Tool) -> list[tuple[str, ir.Template]]:
    """Return the arguments of a tool, required or optional."""
    return [(parameter.name, value) for parameter, value in unit.only_call.arguments]


@pytest.mark.parametrize(
    ("credential", "method"),
    [
        ("key: key, value: '{{KEY}}', placement: query", "GET"),
        ("key: key, value: '{{KEY}}', placement: body", "POST"),
        ("parameters: {key: '{{KEY}}', user: '{{USER}}'}", "GET"),
        ("key: key, value: '{{KEY}}'", "GET"),
        ("key: key, value: '{{KEY}}'", "POST"),
        ("headers: {key: '{{KEY}}', user: '{{USER}}'}", "GET"),
    ],
)
def test_nobody_gives_the_credential(credential: str, method: str) -> None:
    text = document_with("{key: tools.key}", method=method).replace(
        "  resources:",
        f"  authentication: {{type: apikey, {credential}}}\n    resources:",
        1,
    )
    assert "ignored-argument" in [s for s, _ in findings(text, Severity.WARNING)]
    result = capability(text)
    assert "key" not in [i.name for i in result.mcp[0].tools[0].inputs]
    assert "key" not in [p.name for p in result.operations[0].parameters]


# --- bodies that nothing describes ---


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_can_say_that_it_has_no_body(method: str) -> None:
    text = calling_document("act", tools(CALL), "body: ''", method)
    assert operation(text).body is None
    assert operation(text).parameters == ()
    assert tool(text).inputs == ()
    assert findings(text) == []


@pytest.mark.parametrize(
    ("method", "location"),
    [("POST", [ir.InBody()]), ("PUT", [ir.InBody()]), ("GET", []), ("DELETE", [])],
)
def test_a_route_passes_on_the_body_that_it_can_have(
    method: str, location: list[ir.Location]
) -> None:
    exposed = route("/v1/things/{id}", "  with: {id: rest.id}\n", method)
    text = calling_document("update-thing", exposed, IN_PATH, "PUT")
    inputs = rest_operation(text).inputs
    assert [i.location for i in inputs if i.name == "body"] == location
    assert all(i.type == ir.Anything() for i in inputs if i.name == "body")


def test_a_route_that_takes_members_of_its_body_passes_none_on() -> None:
    inputs = "  inputParameters: [{name: id, in: body, value: $.thing.id}]\n"
    exposed = route("/v1/things", inputs, "POST")
    (only,) = rest_operation(
        calling_document("update-thing", exposed, IN_PATH, "PUT")
    ).inputs
    assert only.location == ir.InField(("thing", "id"))


BY_TOOL = "{name: body, type: object, description: %s, required: false}"
BY_ROUTE = "{name: body, in: body, description: %s}"
SAID = "The body of the request."
READ = routes("- {name: read, method: GET, call: api.act}\n")


def passing(*, is_declared: bool, route: bool, read: bool) -> str:
    """Return a tool, and routes with and without a body, that pass on their inputs."""
    unit = "- {name: act, description: Act., method: POST, call: api.act}\n"
    by_tool = unit.replace(" method: POST,", "")
    by_route = unit
    if is_declared:
        by_tool = listing(by_tool, BY_TOOL)
        by_route = listing(by_route, BY_ROUTE)
    others = READ.replace("things-rest", "read-rest").replace("8080", "8081")
    return tools(by_tool) + routes(by_route) * route + others * read


def listing(unit: str, parameter: str) -> str:
    inputs = f"inputParameters: [{parameter % SAID}]"
    return unit.replace("call:", f"{inputs}, call:")


@pytest.mark.parametrize("body", ["", "body: {type: json}"])
@pytest.mark.parametrize("route", [False, True])
@pytest.mark.parametrize("read", [False, True])
def test_assumptions_about_a_body_can_be_declared(
    body: str, *, route: bool, read: bool
) -> None:
    """A tool declares an object, a route passes on any value."""
    units = passing(is_declared=False, route=route, read=read)
    assumed_text = calling_document("act", units, body, "POST")
    units = passing(is_declared=True, route=route, read=read)
    more = "inputParameters: [{name: body, in: body}]"
    if body:
        more += "\n  body: {type: json, data: '{{body}}'}"
    declared_text = calling_document("act", units, more, "POST")
    assert capability(declared_text) == capability(assumed_text)
    assert findings(declared_text) == []
    assert [slug for slug, _ in findings(assumed_text)] == [
        "callers-body" if body else "undescribed-body"
    ]
    (parameter,) = operation(declared_text).parameters
    assert parameter.type == (ir.Anything() if route else ir.Object())
    assert tool(declared_text).inputs[0].type == ir.Object()


@pytest.mark.parametrize(
    ("parameter", "kind"),
    [
        ("{name: body, in: body}", ir.Anything()),
        ("{name: body, in: body, type: object}", ir.Object()),
    ],
)
def test_a_declared_type_of_a_body_wins_over_a_route_without_one(
    parameter: str, kind: ir.Type
) -> None:
    units = passing(is_declared=True, route=True, read=False)
    text = calling_document("act", units, f"inputParameters: [{parameter}]", "POST")
    assert operation(text).body == ir.Entity(operation(text).parameters[0])
    assert operation(text).parameters[0].type == kind
    assert rest_operation(text).inputs[0].type == kind


# --- calls that name no operation ---

LOST = CALL.replace("act", "gone")
SKILL = """\
- type: skill
  namespace: skills
  skills:
  - name: one
    description: One.
    tools:
    - {name: act, from: {sourceNamespace: things-mcp, action: act}}
    - {name: gone, from: {sourceNamespace: things-mcp, action: gone}}
  - name: two
    description: Two.
    tools:
    - {name: gone, from: {sourceNamespace: things-mcp, action: gone}}
"""


def test_only_the_first_unresolved_calls_are_guessed() -> None:
    lost_calls = "".join(LOST.replace("gone", f"akt{i}") for i in range(60))
    report = resolve(document(upstream("- {name: act}\n"), tools(lost_calls)))[1]
    hints = [diagnostic.hint for diagnostic in report.diagnostics]
    assert hints == ["did you mean 'api.act'?"] * 50 + [None] * 10


def test_unresolved_calls_can_be_skipped() -> None:
    exposes = tools(LOST + CALL) + route("/v1/gone").replace("api.act", "api.gone")
    text = document(upstream("- {name: act}\n"), exposes + SKILL)
    result, report = resolve(text, skip_unresolved=True)
    assert result
    assert [t.name for t in result.tools] == ["act"]
    assert result.rest == ()
    (skill,) = result.skills
    assert (skill.name, [t.name for t in skill.tools]) == ("one", ["act"])
    slugs = [diagnostic.code.slug for diagnostic in report.diagnostics]
    assert slugs.count("skipped-unit") == 2


@pytest.mark.parametrize("adapter", ["", "- {type: mcp, namespace: a, tools: {}}\n"])
def test_a_skill_without_tools_exposes_nothing_by_itself(adapter: str) -> None:
    skill = "- type: skill\n  namespace: b\n  skills: [{name: c, description: C}]\n"
    text = document(upstream("- {name: act}\n"), adapter + skill)
    assert "nothing-exposed" in [slug for slug, _ in findings(text, Severity.ERROR)]


# --- names ---


@pytest.mark.parametrize(
    "new", ["a", "page.size", "$skip", "Größe", "x" * 70, "page size (2)"]
)
def test_one_more_name_changes_no_other(new: str) -> None:
    names = ["$top", "filter[name]", "page size", "é", "y" * 80, "page_size_2", "ok"]
    before = aliases(names, ARGUMENT_NAMES)
    after = aliases([new, *names], ARGUMENT_NAMES)
    assert {name: after.get(name) for name in names} == {
        name: before.get(name) for name in names
    }
    choices = [after.get(name, name) for name in (new, *names)]
    assert len({*choices}) == len(choices)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", alias) for alias in choices)


# --- cost ---


def resolve_operations(units: int) -> None:
    """Resolve that many operations, each called twice."""
    numbers = range(units)
    consumed = "".join(
        f"- {{name: o{i}, inputParameters: [{{name: p{i}, in: query}}]}}\n"
        for i in numbers
    )
    exposed = "".join(
        f"- {{name: t {i % 9}, call: api.o{i}, with: {{p_{i}: m.a, x{i}: m.b}}}}\n"
        for i in numbers
    )
    resource = "- {method: GET, call: api.o%d, with: {x: '{{c}}'}}\n"
    alike = routes("".join(resource % i for i in numbers))
    text = document(upstream(consumed), tools(exposed) + alike)
    assert resolve(text)[0] is not None


@pytest.mark.parametrize(
    ("key", "arguments"), [("p_{}", ""), ("q{}", ""), ("P{}", ", with: {{{}}}")]
)
def test_the_cost_is_in_proportion_to_the_inputs(key: str, arguments: str) -> None:
    def resolve_inputs(inputs: int) -> None:
        numbers = range(inputs)
        queries = ", ".join(f"{{name: p{n}, in: query}}" for n in numbers)
        settings = arguments.format(
            ", ".join(f"{key.format(n)}: m.i{n}" for n in numbers)
        )
        name = "i{}" if arguments else key
        parameters = ", ".join(f"{{name: {name.format(n)}}}" for n in numbers)
        tool = f"{{name: t, call: api.o, inputParameters: [{parameters}]{settings}}}"
        consumed = upstream(f"- {{name: o, inputParameters: [{queries}]}}\n")
        text = document(consumed, tools(f"- {tool}\n"))
        assert resolve(text)[0] is not None

    assert growth(resolve_inputs, 100) < IN_PROPORTION


def test_the_cost_is_in_proportion_to_the_dots_of_a_call() -> None:
    def resolve_dots(dots: int) -> None:
        calls = (f"{n}{'.' * dots}" for n in range(4))
        lines = "".join(
            f"- {{name: t{n}, call: {call}}}\n" for n, call in enumerate(calls)
        )
        text = document(upstream("- {name: o}\n"), tools(lines))
        assert resolve(text)[0] is None

    assert growth(resolve_dots, 200) < IN_PROPORTION


def test_the_cost_is_in_proportion_to_the_operations() -> None:
    assert growth(resolve_operations, 50) < IN_PROPORTION


def test_a_fixed_value_ends_the_path_as_well() -> None:
    more = "inputParameters: [{name: id, in: path, value: all}]"
    assert shown_path(calling_document("get-thing", tools(CALL), more)) == "/things/all"
