"""The types of objects that operations take, in `arguments.py` and `client.py`."""

from __future__ import annotations

import pytest
from documents import capability, document, tools
from documents import upstream as declare

from naftiko_gen.emit.package.argument_types import argument_types_view
from naftiko_gen.emit.package.client import client_view
from naftiko_gen.emit.package.emission import Emission

OPERATION = """\
- name: act
  method: GET
  inputParameters:
  - {name: a, in: query, type: object, required: true}
"""
UNIT = """\
- name: act{}
  description: Act.
  inputParameters:
  - {{name: a, {}}}
  call: api.act
"""


def emission(*inputs: str, operation: str = OPERATION) -> Emission:
    """Return the package of tools, each with one input `a`."""
    units = "".join(UNIT.format(n, declared) for n, declared in enumerate(inputs))
    return Emission(capability(document(declare(operation), tools(units))))


def types(*inputs: str) -> list[list[str]]:
    package = emission(*inputs)
    view = argument_types_view(package.argument_types)
    return [
        [
            str(type_.name) if type_.is_class else f"a call for {type_.name}",
            *(f"{member.key}: {member.annotation}" for member in type_.members),
        ]
        for type_ in (view.types if view else ())
    ]


def annotation(*inputs: str, operation: str = OPERATION) -> str:
    """Return the annotation of the only parameter of the operation."""
    [view] = client_view(emission(*inputs, operation=operation)).operations
    [parameter] = view.parameters
    declared, default = parameter.annotation, parameter.default
    return str(declared) if default is None else f"{declared} = {default}"


@pytest.mark.parametrize(
    ("member", "declared"),
    [
        ("{type: string, required: true}", "str"),
        ("{type: string}", "NotRequired[str]"),
        ("{type: string, pattern: a, required: true}", "str"),
        ("{type: integer, minimum: 1, nullable: true}", "NotRequired[int | None]"),
        ("{enum: [x, y], required: true}", 'Literal["x", "y"]'),
        ("{enum: [1, 2], required: true}", "Literal[1, 2]"),
        ("{enum: [0.5, 2], required: true}", "float"),
        ("{enum: [a, b, c, d, e, f, g, h, i], required: true}", "str"),
        ("{items: {type: string}, required: true}", "list[str]"),
        ("{type: object, required: true}", "JsonObject"),
        ("{additionalProperties: {type: integer}, required: true}", "dict[str, int]"),
        ("{anyOf: [{type: integer}, {type: string}], required: true}", "int | str"),
        ("{anyOf: [{type: integer}, {type: number}], required: true}", "float"),
        (
            "{anyOf: [{type: string, nullable: true}, {type: boolean}]}",
            "NotRequired[str | bool | None]",
        ),
        ("{anyOf: [{enum: [x]}, {enum: [x, y]}], required: true}", 'Literal["x", "y"]'),
        ("{anyOf: [{enum: [x]}, {type: string}], required: true}", "str"),
        ("{anyOf: [{enum: [x]}, {enum: [1]}], required: true}", "int | str"),
        ("{required: true}", "JsonValue"),
    ],
)
def test_members_have_types(member: str, declared: str) -> None:
    assert types(f"properties: {{m: {member}}}") == [["ActA", f"m: {declared}"]]


def test_inner_objects_come_first() -> None:
    inner = "{type: object, required: true, properties: {n: {required: true}}}"
    assert types(f"properties: {{m: {inner}}}") == [
        ["ActAM", "n: JsonValue"],
        ["ActA", "m: ActAM"],
    ]


def test_equal_objects_are_written_once() -> None:
    short, long = "{n: {maxLength: 5}}", "{n: {type: string, description: N.}}"
    part = f"type: object, properties: {short}"
    [inner, outer] = types(
        f"properties: {{x: {{{part}}}, y: {{items: {{{part}}}}}}}",
        f"properties: {long}",
    )
    assert inner == ["ActAX", "n: NotRequired[str]"]
    assert outer[1:] == ["x: NotRequired[ActAX]", "y: NotRequired[list[ActAX]]"]


@pytest.mark.parametrize("key", ["a-b", "class", "NotRequired"])
def test_a_key_that_no_class_can_have_makes_a_call(key: str) -> None:
    assert types(f"properties: {{{key}: {{type: string}}}}") == [
        ["a call for ActA", f"{key}: NotRequired[str]"]
    ]


@pytest.mark.parametrize(
    ("inputs", "declared"),
    [
        (["properties: {m: {}}"], "ActA"),
        (["properties: {m: {}}, required: false"], "ActA | None = None"),
        (["properties: {m: {}}, required: true"] * 2, "ActA"),
        (["properties: {m: {}}", "properties: {n: {}}"], "ActA | ActA2"),
        (["properties: {m: {}}", "type: object"], "ActA | JsonObject"),
        (["type: object"], "JsonObject"),
        (["items: {type: string, maxLength: 5}"], "list[str]"),
        (["items: {enum: [x, y]}"], 'list[Literal["x", "y"]]'),
        (["items: {type: string}", "type: array"], "list[str] | JsonValue"),
        (["type: array"], "JsonValue"),
        (["type: object, additionalProperties: {type: string}"], "JsonObject"),
    ],
)
def test_a_parameter_has_the_types_of_its_arguments(
    inputs: list[str], declared: str
) -> None:
    is_required = "None" not in declared
    operation = OPERATION.replace("true", str(is_required).lower())
    assert annotation(*inputs, operation=operation) == declared


def test_a_body_may_be_bytes_as_well() -> None:
    operation = OPERATION.replace("query", "body").replace("GET", "POST")
    assert annotation("properties: {m: {}}", operation=operation) == "ActA | bytes"
    either = annotation("properties: {m: {}}", "type: object", operation=operation)
    assert either == "ActA | BodyValue"


def test_packages_without_such_objects_have_no_types() -> None:
    assert types("type: object", "items: {type: string}", "enum: [x]") == []
