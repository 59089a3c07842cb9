"""Declared responses: their schemas in tools and in OpenAPI."""

from typing import Any

import pytest
from client_rules import broken_output_rules
from documents import (
    capability,
    document,
    findings,
    tool,
    tools,
)
from documents import upstream as declare

from naftiko_gen.emit.tools.outputs import listed_output
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
    return listed_output(tool(document(declare(OPERATION.format(schema)), tools(unit))))


TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
MANY = f"{{properties: {{{', '.join(f'm{n}: {{type: integer}}' for n in range(9))}}}}}"
MANY_NAMES = ", ".join(f"m{n}" for n in range(9))
LONG = "a" * 200
FEW = "{properties: {a: {type: string, description: One.}, b: {enum: [x, y]}}}"
FEW_MEMBERS = {
    "a": {"type": "string", "description": "One"},
    "b": {"type": "string", "description": "x | y"},
}


def listing(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (FEW, listing(**FEW_MEMBERS)),
        (f"{{properties: {{a: {{enum: {list('abcdefghi')}}}}}}}", listing(a=TEXT)),
        (
            "{properties: {a: {maxLength: 3, required: true, pattern: b}}}",
            listing(a=TEXT),
        ),
        (
            "{properties: {a: {type: string, format: date, nullable: true}}}",
            listing(a=TEXT),
        ),
        (
            "{properties: {a: {enum: [2, 3]}}}",
            listing(a={**NUMBER, "description": "2 | 3"}),
        ),
        ("{properties: {a: {enum: [true]}}}", listing(a={"type": "boolean"})),
        # Parts of no single type
        (
            "{properties: {a: {type: string}, b: {}, c: {items: {}}}}",
            {**listing(a=TEXT), "description": "Also: b, c"},
        ),
        (
            "{properties: {a: {anyOf: [{type: string}, {type: object}]}}}",
            {"type": "object", "description": "Members: a"},
        ),
        (
            "{properties: {a: {anyOf: [{type: integer}, {type: number}]}}}",
            listing(a={"type": "number"}),
        ),
        (
            "{anyOf: [{properties: {a: {type: string}, b: {type: string}}},"
            " {properties: {b: {type: string}, a: {type: integer}}}]}",
            {**listing(b=TEXT), "description": "Also: a"},
        ),
        # Too many members, from the top
        (MANY, {"type": "object", "description": f"Members: {MANY_NAMES}"}),
        (
            f"{{properties: {{a: {MANY}, b: {FEW}}}}}",
            listing(
                a={"type": "object", "description": f"Members: {MANY_NAMES}"},
                b=listing(**FEW_MEMBERS),
            ),
        ),
        # Links last, and names up to a limit
        (
            "{properties: {url: {}, b_uri: {}, c: {}, linksAll: {}}}",
            {"type": "object", "description": "Members: c, linksAll, url, b_uri"},
        ),
        (
            f"{{properties: {{{LONG}: {{}}, {'b' * 150}: {{}}}}}}",
            {"type": "object", "description": f"Members: {LONG}, …"},
        ),
        # Too many levels
        (
            "{items: {properties: {a: {properties: {b: {items: {type: string}}}}}}}",
            listing(
                result={
                    "type": "array",
                    "items": listing(a={"type": "object", "description": "Members: b"}),
                }
            ),
        ),
        ("{items: {type: string}}", listing(result={"type": "array", "items": TEXT})),
        ("{type: string}", listing(result=TEXT)),
        ("{type: array}", {"type": "object"}),
        (
            "{type: object, additionalProperties: {type: integer}}",
            {"type": "object", "description": "Other members: integer"},
        ),
        # The member of responses that break the schema
        (
            "{properties: {unexpected: {type: string}}}",
            {"type": "object", "description": "Members: unexpected"},
        ),
        ("{properties: {result: {type: string}}}", listing(result=TEXT)),
    ],
)
def test_each_part_of_an_output_has_one_type_or_is_named(
    schema: str, expected: dict[str, Any]
) -> None:
    assert output(schema) == expected
    assert not [*broken_output_rules({"outputSchema": expected})]


def test_a_shaped_output_has_its_own_schema() -> None:
    assert output("{type: object}", SHAPED) == listing(result=TEXT)


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
        ["ActResponse", "a: str | None", "list: list[ActResponseList | None] | None"],
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
