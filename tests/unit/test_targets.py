"""The pieces of the emit stage that decide something by themselves."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest

from distinct import distinct
from naftiko_gen.emit.docs.examples import arguments, curl, python_call
from naftiko_gen.emit.docs.skill import named_skills, skill_view
from naftiko_gen.emit.package.argument_types import ArgumentTypes
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.fitting import is_fitted
from naftiko_gen.emit.package.names import Names
from naftiko_gen.emit.package.operations import Coroutine
from naftiko_gen.emit.package.outputs import Outputs, outputs_view
from naftiko_gen.emit.package.routing import route_template, route_variables, spelling
from naftiko_gen.emit.package.schemas import (
    answer_schema,
    arguments_schema,
    output_schema,
    type_schema,
)
from naftiko_gen.emit.package.settings import settings
from naftiko_gen.emit.samples.answers import apply_projection, sample_answer
from naftiko_gen.emit.samples.samples import Samples
from naftiko_gen.emit.tests.expectations import Expectation, unit_request
from naftiko_gen.emit.tests.signatures import UNSIGNED, signatures
from naftiko_gen.ir import (
    Anything,
    Argument,
    Array,
    Basic,
    Bearer,
    BodyKey,
    BodyTemplate,
    Call,
    Capability,
    Constant,
    Each,
    Entity,
    Exposed,
    Hints,
    Hmac,
    Identity,
    InArguments,
    InBody,
    InField,
    InHeader,
    InPath,
    Input,
    InQuery,
    Items,
    Joined,
    KeyFormat,
    Literal,
    McpAdapter,
    OAuth1,
    Object,
    ObjectTemplate,
    Operation,
    Parameter,
    Pick,
    Place,
    Primitive,
    ProjectedCall,
    Projection,
    QueryKey,
    RestAdapter,
    Route,
    RsaKey,
    Setting,
    Shape,
    Skill,
    SkillAdapter,
    Template,
    Tool,
    Transport,
    Type,
    Upstream,
    Variable,
)

STRING, INTEGER = Primitive.STRING, Primitive.INTEGER
KEY = Variable("KEY", secret=True)
REGION = Variable("REGION", secret=False)
API = Upstream("api", ("https://api.example.com",), Bearer(Setting(KEY)))
EVERY = Each.ELEMENT


def parameter(
    name: str, kind: Type = STRING, place: Place = Place.QUERY, *, required: bool = True
) -> Parameter:
    return Parameter(name, place, kind, required)


def operation(
    *parameters: Parameter,
    name: str = "act",
    method: str = "GET",
    path: tuple[str | Parameter | Variable, ...] = ("/act",),
    headers: tuple[tuple[str, Template], ...] = (),
    body: Entity | BodyTemplate | None = None,
    upstream: Upstream = API,
) -> Operation:
    in_query = (p for p in parameters if p.place is Place.QUERY)
    query = tuple((p.name, Argument(p)) for p in in_query)
    return Operation(name, upstream, method, path, parameters, query, headers, body)


def tool(called: Operation, *values: Template, name: str = "act") -> Tool:
    fed = tuple(zip(called.parameters, values, strict=False))
    sources = (value.source for value in values if isinstance(value, Argument))
    inputs = tuple(source for source in sources if isinstance(source, Input))
    call = Call(called, fed)
    implementation = ProjectedCall(call, Identity())
    return Tool(name, None, "Act.", Hints(), inputs, implementation)


def route(
    called: Operation, *path: str | Input, inputs: tuple[Input, ...] = ()
) -> Route:
    exposed = (*(part for part in path if isinstance(part, Input)), *inputs)
    fed = zip(called.parameters, map(Argument, exposed), strict=True)
    call = Call(called, tuple(fed))
    implementation = ProjectedCall(call, Identity())
    return Route(called.name, called.method, path, exposed, implementation, "Act.")


def capability(
    *units: Exposed,
    variables: tuple[Variable, ...] = (),
    skills: tuple[Skill, ...] = (),
) -> Capability:
    routes = tuple(unit for unit in units if isinstance(unit, Route))
    tools = tuple(unit for unit in units if isinstance(unit, Tool))
    called = distinct(unit.only_call.operation for unit in units)
    upstreams = {o.upstream.namespace: o.upstream for o in called}
    rest = (RestAdapter("rest", 8080, routes),) if routes else ()
    mcp = (McpAdapter("mcp", 9090, Transport.HTTP, tools),) if tools else ()
    return Capability(
        slug="things",
        source="things.yaml",
        label="Things",
        description=None,
        tags=(),
        version="1",
        variables=variables,
        upstreams=tuple(upstreams.values()),
        operations=called,
        adapters=(*rest, *mcp, SkillAdapter(skills)),
    )


def argument(name: str, kind: Type = STRING, *, required: bool = True) -> Input:
    return Input(name, InArguments(), kind, required)


# --- names ---


def test_operations_of_one_name_are_told_apart_by_their_upstream() -> None:
    other = Upstream("other", ("https://other.example",), None)
    ours, theirs = operation(), operation(upstream=other)
    names = Names(capability(tool(ours), tool(theirs, name="b")))
    assert (names.operation(ours), names.operation(theirs)) == ("api_act", "other_act")


@pytest.mark.parametrize("name", ["self", "segment", "joined", "without_absent"])
def test_parameters_hide_nothing_that_coroutines_use(name: str) -> None:
    acting = operation(parameter(name))
    names = Names(capability(tool(acting)))
    assert list(names.parameters(acting).values()) == [f"{name}_"]


@pytest.mark.parametrize(
    "name", ["connect", "outputs", "shape", "array", "object_of", "create_server"]
)
def test_tools_hide_nothing_that_handlers_use(name: str) -> None:
    result = capability(tool(operation(), name=name))
    [(_, handler)] = Names(result).tools(result.mcp[0])
    assert handler == f"{name}_"


# --- routes ---


def test_routes_that_differ_in_names_of_variables_share_a_path() -> None:
    kebab, camel = (Input(name, InPath(), STRING, True) for name in ("run-id", "runId"))
    run = parameter("id", place=Place.PATH)
    show = operation(run, path=("/runs/", run))
    drop = operation(run, path=("/runs/", run), method="DELETE", name="drop")
    adapter = capability(
        route(show, "/runs/", kebab), route(drop, "/runs/", camel)
    ).rest[0]
    first, second = adapter.routes
    assert spelling(second, adapter) is first
    assert route_template(second.route) == "/runs/{runId}"
    assert route_variables(second, adapter) == {"runId": "run_id"}


# --- settings ---


def test_settings_are_the_variables_of_requests_and_credentials() -> None:
    unused = Variable("HOST_NAME", secret=False)
    upstream = Upstream("api", ("https://", unused), Bearer(Setting(KEY)))
    acting = operation(path=("/", REGION), upstream=upstream)
    result = capability(tool(acting), variables=(unused, REGION, KEY))
    assert settings(result) == (REGION, KEY)


# --- arguments of parameters ---


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        (STRING, Argument(argument("a")), True),
        (INTEGER, Argument(argument("a")), False),
        (Primitive.NUMBER, Argument(argument("a", INTEGER)), True),
        (INTEGER, Argument(argument("a", Primitive.NUMBER)), False),
        (Anything(), Argument(argument("a")), True),
        (STRING, Argument(argument("a", Anything())), True),
        (Array(Anything()), Argument(argument("a", Array(STRING))), True),
        (Array(Primitive.NUMBER), Argument(argument("a", Array(INTEGER))), False),
        (STRING, Setting(REGION), True),
        (INTEGER, Joined(("1", Setting(REGION))), False),
        (Object(), ObjectTemplate(()), True),
        (STRING, ObjectTemplate(()), False),
        (STRING, Constant("a"), True),
        (STRING, Constant(None), False),
        (INTEGER, Constant(True), False),
        (Primitive.BOOLEAN, Constant(True), True),
        (Primitive.NUMBER, Constant(1), True),
        (Array(INTEGER), Constant([1, "2"]), False),
        (Object(), Constant({"a": 1}), True),
    ],
)
def test_values_that_fit_a_parameter(kind: Type, value: Template, fits: bool) -> None:
    wanted = parameter("a", kind)
    assert is_fitted(wanted, capability(tool(operation(wanted), value))) is fits


# --- expectations ---


def expectation(unit: Exposed) -> Expectation:
    """Return the request of a unit's only call."""
    return unit_request(unit, unit.only_call)


