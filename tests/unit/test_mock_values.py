"""The mock's responses where the spec declares a schema of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from documents import capability, document, findings, tools
from documents import upstream as declare

from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.mock import mock_document, mock_view

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


EXAMPLE = """\
- name: act
  method: GET
  outputRawFormat: {}
  outputExample:
    mediaType: {}
    text: {}
"""
STEPS = """\
- name: act
  description: Act.
  steps:
  - {type: call, name: first, call: api.act}
"""


def sample(media_type: str, text: str, unit: str = UNIT) -> str:
    raw = "json" if media_type == "application/json" else "xml"
    operation = EXAMPLE.format(raw, media_type, text)
    meaning = capability(document(declare(operation), tools(unit)))
    [only] = mock_view(Emission(meaning)).samples
    return str(only)


@pytest.mark.parametrize(
    ("media_type", "text", "reply"),
    [
        (
            "application/json",
            """'{"a": 1}'""",
            """content_reply("application/json", '{"a": 1}')""",
        ),
        ("text/xml", "<a/>", 'content_reply("text/xml", "<a/>")'),
        ("text/plain", '"a\\nb"', 'content_reply("text/plain", ("a\\n" "b"))'),
        ("text/plain", '""', 'content_reply("text/plain", "")'),
    ],
)
def test_the_mock_answers_with_the_example(
    media_type: str, text: str, reply: str
) -> None:
    assert reply in sample(media_type, text)


def test_a_long_example_stands_on_short_lines() -> None:
    text = sample("text/plain", f"{'word ' * 40}{'x' * 100}")
    rows = re.findall(r'"([^"]*)"', text.partition("((")[2] or text)
    assert max(map(len, rows)) <= 60
    assert "".join(rows).endswith(f"{'word ' * 40}{'x' * 100}")


def test_steps_read_values_of_the_mock() -> None:
    assert "content_reply" not in sample("application/json", "'[1]'", STEPS)


STATED = """\
- name: act
  method: GET
  outputSchema: {{properties: {{a: {{type: string}}}}}}
  outputExample: {}
"""


def stated(example: str) -> str:
    """Return the sample of an operation with a schema and this example."""
    meaning = capability(document(declare(STATED.format(example)), tools(UNIT)))
    [only] = mock_view(Emission(meaning)).samples
    return str(only).partition('"/act", ')[2] or str(only)


@pytest.mark.parametrize(
    ("example", "reply"),
    [
        ("{status: 204, text: ''}", "EMPTY, status=204)"),
        ("{text: ''}", "EMPTY)"),
        ("{status: 201}", '{"a": "text"}, status=201)'),
        (
            "{status: 201, text: '[]'}",
            'content_reply("application/json", "[]"), status=201)',
        ),
        ("{mediaType: text/csv}", 'content_reply("text/csv", "text"))'),
        ("{mediaType: image/png}", 'file_reply("image/png"))'),
        (
            "{status: 206, mediaType: application/x-cad}",
            'file_reply("application/x-cad"), status=206)',
        ),
    ],
)
def test_the_mock_answers_as_the_spec_states(example: str, reply: str) -> None:
    assert stated(example).endswith(reply)


@pytest.mark.parametrize(
    ("status", "slug"),
    [(199, "wrong-value"), (300, "wrong-value"), ("'204'", "wrong-type")],
)
def test_only_a_success_is_an_example(status: object, slug: str) -> None:
    operation = STATED.format(f"{{status: {status}}}")
    diagnostics = findings(document(declare(operation), tools(UNIT)))
    assert slug in [code for code, _ in diagnostics]
