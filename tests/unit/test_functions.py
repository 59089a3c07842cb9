"""Functions of aggregates, in the routes and tools that refer to them."""

from __future__ import annotations

from textwrap import indent

import pytest
from documents import capability, errors, findings

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Severity

DOCUMENT = """\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.example.com
    resources:
    - name: ship
      path: /ships/{{{{id}}}}
      operations:
      - {{name: get, inputParameters: [{{name: id, in: path}}]}}
  aggregates:
  - label: Ships
    namespace: ships
    functions:
    - name: get-ship
      description: Get a ship.
{function}
  exposes:
  - type: mcp
    namespace: tools
    port: 9090
    tools:
    -
{unit}
"""
FUNCTION = """\
inputParameters: [{name: imo, type: string, description: A number.}]
call: api.get
with: {id: VALUE}
"""
STEPS = """\
inputParameters: [{name: imo, type: string}]
steps:
- {type: call, name: ship, call: api.get, with: {id: ships.imo}}
mappings:
- {targetName: name, value: ships.ship.name}
- {targetName: text, value: "{{imo}} {{ships.ship.flag}}"}
"""


def text(function: str, unit: str = "ref: ships.get-ship\n") -> str:
    return DOCUMENT.format(
        function=indent(function, " " * 6), unit=indent(unit, " " * 6)
    )


def tool(document: str) -> ir.Tool:
    [exposed] = capability(document).tools
    return exposed


@pytest.mark.parametrize("value", ["imo", "ships.imo", "'{{imo}}'", "'{{ships.imo}}'"])
def test_a_tool_has_name_description_and_inputs_of_its_function(value: str) -> None:
    exposed = tool(text(FUNCTION.replace("VALUE", value)))

    [imo] = exposed.inputs
    assert (exposed.name, exposed.description) == ("get-ship", "Get a ship.")
    assert (imo.name, imo.description) == ("imo", "A number.")
    assert [value for _, value in exposed.only_call.arguments] == [ir.Argument(imo)]


@pytest.mark.parametrize(
    ("semantics", "hints"),
    [
        ("{safe: true}", ir.Hints(read_only=True, destructive=False)),
        ("{safe: false}", ir.Hints(read_only=False)),
        ("{idempotent: true, cacheable: true}", ir.Hints(idempotent=True)),
        ("{}", ir.Hints()),
    ],
)
def test_hints_follow_from_semantics(semantics: str, hints: ir.Hints) -> None:
    function = FUNCTION.replace("VALUE", "imo") + f"semantics: {semantics}\n"
    assert tool(text(function)).hints == hints


def test_hints_of_a_tool_win() -> None:
    function = FUNCTION.replace("VALUE", "imo") + "semantics: {safe: true}\n"
    unit = "ref: ships.get-ship\nhints: {destructive: true, openWorld: true}\n"
    expected = ir.Hints(read_only=True, destructive=True, open_world=True)
    assert tool(text(function, unit)).hints == expected


def test_hints_of_a_tool_have_to_be_a_mapping() -> None:
    function = FUNCTION.replace("VALUE", "imo") + "semantics: {safe: true}\n"
    unit = "ref: ships.get-ship\nhints: [{openWorld: true}]\n"
    diagnostics = errors(text(function, unit))
    assert [code for code, _ in diagnostics] == ["wrong-type"]


def test_a_tool_passes_values_to_inputs() -> None:
    unit = (
        "ref: ships.get-ship\nname: one\nwith: {imo: 'IMO {{tools.n}}'}\n"
        "inputParameters: [{name: n, type: string}]\n"
    )
    exposed = tool(text(FUNCTION.replace("VALUE", "ships.imo"), unit))

    [n] = exposed.inputs
    assert [value for _, value in exposed.only_call.arguments] == [
        ir.Joined(("IMO ", ir.Argument(n)))
    ]


def test_a_fixed_input_is_no_input_of_the_tool() -> None:
    unit = "ref: ships.get-ship\nwith: {imo: '9'}\n"
    exposed = tool(text(FUNCTION.replace("VALUE", "imo"), unit))

    assert exposed.inputs == ()
    assert [value for _, value in exposed.only_call.arguments] == [ir.Constant("9")]


def test_steps_refer_to_inputs_and_answers_by_the_namespace() -> None:
    implementation = tool(text(STEPS)).implementation

    assert isinstance(implementation, ir.Flow)
    assert isinstance(implementation.answer, ir.Mapped)
    [imo] = tool(text(STEPS)).inputs
    assert implementation.answer.template == ir.ObjectTemplate(
        (
            ("name", ir.StepValue("ship", ("name",))),
            (
                "text",
                ir.Joined((ir.Argument(imo), " ", ir.StepValue("ship", ("flag",)))),
            ),
        )
    )


