"""Inferring omitted parts of a document: parts that tables of facts can't state."""

import re

import pytest
from documents import (
    capability,
    document,
    findings,
    operation,
    resolve,
    routes,
    tool,
    tools,
    upstream,
)

from naftiko_gen import ir
from naftiko_gen.resolve.exposed.names import ARGUMENT_NAMES, aliases
from steps import AS_THEIR_SQUARE, IN_PROPORTION, growth

CALL = "- {name: act, description: Act., call: api.act}\n"


def consumed_operation(name: str, more: str = "", method: str = "GET") -> str:
    return f"- name: {name}\n  method: {method}\n  {more}\n"


def calling_document(
    name: str, exposed: str, more: str = "", method: str = "GET"
) -> str:
    """Return a document whose only unit calls an operation at `/things`."""
    text = document(upstream(consumed_operation(name, more, method)), exposed)
    return text.replace("api.act", f"api.{name}")


def route(path: str, more: str = "", method: str = "GET") -> str:
    unit = f"- name: act\n  method: {method}\n  call: api.act\n{more}"
    return routes(unit, f"'{path}'")


@pytest.mark.slow
def test_variables_of_nearly_one_name_are_compared_in_pairs_at_most() -> None:
    def resolve_variables(count: int) -> None:
        path = "".join(f"/{{a{'-' * n}}}" for n in range(count))
        names = (f"{{name: a{'_' * n}, in: path}}" for n in range(1, count + 1))
        inputs = f"  inputParameters: [{', '.join(names)}]\n"
        resolve(calling_document("act", route(path, inputs), ""))

    assert growth(resolve_variables, 25) < AS_THEIR_SQUARE


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


# --- bodies that nothing describes ---

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
@pytest.mark.slow
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


@pytest.mark.slow
def test_the_cost_is_in_proportion_to_the_operations() -> None:
    assert growth(resolve_operations, 50) < IN_PROPORTION
