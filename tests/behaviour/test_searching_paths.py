"""JSONPaths of RFC 9535: answers of a real package by REST, both ways of MCP, steps."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from service import Service
from tool_results import call_both_ways

from recording_upstream import Answer, RecordingUpstream

SPEC = Path(__file__).with_name("searching_paths.yaml")
BOOKS = {
    "limit": 5,
    "books": [{"title": "A", "price": 3}, {"title": "B", "price": 9}, {"title": "C"}],
}
FOUND = {
    "latest": "C",
    "titles": ["A", "B", "C"],
    "first": ["A"],
    "cheap": [{"title": "A"}],
    "named": [9],
}
MANY = b"[" + b",".join([b'{"title":1}'] * 200_001) + b"]"
DEEP = b'{"a":' * 900 + b"1" + b"}" * 900


async def call_tool(service: Service, tool: str) -> Any:
    """Return the structured part of a tool's result, and whether it is an error."""
    result = await call_both_ways(service.url("tools"), tool, {})
    return result.get("structuredContent"), result.get("isError", False)


NONE: dict[str, object] = {name: None if name == "latest" else [] for name in FOUND}
STEPS_FOUND = {"titles": ["A", "B", "C"], "found": [{"price": 9}]}


@pytest.mark.parametrize(
    ("body", "values", "in_steps"),
    [
        (json.dumps(BOOKS).encode(), FOUND, STEPS_FOUND),
        (b'{"books": 7, "limit": "x"}', NONE, {"titles": [], "found": []}),
    ],
)
async def test_queries_and_steps_find_values(
    service: Service,
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    body: bytes,
    values: dict[str, object],
    in_steps: dict[str, object],
) -> None:
    upstream.answer = Answer(body)
    assert (await rest.get("/books")).json() == values
    if values == FOUND:
        assert await call_tool(service, "books") == (FOUND, False)
    assert await call_tool(service, "steps") == (in_steps, False)


@pytest.mark.parametrize("body", [MANY, b'{"books":' + MANY + b"}", DEEP])
async def test_hostile_answers_are_refused(
    service: Service, rest: httpx2.AsyncClient, upstream: RecordingUpstream, body: bytes
) -> None:
    upstream.answer = Answer(body)
    answer = await rest.get("/books")
    assert answer.status_code == 502
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(answer.content) < 500
    assert await call_tool(service, "steps") == (None, True)
