"""Which bodies become arguments, one for each member."""

import pytest
from documents import document, tool, tools, upstream

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.tools.arguments import arguments_schema

OPERATION = """\
- name: act
  method: {}
  inputParameters:
  - {{name: q, in: query}}
  - {{name: body, in: body}}
  body: {{type: json, data: '{{{{body}}}}'}}
"""
UNIT = """\
- name: act
  description: Act.
  call: api.act
  inputParameters:
  - {{name: q, type: string, description: Q., required: false}}
  - {{name: body, description: B., {}}}
"""
STEPS = """\
- name: act
  description: Act.
  steps:
  - {{type: call, name: first, call: api.act, with: {{body: '{{{{body}}}}'}}}}
  - {{type: call, name: second, call: api.act, with: {{q: x, body: '{{{{body}}}}'}}}}
  inputParameters:
  - {{name: body, description: B., {}}}
"""
A = "a: {type: string, required: true, description: An a.}"
N = "n: {type: integer, nullable: true}"
R = "r: {type: integer, nullable: true, required: true}"
C = "c: {type: string, required: true, enum: [only]}"


def tool_of(body: str, method: str = "POST", unit: str = UNIT) -> ir.Tool:
    operation = OPERATION.format(method)
    return tool(document(upstream(operation), tools(unit.format(body))))


def properties(body: str, method: str = "POST", unit: str = UNIT) -> list[str]:
    members = arguments_schema(tool_of(body, method, unit))["properties"]
    assert isinstance(members, dict)
    return [*members]


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        (f"type: object, properties: {{{A}}}", ["q", "a"]),
        (f"type: object, required: false, properties: {{{A}, {N}}}", ["q", "a", "n"]),
        ("type: object, properties: {'a[b]': {type: string}}", ["q", "a_b"]),
        (f"type: object, properties: {{q: {{type: string}}, {A}}}", ["q", "body"]),
        (f"anyOf: [{{type: object, properties: {{{A}}}}}]", ["q", "body"]),
        (f"type: object, properties: {{{C}, {A}}}", ["q", "a"]),
        (f"type: object, properties: {{{C}}}", ["q"]),
        (f"type: object, required: false, properties: {{{C}, {A}}}", ["q", "a"]),
        (f"type: object, required: false, properties: {{{C}}}", ["q", "c"]),
        ("type: string, enum: [only]", ["q"]),
        ("type: string, enum: [only], required: false", ["q", "body"]),
        ("type: object", ["q", "body"]),
        ("type: object, additionalProperties: {type: string}", ["q", "body"]),
        ("type: array, items: {type: string}", ["q", "body"]),
        ("type: string", ["q", "body"]),
    ],
)
def test_a_body_with_declared_members_becomes_arguments(
    body: str, arguments: list[str]
) -> None:
    assert properties(body) == arguments


def test_an_optional_member_more_changes_no_other_argument() -> None:
    for count in range(60):
        more = "".join(f", m{at}: {{type: string}}" for at in range(count))
        body = f"type: object, properties: {{{A}{more}}}"
        assert properties(body) == ["q", "a", *(f"m{at}" for at in range(count))]


@pytest.mark.parametrize(
    ("others", "is_open"),
    [("false", False), ("{}", False), ("true", True), ("{type: string}", True)],
)
def test_members_that_are_permitted_may_be_further_arguments(
    others: str, is_open: bool
) -> None:
    body = f"type: object, properties: {{{A}}}, additionalProperties: {others}"
    schema: Plain = arguments_schema(tool_of(body))["additionalProperties"]
    assert schema is is_open


@pytest.mark.parametrize(
    ("method", "members", "arguments"),
    [
        ("PATCH", f"{A}, {N}", ["q", "a", "n", "clear"]),
        ("PUT", f"{A}, {N}", ["q", "a", "n", "clear"]),
        ("PUT", f"{A}, {R}", ["q", "a", "r", "clear"]),
        ("POST", f"{A}, {N}", ["q", "a", "n"]),
        ("PATCH", A, ["q", "a"]),
        ("PATCH", f"clear: {{type: string}}, {N}", ["q", "clear", "n"]),
    ],
)
def test_a_change_can_clear_members(
    method: str, members: str, arguments: list[str]
) -> None:
    assert properties(f"type: object, properties: {{{members}}}", method) == arguments


def test_the_body_of_steps_becomes_arguments() -> None:
    assert properties(f"type: object, properties: {{{A}}}", unit=STEPS) == ["a"]


def test_members_are_required_only_if_the_body_is() -> None:
    body = f"type: object, properties: {{{A}}}"
    assert arguments_schema(tool_of(body))["required"] == ["a"]
    assert "required" not in arguments_schema(tool_of(f"{body}, required: false"))


def test_a_required_member_may_be_cleared_instead() -> None:
    body = f"type: object, properties: {{{A}, {R}}}"
    schema = arguments_schema(tool_of(body, "PUT"))
    assert schema["required"] == ["a"]
    assert "Required, or in clear." in str(schema["properties"])
    assert arguments_schema(tool_of(body, "POST"))["required"] == ["a", "r"]
