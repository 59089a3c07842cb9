"""Tools whose output is the response: it is checked by the schema of the output."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from naftiko_runtime.mcp.answers import AnsweringTool, accepts
from naftiko_runtime.transport import Reply

pytestmark = pytest.mark.anyio

TEXT = {"type": ["string", "null"]}
BOOK = {"type": ["object", "null"], "properties": {"title": TEXT}}
SCHEMAS: list[dict[str, Any]] = [
    *({}, TEXT, BOOK, {"type": ["integer", "null"]}, {"type": ["number", "null"]}),
    *({"type": ["boolean", "null"]}, {"type": ["array", "null"], "items": BOOK}),
    {"anyOf": [{"type": ["integer", "null"]}, BOOK]},
    {"anyOf": [{"enum": ["x"]}, TEXT]},
    {"type": ["object", "null"], "additionalProperties": TEXT},
    {"type": "object", "properties": {"result": {"anyOf": [BOOK, {}]}}},
]
VALUES: list[Any] = [
    *(None, True, 0, 1.5, 2.0, "", [], {}, [{"title": 1}], [{"title": "x"}, None]),
    *({"title": None}, {"title": 1}, {"more": "x"}, {"more": 1}),
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_check_agrees_with_its_schema(schema: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema)
    check = accepts(schema)
    for value in VALUES:
        if isinstance(value, dict) or schema.get("type") != "object":
            assert check(value) is validator.is_valid(value), value


SCHEMA = {"type": "object", "properties": {"title": TEXT}}


async def output(body: bytes, status: int = 200) -> bytes | None:
    async def operation(_: object) -> Reply:
        return Reply(status, (), body)

    tool = AnsweringTool("t", "", operation, output=SCHEMA)
    assert tool.definition.output_schema == SCHEMA
    reply = await tool.call(None, {})
    assert reply.body == body
    if reply.structured is not None:
        jsonschema.validate(json.loads(reply.structured), SCHEMA)
    return reply.structured


async def test_an_object_passes_as_it_is() -> None:
    assert await output(b'{ "title": "x", "n": 1e2 }') == b'{ "title": "x", "n": 1e2 }'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"title":1}', b'{"result":{"title":1}}'),
        (b"[1]", b'{"result":[1]}'),
        (b"", b'{"result":null}'),
        (b"no JSON", b'{"result":"no JSON"}'),
    ],
)
async def test_anything_else_is_the_result(body: bytes, expected: bytes) -> None:
    assert await output(body) == expected


async def test_a_refusal_has_no_output() -> None:
    assert await output(b'{"title":"x"}', 404) is None
