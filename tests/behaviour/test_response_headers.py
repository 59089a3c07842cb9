"""The headers that every response has, and those of responses to a credential."""

import json
from pathlib import Path

import httpx2
import pytest
from service import Service

from case_tables import named_table
from recording_upstream import Answer, RecordingUpstream
from waiting import PATIENCE

SPEC = Path(__file__).with_name("response_headers.yaml")
VARIABLES = {"MY_KEY": "s3cret"}
CASES = named_table(__file__, "response_header_cases")
SAFE = {
    "X-Content-Type-Options": ["nosniff"],
    "Cross-Origin-Resource-Policy": ["same-origin"],
    "Content-Security-Policy": ["default-src 'none'; sandbox"],
}


def safety(response: httpx2.Response) -> dict[str, list[str]]:
    """Return the values of the headers that keep a browser from running a response."""
    return {name: response.headers.get_list(name) for name in SAFE}


@pytest.mark.parametrize(("method", "path", "headers", "status"), CASES["rest"])
async def test_no_browser_runs_a_response_of_rest(
    rest: httpx2.AsyncClient,
    method: str,
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    response = await rest.request(method, path, headers=headers)
    assert response.status_code == status
    assert safety(response) == SAFE


@pytest.mark.parametrize(("method", "rpc", "headers", "status"), CASES["mcp"])
async def test_no_browser_runs_a_response_of_mcp(
    service: Service, method: str, rpc: str, headers: dict[str, str], status: int
) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": rpc, "params": {"name": "get"}}
    plain = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
        "Content-Type": "application/json",
    }
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        response = await client.request(
            method,
            service.url("mcp"),
            content=json.dumps(message) if rpc else b"",
            headers={**plain, **headers},
        )
    assert response.status_code == status
    assert safety(response) == SAFE


@pytest.mark.parametrize(("path", "caching", "status", "expected"), CASES["private"])
async def test_responses_to_a_credential_are_private(
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    path: str,
    caching: str | None,
    status: int,
    expected: list[str],
) -> None:
    fields = (("Cache-Control", caching),) if caching else Answer().fields
    upstream.answer = Answer(fields=fields, status=status)
    response = await rest.get(path)
    assert response.status_code == status
    assert response.headers.get_list("Cache-Control") == expected