def test_text_is_plain_where_a_header_holds_it() -> None:
    trace = parameter("trace", place=Place.HEADER)
    acting = operation(
        trace, parameter("q"), headers=(("X-Trace", Joined(("<", Argument(trace)))),)
    )
    inputs = argument("trace"), argument("q")
    unit = tool(acting, *map(Argument, inputs))
    assert [Samples(unit).of(i) for i in inputs] == ["trace 1", "q 1/ü?"]
    expected = expectation(unit)
    assert expected.headers[0] == ("X-Trace", "<trace 1")
    assert expected.url == "https://api.test/base/act?q=q%201%2F%C3%BC%3F"


def test_a_body_that_gets_a_credential_as_a_member_is_an_object() -> None:
    body = parameter("body", Anything(), place=Place.BODY)
    acting = operation(body, body=Entity(body))
    exposed = argument("body", Anything())
    assert Samples(tool(acting, Argument(exposed))).of(exposed) == "anything"
    upstream = replace(acting.upstream, credential=BodyKey("k", Setting(KEY)))
    keyed = tool(replace(acting, upstream=upstream), Argument(exposed))
    assert isinstance(Samples(keyed).of(exposed), dict)


@pytest.mark.parametrize(("method", "is_none"), [("DELETE", True), ("POST", False)])
def test_only_a_write_sends_a_body_without_members(method: str, is_none: bool) -> None:
    reason = parameter("reason", place=Place.BODY, required=False)
    body = BodyTemplate(ObjectTemplate((("reason", Argument(reason)),)))
    acting = operation(reason, method=method, body=body)
    assert expectation(tool(acting)).body == (None if is_none else {})
    names = Names(capability(tool(acting)))
    types = ArgumentTypes({}, {})
    written = Coroutine(acting, names, types).view()
    assert written.has_dispensable_body is is_none


