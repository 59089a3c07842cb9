"""Structured outputs of answers that no schema foresees."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from naftiko_runtime.mcp.answers import accepts, with_output
from naftiko_runtime.transport import Reply

JSON = ((b"content-type", b"application/json"),)
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"result": {"type": "integer"}, "unexpected": OBJECT},
}
CHECK = accepts(SCHEMA)


@pytest.mark.parametrize(
    "value", [5, None, "x", [1, None], [{"a": None}], {"result": "x"}, {"a": {"a": 1}}]
)
def test_an_api_may_have_members_of_our_names(value: Any) -> None:
    reply = with_output(Reply(200, JSON, json.dumps(value).encode()), SCHEMA, CHECK)
    output = json.loads(reply.structured or b"")
    Draft202012Validator(SCHEMA).validate(output)
    assert value in (None, output, *output.values())
