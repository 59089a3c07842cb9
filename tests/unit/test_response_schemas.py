"""Declared responses: their schemas in tools and in OpenAPI."""

from typing import Any

import pytest
from documents import (
    capability,
    document,
    findings,
    rest_operation,
    routes,
    tool,
    tools,
)
from documents import upstream as declare

from naftiko_gen.emit.openapi.responses import responses
from naftiko_gen.emit.tools.outputs import tool_output
from naftiko_gen.emit.types.typed_dicts import response_types_view

OPERATION = """\
- name: act
  method: GET
  outputSchema: {}
"""
UNIT = """\
- name: act
  description: Act.
  call: api.act
"""
SHAPED = UNIT + "  outputParameters:\n  - {type: string, mapping: $.a}\n"


def output(schema: str, unit: str = UNIT) -> Any:
    return tool_output(tool(document(declare(OPERATION.format(schema)), tools(unit))))


TEXT = {"type": ["string", "null"]}
LIST: dict[str, Any] = {"type": ["array", "null"], "items": {}}


@pytest.mark.parametrize(
    ("schema", "members"),
    [
        (
            "{properties: {a: {enum: [x]}}}",
            {"a": {"anyOf": [{"enum": ["x"]}, TEXT]}},
        ),
        (
            f"{{properties: {{a: {{enum: {list('abcdefghijklmnopqrstu')}}}}}}}",
            {"a": TEXT},
        ),
        ("{properties: {a: {maxLength: 3, required: true, pattern: b}}}", {"a": TEXT}),
        ("{properties: {a: {type: string, nullable: true}}}", {"a": TEXT}),
        ("{type: array}", {"result": {"anyOf": [LIST, {}]}}),
        ("{properties: {result: {type: string}}}", {"result": {"anyOf": [TEXT, {}]}}),
        (
            "{items: {type: string}}",
            {"result": {"anyOf": [{**LIST, "items": TEXT}, {}]}},
        ),
    ],
)
def test_the_output_of_a_tool_requires_nothing(
    schema: str, members: dict[str, Any]
) -> None:
    assert output(schema) == {"type": "object", "properties": members}


def test_a_shaped_output_has_its_own_schema() -> None:
    assert output("{type: object}", SHAPED) is None


def test_openapi_describes_the_response() -> None:
    unit = UNIT.replace("  call", "  method: GET\n  call")
    a, b = "{type: string, description: A.}", "{type: string, format: date}"
    schema = f"{{properties: {{a: {a}, b: {b}}}}}"
    text = document(declare(OPERATION.format(schema)), routes(unit, "/v1/a"))
    content: Any = responses(rest_operation(text))["200"]
    assert content["content"]["application/json"]["schema"] == {
        "type": ["object", "null"],
        "properties": {
            "a": {**TEXT, "description": "A."},
            "b": {**TEXT, "format": "date"},
        },
    }


def test_only_json_has_such_a_schema() -> None:
    operation = OPERATION.format("{type: object}") + "  outputRawFormat: xml\n"
    text = document(declare(operation), tools(UNIT))
    assert [slug for slug, _ in findings(text)].count("ignored-schema") == 1


def response_types(schema: str) -> list[list[str]]:
    """Return the types of the response of an operation with a schema."""
    operation = OPERATION.format(schema)
    spec = document(declare(operation), tools(UNIT))
    view = response_types_view(capability(spec))
    types = view.types if view else ()
    return [
        [
            str(type_.name) if type_.is_class else f"a call for {type_.name}",
            *(f"{member.key}: {member.annotation}" for member in type_.members),
        ]
        for type_ in types
    ]


def test_objects_of_a_response_have_types() -> None:
    schema = "{properties: {a: {type: string}, list: {items: {properties: {b: {}}}}}}"
    assert response_types(schema) == [
        ["ActResponseList", "b: JsonValue"],
        [
            "ActResponse",
            "a: str | None",
            "list: list[ActResponseList | None] | None",
        ],
    ]


def test_a_member_that_is_no_name_makes_a_call() -> None:
    schema = "{properties: {a-b: {type: integer}, c: {type: object}}}"
    assert response_types(schema) == [
        ["a call for ActResponse", "a-b: int | None", "c: JsonObject | None"]
    ]


def test_equal_objects_have_one_type() -> None:
    part = "{properties: {a: {type: string}}}"
    assert len(response_types(f"{{properties: {{x: {part}, y: {part}}}}}")) == 2


def test_a_response_without_objects_has_no_types() -> None:
    assert response_types("{type: array}") == []
