"""The headers that every response has, and those of responses to a credential."""

import json
from pathlib import Path

import httpx2
import pytest
from service import Service
from tool_results import PLAIN

from recording_upstream import Answer, RecordingUpstream
from waiting import PATIENCE

SPEC = Path(__file__).with_name("response_headers.yaml")
VARIABLES = {"MY_KEY": "s3cret"}
SILENT = Answer()
STRICT = Answer(fields=(("Cache-Control", "no-store"),))
MISSING = Answer(status=404)
STRICT_AND_MISSING = Answer(fields=(("Cache-Control", "no-store"),), status=404)
SAFE = {
    "X-Content-Type-Options": ["nosniff"],
    "Cross-Origin-Resource-Policy": ["same-origin"],
    "Content-Security-Policy": ["default-src 'none'; sandbox"],
}


def safety(response: httpx2.Response) -> dict[str, list[str]]:
    """Return the values of the headers that keep a browser from running a response."""
    return {name: response.headers.get_list(name) for name in SAFE}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/keyed", {}, 200),
        ("HEAD", "/keyed", {}, 200),
        ("GET", "/openapi.json", {}, 200),
        ("GET", "/nowhere", {}, 404),
        ("DELETE", "/keyed", {}, 405),
        ("GET", "/keyed", {"Host": "elsewhere.example"}, 421),
        ("GET", "/keyed", {"Origin": "https://elsewhere.example"}, 403),
    ],
)
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


@pytest.mark.parametrize(
    ("method", "rpc", "headers", "status"),
    [
        ("POST", "tools/call", {}, 200),
        ("POST", "tools/call", {"Accept": "text/event-stream, */*"}, 200),
        ("POST", "tools/list", {}, 200),
        ("POST", "tools/list", {"Content-Type": "text/plain"}, 415),
        ("POST", "tools/list", {"Host": "elsewhere.example"}, 421),
        ("GET", "", {}, 405),
        ("DELETE", "", {}, 405),
    ],
)
async def test_no_browser_runs_a_response_of_mcp(
    service: Service, method: str, rpc: str, headers: dict[str, str], status: int
) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": rpc, "params": {"name": "get"}}
    plain = {**PLAIN, "Content-Type": "application/json"}
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        response = await client.request(
            method,
            service.url("mcp"),
            content=json.dumps(message) if rpc else b"",
            headers={**plain, **headers},
        )
    assert response.status_code == status
    assert safety(response) == SAFE


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        ("/open", SILENT, []),
        ("/open", STRICT, ["no-store"]),
        ("/open", MISSING, []),
        ("/keyed", SILENT, ["private"]),
        ("/keyed", STRICT, ["no-store"]),
        ("/keyed", MISSING, ["private"]),
        ("/keyed", STRICT_AND_MISSING, ["no-store"]),
        ("/digested", SILENT, ["private"]),
        ("/digested", STRICT, ["no-store"]),
    ],
)
async def test_responses_to_a_credential_are_private(
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    path: str,
    answer: Answer,
    expected: list[str],
) -> None:
    upstream.answer = answer
    response = await rest.get(path)
    assert response.status_code == answer.status
    assert response.headers.get_list("Cache-Control") == expected
