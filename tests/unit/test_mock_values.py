"""The mock's responses where the spec declares a schema of them."""

import re
from pathlib import Path
from typing import Any

import pytest
from documents import capability, document, findings, tools
from documents import upstream as declare

from naftiko_gen.emit.client.mock import mock_document, mock_view
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.samples.mock_values import mock_value
from naftiko_gen.emit.samples.samples import TEXT as AWKWARD
from naftiko_gen.ir import Primitive

GOLDEN = Path(__file__).parents[1] / "golden"
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
            {"a": "Example a", "n": 10},
        ),
        ("{type: array, items: {type: boolean}}", [True]),
        ("{properties: {a: {enum: [x, y]}}}", {"a": "x"}),
        (
            "{properties: {at: {type: string, format: date-time}}}",
            {"at": "2026-05-01T12:00:00Z"},
        ),
        (
            "{properties: {in: {properties: {id: {type: string, format: uuid}}}}}",
            {"in": {"id": "00000000-0000-4000-8000-000000000000"}},
        ),
        ("{properties: {a: {type: string, nullable: true}}}", {"a": "Example a"}),
    ],
)
def test_the_mock_answers_with_values_of_the_schema(schema: str, expected: Any) -> None:
    assert answer(schema) == expected


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("string", "id", "1"),
        ("string", "shipId", "1"),
        ("integer", "order_id", 1),
        ("string", "name", "Example"),
        ("string", "vessel-name", "Example vessel"),
        ("string", "customerName", "Ada Lovelace"),
        ("string", "first_name", "Ada"),
        ("string", "contactEmail", "ada@example.com"),
        ("string", "created_at", "2026-05-01T12:00:00Z"),
        ("integer", "created", 1777636800),
        ("string", "homepageURL", "https://example.com/"),
        ("number", "price", 19.99),
        ("string", "price", "19.99"),
        ("number", "pages", 120),
        ("number", "parts", 10),
        ("integer", "year_built", 1815),
        ("string", "fullName", "Ada Lovelace"),
        ("string", "HTTPStatus", "active"),
        ("string", "größe", "Example größe"),
        ("string", "$", "text"),
        ("boolean", "open", True),
    ],
)
def test_a_value_fits_its_name(kind: str, name: str, value: object) -> None:
    assert mock_value(Primitive(kind), name) == value


SHAPED = """\
- name: act
  description: Act.
  call: api.act
  outputParameters:
  - {name: owner, type: string, mapping: $.owner.email}
  - {name: open, type: boolean, mapping: $.open}
"""
READ = """\
- name: act
  description: Act.
  steps:
  - {type: call, name: first, call: api.act}
  - {type: call, name: second, call: api.get, with: {id: $.first.id}}
  mappings:
  - {targetName: title, value: $.second.title}
  - {targetName: when, value: $.first.date}
"""
OPERATIONS = """\
- {name: act, method: GET, outputExample: {text: '{"id": 7, "date": null}'}}
- {name: get, method: GET, inputParameters: [{name: id, in: query}]}
"""


def texts(operations: str, unit: str) -> list[str]:
    meaning = capability(document(declare(operations), tools(unit)))
    return [str(only.output) for only in mock_view(Emission(meaning)).samples]


def test_outputs_have_values_that_fit_their_names() -> None:
    [only] = texts("- {name: act, method: GET}\n", SHAPED)
    assert '{"owner": {"email": "ada@example.com"}, "open": True}' in only


def test_steps_read_the_example_with_the_parts_that_it_lacks() -> None:
    first, second = texts(OPERATIONS, READ)
    assert '{"id": 7, "date": "2026-05-01"}' in first
    assert '{"title": "Example title"}' in second


@pytest.mark.parametrize("example", ["[1e999]", "[NaN]", "{", "[" * 5_000, "[" * 99])
def test_an_example_that_cannot_be_completed_is_not_used(example: str) -> None:
    text = example + "]" * example.count("[") if example[0:2] == "[[" else example
    operations = OPERATIONS.replace('{"id": 7, "date": null}', text)
    first, _ = texts(operations, READ)
    assert first == '{"date": "2026-05-01", "id": "1"}'


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
    return str(only.output)


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


def state_answer(example: str) -> tuple[str, int | None]:
    """Return the answer and the status of an operation with a schema and an example."""
    meaning = capability(document(declare(STATED.format(example)), tools(UNIT)))
    [only] = mock_view(Emission(meaning)).samples
    return str(only.output), only.status


@pytest.mark.parametrize(
    ("example", "reply", "status"),
    [
        ("{status: 204, text: ''}", "EMPTY", 204),
        ("{text: ''}", "EMPTY", None),
        ("{status: 201}", '{"a": "Example a"}', 201),
        ("{status: 201, text: '[]'}", 'content_reply("application/json", "[]")', 201),
        ("{mediaType: text/csv}", 'content_reply("text/csv", "text")', None),
        ("{mediaType: image/png}", 'file_reply("image/png")', None),
        (
            "{status: 206, mediaType: application/x-cad}",
            'file_reply("application/x-cad")',
            206,
        ),
    ],
)
def test_the_mock_answers_as_the_spec_states(
    example: str, reply: str, status: int | None
) -> None:
    assert state_answer(example) == (reply, status)


@pytest.mark.parametrize(
    ("status", "slug"),
    [(199, "wrong-value"), (300, "wrong-value"), ("'204'", "wrong-type")],
)
def test_only_a_success_is_an_example(status: object, slug: str) -> None:
    operation = STATED.format(f"{{status: {status}}}")
    diagnostics = findings(document(declare(operation), tools(UNIT)))
    assert slug in [code for code, _ in diagnostics]


LISTED = """\
- name: act
  description: Act.
  call: api.act
  outputParameters:
  - {type: array, mapping: $., items: {type: string, mapping: $.city}}
"""


@pytest.mark.parametrize(
    ("raw", "unit", "reply"),
    [
        ("xml", SHAPED, 'xml_reply({"owner": {"email": "ada@example.com"}'),
        ("csv", LISTED, 'table_reply([{"city": "Paris"}], ",")'),
        # A table has no objects inside of each other.
        ("csv", SHAPED, '{"owner": {"email": "ada@example.com"}'),
    ],
)
def test_the_mock_answers_in_xml_and_in_tables_if_it_can(
    raw: str, unit: str, reply: str
) -> None:
    [only] = texts(f"- {{name: act, method: GET, outputRawFormat: {raw}}}\n", unit)
    assert only.startswith(reply)


def test_no_mock_answers_with_values_of_emitted_tests() -> None:
    mocks = list(GOLDEN.glob("*/expected/*/mock.py"))
    assert mocks
    assert not [path for path in mocks if AWKWARD in path.read_text("utf-8")]
