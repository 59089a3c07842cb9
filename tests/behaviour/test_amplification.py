"""Short requests whose names are repeated: a package sends no huge ones."""

import json
from collections.abc import AsyncIterator

import pytest
from exact_http import exactly
from service import Service, running, written

from recording_upstream import RecordingUpstream

pytestmark = pytest.mark.anyio

SPEC = """\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: things
    baseUri: https://api.example.com
    resources:
    - name: things
      path: /things
      operations:
      - name: send
        method: POST
        body: {type: formUrlEncoded, data: '{{form}}'}
        inputParameters: [{name: form, in: body, type: object, required: true}]
      - name: search
        method: GET
        inputParameters: [{name: filter, in: query, style: deepObject}]
  exposes:
  - type: mcp
    namespace: things-mcp
    port: 9090
    tools:
    - {name: send, description: Sends a form., call: things.send}
    - {name: search, description: Searches., call: things.search}
"""
SHORT = {"n" * 20_000: [1] * 20_000}
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-11-25",
}


@pytest.fixture(scope="module")
async def service(
    address: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    package = written(SPEC, tmp_path_factory.mktemp("things"))
    with running(package, THINGS_BASE_URI=f"http://{address}") as service:
        yield service


@pytest.mark.parametrize(
    ("tool", "argument", "limit"),
    [("send", "form", "16 MiB"), ("search", "filter", "64 KiB")],
)
async def test_a_huge_request_is_refused(
    service: Service,
    upstream: RecordingUpstream,
    tool: str,
    argument: str,
    limit: str,
) -> None:
    before = service.peak_memory

    params = {"name": tool, "arguments": {argument: SHORT}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    body = json.dumps(call).encode()
    result = exactly("POST", service.url("mcp"), "/mcp", body, HEADERS).json()["result"]

    assert result["isError"]
    assert limit in result["content"][0]["text"]
    assert upstream.requests == []
    assert service.peak_memory - before < 100 * 1024 * 1024
