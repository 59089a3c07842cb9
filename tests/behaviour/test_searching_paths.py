"""JSONPaths of RFC 9535: answers of a real package by REST, both ways of MCP, steps."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from mcp import Client
from service import Service, compile_text, running

from recording_upstream import Answer, RecordingUpstream
from waiting import PATIENCE

pytestmark = pytest.mark.anyio

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
DOCUMENT = f"""\
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
PLAIN = {
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2025-11-25",
}


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, address: str
) -> Iterator[Service]:
    package = compile_text(DOCUMENT, tmp_path_factory.mktemp("paths"), "shelf")
    with running(package, STORE_BASE_URI=f"http://{address}") as process:
        yield process


async def got(service: Service) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        return await client.get(f"{service.url('rest')}/books")


async def call_tool(service: Service, tool: str) -> Any:
    """Return the structured part of a tool's result, and whether it is an error."""
    url = service.url("tools")
    async with Client(url) as client:
        by_sdk = await client.call_tool(tool, {})
    params = {"name": tool, "arguments": {}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    async with httpx2.AsyncClient(timeout=PATIENCE) as plain:
        short = (await plain.post(url, json=call, headers=PLAIN)).json()["result"]
    assert short.get("structuredContent") == by_sdk.structured_content
    return by_sdk.structured_content, bool(by_sdk.is_error)


async def test_queries_find_values(
    service: Service, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(json.dumps(BOOKS).encode())
    assert (await got(service)).json() == FOUND
    assert await call_tool(service, "books") == (FOUND, False)


async def test_steps_find_values(service: Service, upstream: RecordingUpstream) -> None:
    upstream.answer = Answer(json.dumps(BOOKS).encode())
    expected = {"titles": ["A", "B", "C"], "found": [{"price": 9}]}
    assert await call_tool(service, "steps") == (expected, False)


async def test_other_answers_have_no_values(
    service: Service, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(b'{"books": 7, "limit": "x"}')
    others: dict[str, list[object]] = {name: [] for name in FOUND if name != "latest"}
    nothing = {"latest": None, **others}
    assert (await got(service)).json() == nothing
    assert await call_tool(service, "steps") == ({"titles": [], "found": []}, False)


@pytest.mark.parametrize("body", [MANY, b'{"books":' + MANY + b"}", DEEP])
async def test_hostile_answers_are_handed_on(
    service: Service, upstream: RecordingUpstream, body: bytes
) -> None:
    upstream.answer = Answer(body)
    answer = await got(service)
    assert (answer.status_code, answer.content) == (200, body)
    assert await call_tool(service, "steps") == (None, True)
