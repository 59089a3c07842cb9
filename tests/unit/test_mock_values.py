"""The mock's responses where the spec declares a schema of them."""

from __future__ import annotations

from typing import Any

import pytest
from documents import capability, document, tools
from documents import upstream as declare

from naftiko_gen.emit.package.mock import mock_document

UNIT = """\
- name: act
  description: Act.
  call: api.act
"""


def answer(schema: str) -> Any:
    operation = f"- name: act\n  method: GET\n  outputSchema: {schema}\n"
    meaning = capability(document(declare(operation), tools(UNIT)))
    return mock_document(meaning, meaning.operations[0])


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            "{properties: {a: {type: string}, n: {type: integer}}}",
            {"a": "text", "n": 7},
        ),
        ("{type: array, items: {type: boolean}}", [True]),
        ("{properties: {a: {enum: [x, y]}}}", {"a": "x"}),
        (
            "{properties: {at: {type: string, format: date-time}}}",
            {"at": "2024-02-29T12:00:00Z"},
        ),
        (
            "{properties: {in: {properties: {id: {type: string, format: uuid}}}}}",
            {"in": {"id": "00000000-0000-4000-8000-000000000000"}},
        ),
        ("{properties: {a: {type: string, nullable: true}}}", {"a": "text"}),
    ],
)
def test_the_mock_answers_with_values_of_the_schema(schema: str, expected: Any) -> None:
    assert answer(schema) == expected
