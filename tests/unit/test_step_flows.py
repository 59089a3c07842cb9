"""Steps of routes and tools, resolved into flows."""

from pathlib import Path
from textwrap import indent

import pytest
from documents import capability, document, errors, findings, messages, tools

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.ir import Flow
from waiting import ending

CONSUMES = Path(__file__).with_name("step_flows.yaml").read_text("utf-8")
SHIP = "- {type: call, name: ship, call: api.get-ship, with: {imo: '{{imo}}'}}\n"
SHIPS = "- {type: call, name: ships, call: api.list-ships}\n"
CREW = "- {type: call, name: crew, call: api.list-crew}\n"
RENAME = (
    "- {type: call, name: rename, call: api.rename-ship,"
    " with: {imo: '{{imo}}', name: '{{name}}'}}\n"
)
FIND = """\
- type: lookup
  name: found
  index: crew
  match: id
  lookupValue: $.ship.crew
  outputParameters: [name]
"""
INPUTS = "inputParameters: [{name: imo, type: string}]\n"


def text(steps: str, more: str = "", inputs: str = INPUTS) -> str:
    """Return a document of one tool with these steps."""
    unit = inputs + "steps:\n" + indent(steps, "  ") + more
    return document(CONSUMES, tools("- name: act\n" + indent(unit, "  ")))


def mappings_of(*values: str) -> str:
    pairs = (value.split(": ", 1) for value in values)
    items = [f"- {{targetName: {name}, value: '{path}'}}\n" for name, path in pairs]
    return "mappings:\n" + "".join(items)


def flow(document: str) -> Flow:
    [tool] = capability(document).tools
    assert isinstance(tool.implementation, ir.Flow)
    return tool.implementation


def arguments(sequence: Flow, step: str) -> dict[str, ir.Template]:
    """Return the arguments of a step by name."""
    [call] = [s.call for s in sequence.call_steps if s.name == step]
    return {parameter.name: value for parameter, value in call.arguments}


def members(sequence: Flow) -> dict[str, ir.Template]:
    """Return the members of the answer."""
    assert isinstance(sequence.answer, ir.Mapped)
    assert isinstance(sequence.answer.template, ir.ObjectTemplate)
    return dict(sequence.answer.template.entries)


def groups(sequence: Flow) -> list[list[str]]:
    return [[step.name for step in group] for group in sequence.groups]


# --- references ---


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'{{ship.role}}'", ir.StepValue("ship", ("role",))),
        ("'{{$.ship.role}}'", ir.StepValue("ship", ("role",))),
        ("'$.ship.roles[0].name'", ir.StepValue("ship", ("roles", 0, "name"))),
        ("things-mcp.ship.role", ir.StepValue("ship", ("role",))),
        ("'{{ship}}'", ir.StepValue("ship", ())),
        ("'a {{ship.role}}'", ir.Joined(("a ", ir.StepValue("ship", ("role",))))),
        ("role", ir.Constant("role")),
    ],
)
def test_a_step_refers_to_earlier_answers(value: str, expected: ir.Template) -> None:
    crew = (
        f"- {{type: call, name: crew, call: api.list-crew, with: {{role: {value}}}}}\n"
    )
    assert arguments(flow(text(SHIP + crew)), "crew") == {"role": expected}


def test_a_step_gets_only_the_inputs_of_its_parameters() -> None:
    inputs = (
        "inputParameters: [{name: imo, type: string}, {name: role, type: string}]\n"
    )
    sequence = flow(text(SHIP + CREW, inputs=inputs))

    assert set(arguments(sequence, "ship")) == {"imo"}
    assert set(arguments(sequence, "crew")) == {"role"}


