"""JSONPaths of RFC 9535: answers of a real package by REST, both ways of MCP, steps."""

import json
from typing import Any

import httpx2
import pytest
from service import Service
from tool_results import call_both_ways

from recording_upstream import Answer, RecordingUpstream

OUTPUTS = """\
[
  {name: latest, type: string, mapping: "$.books[-1].title"},
  {name: titles, type: string, mapping: "$..title"},
  {name: first, type: array, mapping: "$.books[:1].title", items: {type: string}},
  {name: cheap, type: array, mapping: "$.books[?@.price < $.limit]", items:
    {type: object, properties: {title: {type: string, mapping: $.title}}}},
  {name: named, type: array, mapping: "$.books[?search(@.title, '^B')].price"},
]
"""
STEPS = """\
steps:
      - {type: call, name: shelf, call: store.books}
      - type: lookup
        name: found
        index: $.shelf.books[?@.price]
        match: title
        lookupValue: $.shelf.books[1:].title
        outputParameters: [price]
      mappings:
      - {targetName: titles, value: $.shelf..title}
      - {targetName: found, value: $.found}
"""
SPEC = f"""\
naftiko: 1.0.0-alpha2
info: {{label: Shelf, description: Books at JSONPaths., tags: [test]}}
capability:
  consumes:
  - type: http
    namespace: store
    baseUri: https://store.example.com
    resources:
    - name: books
      path: /books
      operations:
      - {{name: books}}
  exposes:
  - type: rest
    namespace: rest
    port: 8080
    resources:
    - path: /books
      operations:
      - {{method: GET, name: books, call: store.books, outputParameters: {OUTPUTS}}}
  - type: mcp
    namespace: tools
    port: 9090
    tools:
    - {{name: books, description: D., call: store.books, outputParameters: {OUTPUTS}}}
    - name: steps
      description: D.
      {STEPS}"""
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
async def test_hostile_answers_are_handed_on(
    service: Service, rest: httpx2.AsyncClient, upstream: RecordingUpstream, body: bytes
) -> None:
    upstream.answer = Answer(body)
    answer = await rest.get("/books")
    assert (answer.status_code, answer.content) == (200, body)
    assert await call_tool(service, "steps") == (None, True)