def test_structures_are_expected_in_utf8() -> None:
    q = parameter("q", Object())
    template = ObjectTemplate((("a", Argument(argument("q"))),))
    expected = expectation(tool(operation(q), template))
    assert expected.url.endswith("?q=%7B%22a%22%3A%22q%201%2F%C3%BC%3F%22%7D")


@pytest.mark.parametrize(
    ("credential", "query", "headers"),
    [
        (Bearer(Setting(KEY)), "", (("Authorization", "Bearer key-in-tests"),)),
        (
            Basic(Constant("me"), Setting(KEY)),
            "",
            (("Authorization", "Basic bWU6a2V5LWluLXRlc3Rz"),),
        ),
        (QueryKey("k", Joined(("a ", Setting(KEY)))), "?k=a%20key-in-tests", ()),
    ],
)
def test_credentials_are_expected_where_they_belong(
    credential: Bearer | Basic | QueryKey,
    query: str,
    headers: tuple[tuple[str, str], ...],
) -> None:
    upstream = Upstream("api", ("https://api.example.com",), credential)
    expected = expectation(tool(operation(upstream=upstream)))
    assert expected.url == f"https://api.test/base/act{query}"
    assert expected.headers == headers


SIGNED = Upstream(
    "api", ("https://api.example.com",), Hmac(Constant("me"), Setting(KEY))
)
BY_RSA = OAuth1(Constant("me"), RsaKey(Setting(KEY)), None)


def test_signatures_are_expected_with_keys_to_sign_by() -> None:
    result = signatures(capability(tool(operation(upstream=SIGNED))))
    assert dict(result.schemes) == {"api": "VERACODE-HMAC-SHA-256"}
    assert dict(result.keys) == {KEY: KeyFormat.HEXADECIMAL}
    rsa = replace(SIGNED, credential=BY_RSA)
    result = signatures(capability(tool(operation(upstream=rsa))))
    assert dict(result.schemes) == {"api": "OAuth"}
    assert dict(result.keys) == {KEY: KeyFormat.RSA}


@pytest.mark.parametrize(
    "other",
    [
        operation(headers=(("X-Key", Setting(KEY)),), upstream=SIGNED),
        operation(upstream=replace(API, namespace="other")),
        operation(upstream=replace(SIGNED, namespace="other", credential=BY_RSA)),
        operation(
            upstream=replace(
                SIGNED,
                namespace="other",
                credential=Hmac(Constant("me"), Joined(("0", Setting(REGION)))),
            )
        ),
    ],
    ids=["header", "bearer", "another kind of key", "a part of a key"],
)
def test_a_credential_beyond_a_key_leaves_tests_unsigned(other: Operation) -> None:
    """Its sample can't be both."""
    units = tool(operation(upstream=SIGNED)), tool(other, name="other")
    assert signatures(capability(*units)) == UNSIGNED