def test_declared_names_of_answers_are_their_paths() -> None:
    find = FIND.replace("crew\n", "ships\n", 1).replace(
        "match: id", "match: imo-number"
    )
    find = find.replace("[name]", "[length, imo_number]")
    sequence = flow(
        text(SHIP + SHIPS + find, mappings_of("a: $.found", "b: $.ships[0].length"))
    )

    [lookup] = [step for step in sequence.steps if isinstance(step, ir.LookupStep)]
    assert lookup.key == ("imo_number",)
    assert lookup.fields == (
        ("length", ("dimensions", "length")),
        ("imo_number", ("imo_number",)),
    )
    assert members(sequence)["b"] == ir.StepValue("ships", (0, "dimensions", "length"))


@pytest.mark.parametrize(
    ("reference", "path"),
    [("$ship", ()), ("$ship.role", ("role",)), ("$ship[0].a", (0, "a"))],
)
def test_a_name_after_a_dollar_is_an_earlier_step(
    reference: str, path: tuple[str | int, ...]
) -> None:
    crew = CREW.replace(
        "crew}", f"crew, with: {{role: '{reference}', limit: '$.ship'}}}}"
    )
    spec = text(SHIP + crew)

    assert arguments(flow(spec), "crew")["role"] == ir.StepValue("ship", path)
    slugs = [slug for slug, _ in findings(spec)]
    assert [slug for slug in slugs if slug.endswith("-reference")] == ["step-reference"]


@pytest.mark.parametrize(
    "literal", ["$shp.role", "$crew", "$5", "$this.other.imo", "$['ship'].role"]
)
def test_other_texts_with_a_dollar_are_warned_of(literal: str) -> None:
    crew = CREW.replace("crew}", f'crew, with: {{role: "{literal}"}}}}')
    spec = text(SHIP + crew)

    assert arguments(flow(spec), "crew")["role"] == ir.Constant(literal)
    assert "unread-reference" in [slug for slug, _ in findings(spec, Severity.WARNING)]


# --- answers ---


def test_dots_of_targets_nest_objects() -> None:
    more = mappings_of("a.b: $.ship.x", "c: $.ship.y", "a.d: '{{imo}}'").replace(
        "''", "'"
    )
    sequence = flow(text(SHIP, more))

    inner = members(sequence)["a"]
    assert isinstance(inner, ir.ObjectTemplate)
    assert [key for key, _ in inner.entries] == ["b", "d"]
    assert list(members(sequence)) == ["a", "c"]


@pytest.mark.parametrize("targets", [("a", "a"), ("a.b", "a"), ("a", "a.b")])
def test_targets_exclude_each_other(targets: tuple[str, str]) -> None:
    more = mappings_of(*(f"{target}: $.ship" for target in targets))
    assert [slug for slug, _ in errors(text(SHIP, more))] == ["conflicting-mapping"]


OUTPUTS = """\
outputParameters:
- {name: name, type: string}
- name: crew
  type: array
  items:
  - {name: name, type: string}
"""


def test_an_output_without_a_mapping_is_a_member_of_the_last_answer() -> None:
    document = text(SHIP + CREW, mappings_of("crew: $.ship.crew") + OUTPUTS)

    assert members(flow(document))["name"] == ir.StepValue("crew", ("name",))
    assert "unmapped-output" in {slug for slug, _ in findings(document)}


# --- order ---


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (SHIP + CREW + FIND, [["ship", "crew"], ["found"]]),
        (SHIP + CREW + FIND + SHIPS, [["ship", "crew", "ships"], ["found"]]),
        (SHIP + RENAME + CREW + FIND, [["ship"], ["rename"], ["crew"], ["found"]]),
        (RENAME + SHIP + CREW + FIND, [["rename"], ["ship", "crew"], ["found"]]),
        (
            SHIP
            + CREW.replace("crew}", "crew, with: {role: $.ship.r}}")
            + SHIPS
            + FIND,
            [["ship", "ships"], ["crew"], ["found"]],
        ),
    ],
)
def test_reads_that_need_nothing_of_each_other_run_side_by_side(
    steps: str, expected: list[list[str]]
) -> None:
    inputs = (
        "inputParameters: [{name: imo, type: string}, {name: name, type: string}]\n"
    )
    assert groups(flow(text(steps, mappings_of("a: $.found"), inputs))) == expected


