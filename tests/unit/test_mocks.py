"""Routes and tools that answer values of the spec."""

from __future__ import annotations

from textwrap import indent

import pytest
from documents import capability, errors, findings

from naftiko_gen import ir

DOCUMENT = """\
naftiko: 1.0.0-alpha2
capability:
  exposes:
  - type: mcp
    namespace: tools
    port: 9090
    tools:
    - name: greet
      inputParameters:
      - {{name: name, type: string}}
      - {{name: age, type: number, required: false}}
      outputParameters:
{outputs}
"""


def text(outputs: str) -> str:
    return DOCUMENT.format(outputs=indent(outputs, " " * 6))


def answer(outputs: str) -> ir.Mapped:
    [tool] = capability(text(outputs)).tools
    assert isinstance(tool.implementation, ir.Flow)
    assert tool.implementation.is_mock
    assert isinstance(tool.implementation.answer, ir.Mapped)
    return tool.implementation.answer


def value(outputs: str) -> ir.Template:
    """Return the value of the only output."""
    template = answer(outputs).template
    assert isinstance(template, ir.ObjectTemplate)
    [(_, member)] = template.entries
    return member


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("{name: a, type: string, value: x}", ir.Constant("x")),
        ("{name: a, type: number, value: '3'}", ir.Constant(3)),
        ("{name: a, type: boolean, value: 'true'}", ir.Constant(value=True)),
        ("{name: a, type: string, const: x}", ir.Constant("x")),
        (
            "{name: a, type: array, items: {type: string, value: x}}",
            ir.ArrayTemplate((ir.Constant("x"),)),
        ),
        (
            "{name: a, type: object, properties: {b: {type: integer, value: '1'}}}",
            ir.ObjectTemplate((("b", ir.Constant(1)),)),
        ),
    ],
)
def test_values_have_their_declared_types(output: str, expected: ir.Template) -> None:
    assert value(f"- {output}\n") == expected


def test_a_value_holds_inputs_with_their_types() -> None:
    [tool] = capability(text("- {name: a, type: number, value: '{{age}}'}\n")).tools
    age = tool.inputs[1]
    member = value("- {name: a, type: number, value: '{{age}}'}\n")
    assert member == ir.Argument(age)


def test_an_output_without_a_name_is_called_value() -> None:
    template = answer("- {type: string, value: x}\n").template
    assert template == ir.ObjectTemplate((("value", ir.Constant("x")),))


def test_types_are_the_declared_ones() -> None:
    projection = answer("- {name: a, type: number, value: '3'}\n").type
    number = ir.Pick(("a",), ir.Primitive.NUMBER)
    assert projection == ir.Shape((), (("a", number),))


def test_an_output_without_a_value_is_null() -> None:
    outputs = "- {name: a, type: string, value: x}\n- {name: b, type: string}\n"
    assert "empty-mock" in {code for code, _ in findings(text(outputs))}


def test_a_unit_without_values_calls_nothing() -> None:
    diagnostics = errors(text("- {name: a, type: string}\n"))
    assert [code for code, _ in diagnostics] == ["no-call"]


def test_a_mock_needs_no_upstream() -> None:
    result = capability(text("- {name: a, type: string, value: x}\n"))
    assert (result.upstreams, result.operations, result.variables) == ((), (), ())
