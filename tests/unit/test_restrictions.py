"""Restrictions and defaults of inputs, from the spec to its types."""

import pytest
from documents import document, findings, messages, rest_operation, routes, tool, tools
from documents import upstream as declare

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Severity

STRING, INTEGER, NUMBER = (
    *(ir.Primitive.STRING, ir.Primitive.INTEGER),
    ir.Primitive.NUMBER,
)
OPERATION = """\
- name: act
  method: GET
  inputParameters:
  - {name: n, in: query}
"""


UNIT = """\
- name: act
  description: Act.
  call: api.act
  inputParameters:
  - {{name: n, {}}}
"""
ROUTE = UNIT.replace("  call", "  method: GET\n  call")


def a_tool(restrictions: str) -> str:
    return document(declare(OPERATION), tools(UNIT.format(restrictions)))


def a_route(restrictions: str, place: str = "query", path: str = "/v1/a") -> str:
    unit = ROUTE.format(f"in: {place}, {restrictions}")
    return document(declare(OPERATION), routes(unit, path))


@pytest.mark.parametrize(
    ("restrictions", "type_"),
    [
        ("enum: [a, b]", ir.OneOf(ir.Primitive.STRING, ("a", "b"))),
        ("enum: [1, 2]", ir.OneOf(ir.Primitive.INTEGER, (1, 2))),
        ("type: number, enum: [1, 2]", ir.OneOf(ir.Primitive.NUMBER, (1, 2))),
        ("enum: [a, a]", ir.OneOf(ir.Primitive.STRING, ("a",))),
        ("pattern: '^a'", ir.Matching("^a", "a")),
        ("items: {enum: [a]}", ir.Array(ir.OneOf(ir.Primitive.STRING, ("a",)))),
        ("type: array, items: {}", ir.Array(ir.Anything())),
        (
            "properties: {a: {pattern: b, description: A., required: true}}",
            ir.Object((ir.Field("a", ir.Matching("b", "b"), True, "A."),)),
        ),
        ("minimum: 8", ir.Refined(NUMBER, ((ir.Limit.MINIMUM, 8),), 8)),
        (
            "type: integer, exclusiveMaximum: 3",
            ir.Refined(INTEGER, ((ir.Limit.EXCLUSIVE_MAXIMUM, 3),), 2),
        ),
        ("maxLength: 0", ir.Refined(STRING, ((ir.Limit.MAX_LENGTH, 0),), "")),
        (
            "pattern: '^a+$', minLength: 3",
            ir.Refined(ir.Matching("^a+$", "a"), ((ir.Limit.MIN_LENGTH, 3),), "aaa"),
        ),
        (
            "maxItems: 0",
            ir.Refined(ir.Array(ir.Anything()), ((ir.Limit.MAX_ITEMS, 0),)),
        ),
        ("format: date", ir.Refined(STRING, format="date")),
        ("type: integer, apiDefault: 0", ir.Refined(INTEGER, default=ir.Default("0"))),
        ("anyOf: [{type: integer}, {}]", ir.Union((INTEGER, ir.Anything()))),
        ("oneOf: [{type: integer}]", ir.Union((INTEGER,), is_exclusive=True)),
        ("items: {nullable: true}", ir.Array(ir.Nullable(ir.Anything()))),
        ("additionalProperties: true", ir.Object((), ir.Anything())),
        ("additionalProperties: {type: string}", ir.Object((), STRING)),
        ("properties: {}, additionalProperties: false", ir.Object()),
    ],
)
def test_restrictions_are_kept(restrictions: str, type_: ir.Type) -> None:
    assert tool(a_tool(restrictions)).inputs[0].type == type_
    assert rest_operation(a_route(restrictions)).inputs[0].type == type_


@pytest.mark.parametrize(
    "restrictions",
    ["default: x", "default: x, required: true", "type: string, default: x"],
)
def test_an_input_with_a_default_has_always_a_value(restrictions: str) -> None:
    for text in (a_tool(restrictions), a_route(restrictions)):
        unit = tool(text) if "tools" in text else rest_operation(text)
        [source] = unit.inputs
        assert source.required
        assert not source.is_demanded
        assert source.default == ir.Default('"x"')


@pytest.mark.parametrize(
    ("restrictions", "message"),
    [
        ("type: integer, enum: [a]", "'a' isn't of type integer"),
        ("type: integer, enum: [true]", "true isn't of type integer"),
        ("type: integer, pattern: a", "a value of type integer can't have 'pattern'"),
        ("type: string, items: {}", "a value of type string can't have 'items'"),
        ("type: array, enum: [a]", "an array can't have 'enum'"),
        ("type: object, items: {}", "an object can't have 'items'"),
        ("type: integer, default: x", "the default isn't a value of its type"),
        ("enum: [a], default: b", "the default isn't a value of its type"),
        ("items: {type: integer}, default: [a]", "isn't a value of its type"),
        ("properties: {a: {}}, default: {b: 1}", "isn't a value of its type"),
        ("type: string, minimum: 1", "a value of type string can't have 'minimum'"),
        ("type: object, minItems: 1", "an object can't have 'minItems'"),
        ("anyOf: [{}], enum: [a]", "a value of several types can't have 'enum'"),
        ("anyOf: [{}], oneOf: [{}]", "a value with 'anyOf' can't have 'oneOf'"),
        ("type: string, anyOf: [{type: integer}]", "not all of the types are"),
        ("minimum: 2, maximum: 1", "no value is found that has 'minimum', 'maximum'"),
        ("pattern: '^a$', minLength: 2", "no value is found that has 'minLength'"),
        ("type: integer, apiDefault: x", "the default isn't a value of its type"),
        ("maximum: 1, default: 2", "the default isn't a value of its type"),
    ],
)
def test_an_impossible_restriction_is_an_error(restrictions: str, message: str) -> None:
    errors = messages(a_tool(restrictions))
    assert any(message in text for text in errors), errors
    slugs = {slug for slug, _ in findings(a_tool(restrictions), Severity.ERROR)}
    assert slugs == {"unusable-restriction"}


def test_an_inferred_input_has_the_schema_of_its_parameter() -> None:
    integer_operation = OPERATION.replace(
        "in: query", "in: query, type: integer, schema: {maximum: 9}"
    )
    unit = UNIT.partition("  inputParameters")[0]
    [source] = tool(document(declare(integer_operation), tools(unit))).inputs
    assert source.type == ir.Refined(NUMBER, ((ir.Limit.MAXIMUM, 9),), 7)