def test_absent_members_are_not_expected_and_nulls_are() -> None:
    note = parameter("note", place=Place.BODY, required=False)
    members = (("note", Argument(note)), ("fixed", Constant(None)))
    acting = operation(note, method="POST", body=BodyTemplate(ObjectTemplate(members)))
    assert expectation(tool(acting)).body == {"fixed": None}


def test_a_body_that_is_passed_on_is_a_copy() -> None:
    body = parameter("body", Object(), Place.BODY)
    posting = operation(body, method="POST", body=Entity(body))
    entity = Input("body", InBody(), Object(), required=True)
    assert expectation(route(posting, "/", inputs=(entity,))).passes_through
    in_tool = tool(posting, Argument(argument("body", Object())))
    assert not expectation(in_tool).passes_through


# --- outputs ---

ROWS = Shape(
    (), (("rows", Pick((), Array(INTEGER))), ("first", Pick((0, "n"), INTEGER)))
)
PERSON = Shape((), (("name", Pick(("name",), STRING)), ("kind", Literal("person"))))


@pytest.mark.parametrize(
    ("output", "answer", "result"),
    [
        (Pick(("a", 0, "b"), INTEGER), {"a": [{"b": 7}]}, 7),
        (Pick(("a", -1), INTEGER), {"a": [7]}, 7),
        (Literal([1]), None, [1]),
        (Items(("p",), PERSON), None, [{"name": "value 1/ü?", "kind": "person"}]),
        (Pick(("a", EVERY, "b"), INTEGER), {"a": [{"b": 7}]}, [7]),
        (
            Shape(("in",), (("all", Identity()), ("n", Pick(("n",), INTEGER)))),
            {"in": {"n": 7}},
            {"all": {"n": 7}, "n": 7},
        ),
        (
            Shape(
                (),
                (
                    ("n", Pick(("p", "length"), INTEGER)),
                    ("all", Pick(("p",), Array(STRING))),
                ),
            ),
            {"p": ["value 1/ü?"]},
            {"n": 1, "all": ["value 1/ü?"]},
        ),
        (Pick(("box", "length"), INTEGER), {"box": {"length": 7}}, 7),
        (ROWS, [{"n": 7}], {"rows": [{"n": 7}], "first": 7}),
    ],
)
def test_sample_answers_hold_exposed_values(
    output: Projection, answer: object, result: object
) -> None:
    document = sample_answer(output)
    if answer is not None:
        assert document == answer
    assert apply_projection(output, document, lambda _: None) == result


@pytest.mark.parametrize(
    ("output", "expression"),
    [
        (Pick(("a", 0), INTEGER), 'pick(answer, "a", 0)'),
        (Pick((), Object()), "pick(answer)"),
        (Literal({"a": 1}), '{"a": 1}'),
        (
            PERSON,
            '{"name": pick(members(answer), "name"), "kind": "person"}',
        ),
        (
            Items(("p", EVERY), Pick(("n",), STRING)),
            'each(elements(pick(answer, "p")),' ' lambda item: pick(item, "n"))',
        ),
        (
            Items((), Items(("n",), Pick((), STRING))),
            'each(answer, lambda item: elements(pick(item, "n")))',
        ),
        (ROWS, '{"rows": pick(answer), "first": pick(answer, 0, "n")}'),
        (
            Shape((), (("n", Pick(("length",), INTEGER)),)),
            '{"n": pick(answer, "length")}',
        ),
    ],
)
def test_outputs_are_expressions(output: Projection, expression: str) -> None:
    outputs = Outputs((("act", output),))
    [view] = outputs_view(outputs, ArgumentTypes({}, {})).outputs
    assert view.expression == expression


def test_one_shape_is_one_function_and_names_stay_free() -> None:
    called = operation()
    shapes = (PERSON, Pick(("a",), STRING), PERSON)
    units = [
        Tool("pick", None, "Act.", Hints(), (), ProjectedCall(Call(called, ()), shape))
        for shape in shapes
    ]
    outputs = Outputs.of(capability(*units))
    assert [wire for wire, _ in outputs.projections] == ["pick", "pick 2"]
    assert [outputs.name(shape) for shape in shapes] == ["pick_", "pick_2", "pick_"]


