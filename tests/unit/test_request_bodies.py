"""Request bodies: JSON with placeholders, and the kind that a media type chooses."""

import pytest
from documents import document, tools, upstream
from documents import operation as resolve_operation

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.resolve.templates import json_text

NOWHERE = Span(1, 1)
CHOSEN = """\
- name: send
  method: POST
  inputParameters: [{name: Content-Type, in: header}, {name: body, in: body}]
  body:
    type: json
    data: '{{body}}'
    alternatives:
    - {type: formUrlEncoded, data: '{{body}}'}
    - {type: text, contentType: 'text/*', data: '{{body}}'}
"""


def test_a_media_type_chooses_a_kind() -> None:
    unit = "- {name: send, description: Send it., call: api.send}\n"
    body = resolve_operation(document(upstream(CHOSEN), tools(unit))).body
    assert isinstance(body, ir.ChosenBody)
    assert body.whole
    form, text = body.others
    kinds = {"application/x-www-form-urlencoded": form, "text/csv": text}
    kinds |= {"application/json": body.usual, "image/png": body.usual}
    assert {name: body.kind_of(name) for name in kinds} == kinds
    assert body.kind_of(None) is body.usual


def fill(text: str) -> ir.Template | None:
    parameters = {
        name: ir.Parameter(name, ir.Place.BODY, ir.Anything(), required=False)
        for name in ("a", "b")
    }
    return json_text(
        text, NOWHERE, lambda placeholder, _: ir.Argument(parameters[placeholder.name])
    )


def test_a_hole_is_a_value_or_a_part_of_a_string() -> None:
    template = fill('{"x": {{a}}, "y": "{{a}}", "z": ["\\"{{b}}\\\\", 1]}')
    assert isinstance(template, ir.ObjectTemplate)
    entries = dict(template.entries)
    a, array = entries["x"], entries["z"]
    assert isinstance(a, ir.Argument)
    assert entries["y"] == ir.Joined((a,))
    assert isinstance(array, ir.ArrayTemplate)
    assert isinstance(array.items[0], ir.Joined)
    assert (array.items[0].parts[0], array.items[0].parts[2]) == ('"', "\\")
    assert array.items[1] == ir.Constant(1)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        '{"{{a}}": 1}',
        '{"a": 1e999}',
        '{"a": NaN}',
        '{"a": "\\ud800"}',
        '["\\u00000\\u0000", {{a}}]',
        "[" * 1000 + "]" * 1000,
        '{"a": {{a}} {{b}}}',
    ],
)
def test_text_that_is_no_json_has_no_structure(text: str) -> None:
    assert fill(text) is None
