"""Functions of aggregates, in the routes and tools that refer to them."""

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


@pytest.mark.parametrize(
    ("semantics", "hints"),
    [
        ("{safe: true}", (True, False, True)),
        ("{safe: false}", (False, False, True)),
        ("{idempotent: true, cacheable: true}", (True, False, True)),
        ("{}", (True, False, True)),
    ],
)
def test_hints_follow_from_semantics(
    semantics: str, hints: tuple[bool, bool, bool]
) -> None:
    function = FUNCTION.replace("VALUE", "imo") + f"semantics: {semantics}\n"
    assert tool(text(function)).hints == ir.Hints(*hints)


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
    api = capability(text(LIMITS) + REST)
    for unit in api.exposed:
        [source] = unit.inputs
        assert source.type == ir.OneOf(ir.Primitive.STRING, ("a", "b"))
        assert source.default == ir.Default('"a"')


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


def test_an_unusable_default_of_a_function_is_reported() -> None:
    path = UNDECLARED.replace("/ships", "/ships/{imo}")
    codes = [code for code, _ in errors(text(LIMITS) + path)]
    assert codes == ["unusable-restriction"]