# --- schemas ---


def test_arguments_are_these_and_no_others() -> None:
    schema = arguments_schema(
        (argument("a"), argument("b", Array(INTEGER), required=False))
    )
    assert schema == {
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "b": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["a"],
        "additionalProperties": False,
    }


def test_every_array_has_items() -> None:
    assert type_schema(Array(Anything())) == {"type": "array", "items": {}}


def test_outputs_require_nothing_and_may_be_null() -> None:
    assert output_schema(Identity()) is None
    assert answer_schema(Identity()) is None
    name = {"type": ["string", "null"]}
    members = {"name": name, "kind": {}}
    assert output_schema(PERSON) == {"type": "object", "properties": members}
    person = {"type": ["object", "null"], "properties": members}
    people = {"type": ["array", "null"], "items": person}
    assert answer_schema(Items((), PERSON)) == people
    wrapped = {"result": {"anyOf": [people, {}]}}
    assert output_schema(Items((), PERSON)) == {"type": "object", "properties": wrapped}


# --- examples ---


def test_curl_gives_required_inputs() -> None:
    inputs = (
        Input("run id", InPath(), STRING, required=True),
        Input("page[n]", InQuery(), INTEGER, required=True),
        Input("filter", InQuery(), Object(), required=True),
        Input("tags", InQuery(), Array(STRING), required=True),
        Input("X-Trace", InHeader(), STRING, required=True),
        Input("city", InField(("home", "city")), STRING, required=True),
        Input("more", InQuery(), STRING, required=False),
    )
    called = operation(*(parameter(i.name) for i in inputs), method="PUT")
    unit = route(called, "/it's/", inputs[0], inputs=inputs[1:])
    query = "page%5Bn%5D=1&filter=%7B%22%3Ckey%3E%22%3A%20%22%3Cvalue%3E%22%7D"
    assert shlex.split(curl(unit, "http://127.0.0.1:8080")) == [
        *("curl", "-X", "PUT"),
        f"http://127.0.0.1:8080/it's/<run id>?{query}&tags=<tags>",
        *("-H", "X-Trace: <X-Trace>"),
        *("-H", "Content-Type: application/json"),
        *("--data", '{"home": {"city": "<city>"}}'),
    ]


@pytest.mark.parametrize(
    ("method", "body", "options"),
    [
        ("GET", None, []),
        ("DELETE", None, ["-X", "DELETE"]),
        ("POST", Object(), []),
        ("POST", None, ["-X", "POST"]),
    ],
)
def test_curl_names_a_method_that_is_not_implied(
    method: str, body: Type | None, options: list[str]
) -> None:
    inputs = (Input("body", InBody(), body, required=True),) if body else ()
    called = operation(*(parameter(i.name) for i in inputs), method=method)
    words = shlex.split(curl(route(called, "/", inputs=inputs), "http://x"))
    assert words[1 : words.index("http://x/")] == options


def test_examples_of_tools_and_coroutines() -> None:
    wanted = parameter("run-id"), parameter("limit", INTEGER, required=False)
    called = operation(*wanted)
    unit = tool(called, Argument(argument("run-id")))
    assert json.loads(arguments(unit)) == {"run-id": "<run-id>"}
    call = python_call(called, Names(capability(unit)))
    assert call == 'client.act(run_id="<run-id>")'


# --- skills ---


def test_a_skill_is_for_the_tasks_of_first_paragraphs() -> None:
    unit = replace(tool(operation()), description="Act on it.\n\n`a_b` is `a b`.")
    skill = Skill("things", "Things.")
    view = skill_view("things", skill, Emission(capability(unit, skills=(skill,))))
    assert str(view.description) == '"Things. Use it to: act on it."'


def test_skills_have_directories_of_their_own() -> None:
    skills = tuple(Skill(name, "") for name in ("A b", "c", "名", "x" * 80))
    result = capability(tool(operation()), skills=skills)
    assert [name for name, _ in named_skills(result)] == [
        *("a-b", "c", "things", "x" * 64),
    ]


def test_the_source_is_shown_in_safe_characters() -> None:
    result = capability(tool(operation()))
    assert Emission(result).source == "things.yaml"