def test_outputs_of_steps_may_list_the_members_of_items() -> None:
    outputs = (
        "outputParameters:\n- name: name\n  type: array\n"
        "  items: [{name: first, type: string}]\n"
    )
    output = tool(text(STEPS + outputs)).output

    assert isinstance(output, ir.Shape)
    first = ir.Shape((), (("first", ir.Pick(("first",), ir.Primitive.STRING)),))
    assert dict(output.members)["name"] == ir.Items(("name",), first)


def test_a_reference_excludes_a_call() -> None:
    unit = "ref: ships.get-ship\ncall: api.get\n"
    diagnostics = errors(text(FUNCTION.replace("VALUE", "imo"), unit))
    assert [code for code, _ in diagnostics] == ["mixed-steps"]


@pytest.mark.parametrize(
    ("name", "count"), [("imo", 0), ("number", 1), ("ships.imo", 1)]
)
def test_a_value_that_no_step_uses_is_reported(name: str, count: int) -> None:
    unit = f"ref: ships.get-ship\nwith: {{{name}: '9'}}\n"
    codes = [code for code, _ in findings(text(STEPS, unit), Severity.WARNING)]
    assert codes.count("unused-argument") == count


LIMITS = """\
inputParameters: [{name: imo, type: string, enum: [a, b], default: a}]
call: api.get
with: {id: ships.imo}
"""
REST = """\
  - type: rest
    namespace: rest
    port: 9091
    resources:
    - path: /ships
      operations:
      - method: GET
        ref: ships.get-ship
        inputParameters: [{name: imo, in: query}]
"""


def test_restrictions_of_inputs_follow_into_tools_and_routes() -> None:
    resolved = capability(text(LIMITS) + REST)
    for unit in resolved.exposed:
        [source] = unit.inputs
        assert source.type == ir.OneOf(ir.Primitive.STRING, ("a", "b"))
        assert source.default == ir.Default('"a"')


def test_a_routes_own_restriction_wins() -> None:
    own = REST.replace("in: query", "in: query, enum: [c, d], default: c")
    [route] = capability(text(LIMITS) + own).routes
    [source] = route.inputs
    assert source.type == ir.OneOf(ir.Primitive.STRING, ("c", "d"))
    assert source.default == ir.Default('"c"')


UNDECLARED = REST.replace("        inputParameters: [{name: imo, in: query}]\n", "")


@pytest.mark.parametrize(
    ("rest", "name", "location"),
    [
        (UNDECLARED, "imo", ir.InQuery()),
        (UNDECLARED.replace("/ships", "/ships/{imo}"), "imo", ir.InPath()),
        (
            UNDECLARED.replace("ship\n", "ship\n        with: {imo: rest.number}\n"),
            "number",
            ir.InQuery(),
        ),
        (
            UNDECLARED.replace("ship\n", "ship\n        with: {imo: '{{number}}'}\n"),
            "number",
            ir.InQuery(),
        ),
    ],
)
def test_an_undeclared_input_of_a_route_has_the_functions_restriction(
    rest: str, name: str, location: ir.Location
) -> None:
    limits = LIMITS.replace(", default: a", "")
    [route] = capability(text(limits) + rest).routes
    [source] = route.inputs
    assert (source.name, source.location) == (name, location)
    assert source.type == ir.OneOf(ir.Primitive.STRING, ("a", "b"))


def test_a_renamed_input_has_the_functions_restriction() -> None:
    rest = REST.replace("name: imo", "name: number")
    rest = rest.replace("ship\n", "ship\n        with: {imo: rest.number}\n")
    [route] = capability(text(LIMITS) + rest).routes
    [source] = route.inputs
    assert source.type == ir.OneOf(ir.Primitive.STRING, ("a", "b"))


def test_an_undeclared_input_has_the_functions_default() -> None:
    [route] = capability(text(LIMITS) + UNDECLARED).routes
    assert [i.default for i in route.inputs] == [ir.Default('"a"')]


def test_a_value_leaves_no_restriction() -> None:
    rest = UNDECLARED.replace("ship\n", "ship\n        with: {imo: '9'}\n")
    [route] = capability(text(LIMITS) + rest).routes
    assert route.inputs == ()


def test_an_unusable_default_of_a_function_is_reported() -> None:
    path = UNDECLARED.replace("/ships", "/ships/{imo}")
    codes = [code for code, _ in errors(text(LIMITS) + path)]
    assert codes == ["unusable-restriction"]
