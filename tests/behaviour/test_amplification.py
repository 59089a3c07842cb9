"""Short requests whose names are repeated: a package sends no huge ones."""

import json
from pathlib import Path

import pytest
from exact_http import exactly
from service import Service

from recording_upstream import RecordingUpstream

SPEC = Path(__file__).with_name("amplification.yaml")
SHORT = {"n" * 20_000: [1] * 20_000}
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-11-25",
}


@pytest.mark.parametrize(
    ("tool", "argument", "limit"),
    [("send", "form", "16 MiB"), ("search", "filter", "64 KiB")],
)
async def test_a_huge_request_is_refused(
    service: Service, upstream: RecordingUpstream, tool: str, argument: str, limit: str
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