@pytest.mark.parametrize("step", ["ships", "crew", "ship-2", "last"])
def test_a_reference_to_no_earlier_step_ends_in_an_error(step: str) -> None:
    crew = CREW.replace("crew}", f"crew, with: {{role: $.{step}.role}}}}")
    last = SHIPS.replace("name: ships", "name: last")

    with ending():
        slugs = errors(text(SHIP + crew + last, mappings_of("a: $.crew", "b: $.last")))
    assert "unknown-step" in {slug for slug, _ in slugs}


# --- queries ---

TYPES = """\
outputParameters:
- {name: found, type: string}
- {name: rows, type: array, items: {type: integer}}
"""


def value_and_type(sequence: Flow, member: str) -> tuple[ir.StepValue, ir.Projection]:
    """Return a mapped member, and its declared type."""
    assert isinstance(sequence.answer, ir.Mapped)
    assert isinstance(sequence.answer.type, ir.Shape)
    value = members(sequence)[member]
    assert isinstance(value, ir.StepValue)
    return value, dict(sequence.answer.type.members)[member]


def query_of(value: ir.StepValue) -> str:
    assert value.query is not None
    assert value.path == ()
    return value.query.text


def test_a_query_is_an_array_of_the_declared_type() -> None:
    mappings = mappings_of("found: $.ships[?@.a > 1].b", "rows: $.ships..b")
    sequence = flow(text(SHIPS, mappings + TYPES, inputs=""))
    value, type_ = value_and_type(sequence, "found")
    assert query_of(value) == "$[?@.a > 1].b"
    assert type_ == ir.Items(("found",), ir.Pick((), ir.Primitive.STRING))
    value, type_ = value_and_type(sequence, "rows")
    assert query_of(value) == "$..b"
    assert type_ == ir.Items(("rows",), ir.Pick((), ir.Primitive.INTEGER))


def test_an_undeclared_query_is_an_array() -> None:
    sequence = flow(text(SHIPS, mappings_of("found: $.ships[1:].b"), inputs=""))
    value, type_ = value_and_type(sequence, "found")
    assert query_of(value) == "$[1:].b"
    assert type_ == ir.Pick(("found",), ir.Array(ir.Anything()))


def test_a_path_to_one_value_is_no_query() -> None:
    sequence = flow(text(SHIPS, mappings_of('found: $.ships[-1]["b"]'), inputs=""))
    assert members(sequence) == {"found": ir.StepValue("ships", (-1, "b"))}


def test_declared_names_stand_for_their_paths_in_queries() -> None:
    sequence = flow(text(SHIPS, mappings_of("found: $.ships[0:2].length"), inputs=""))
    value, _ = value_and_type(sequence, "found")
    assert value.query is not None
    names = (ir.Child(("dimensions",)), ir.Child(("length",)))
    assert value.query.segments[1:] == names


@pytest.mark.parametrize(
    "path",
    [
        "$.ships..length",
        "$.ships[?@.length > 3]",
        '$.ships[?count(@.a[?@["imo-number"] == 1]) > 1]',
        '$.ships["length","a"]',
    ],
)
def test_a_declared_name_with_two_meanings_is_an_error(path: str) -> None:
    document = text(SHIPS, mappings_of(f"found: {path}"), inputs="")
    [(slug, _)] = errors(document)
    assert slug == "unsupported-jsonpath"
    assert any("no clear meaning" in message for message in messages(document))


def test_a_placeholder_in_a_query_is_an_error() -> None:
    path = '$.ships[?@.a == "{{imo}}"]'
    [(slug, _)] = errors(text(SHIPS, mappings_of(f"found: {path}")))
    assert slug == "unsupported-jsonpath"


def test_a_text_has_queries() -> None:
    sequence = flow(text(SHIPS, mappings_of("found: a {{$.ships[0:2].b}}"), inputs=""))
    assert [query_of(value) for value in sequence.step_values] == ["$[0:2].b"]
