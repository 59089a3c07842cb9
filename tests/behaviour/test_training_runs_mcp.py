"""The MCP adapter of the training package, through the official client."""

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from prime import Prime
from service import Package, Service
from tool_results import text

from case_tables import named_table
from waiting import PATIENCE

CREATE = "prime-intellect-createrun"
DELETE = "prime-intellect-deleterun"
MINIMAL: dict[str, Any] = {"config": {"max_steps": 5}}
FACTS = named_table(__file__, "training_runs")
MODERN = "2026-07-28"
LEGACY = "legacy"

eras = pytest.mark.parametrize("era", [MODERN, LEGACY])


@pytest.fixture(params=[MODERN, LEGACY])
async def tools(
    request: pytest.FixtureRequest, with_token: Callable[[str], Service]
) -> AsyncIterator[Client]:
    """Open a client of the adapter whose credential the upstream accepts."""
    async with connect(with_token("pit_valid"), request.param) as client:
        yield client


def connect(service: Service, era: str = MODERN) -> Client:
    return Client(service.url("mcp"), mode=era)


async def test_create_passes_everything_on(
    tools: Client, prime: Prime, reference: Path
) -> None:
    payload = reference / "upstream" / "payloads" / "create-run.request.full.json"
    body = json.loads(payload.read_bytes())
    result = await tools.call_tool(CREATE, {"body": body})
    assert not result.is_error
    assert re.fullmatch(r'{"runId":"run_\d+","jobId":.*_once"}', text(result))
    assert result.structured_content is None
    [request] = prime.requests
    assert (request["method"], request["raw_path"]) == ("POST", "/api/v1/training/runs")
    assert request["headers"]["authorization"] == "Bearer pit_valid"
    assert request["headers"]["content-type"] == "application/json"
    assert json.loads(request["body"]) == body


@pytest.mark.parametrize(("tool", "arguments", "explanation"), FACTS["wrong arguments"])
async def test_wrong_arguments_are_explained(
    tools: Client, prime: Prime, tool: str, arguments: dict[str, Any], explanation: str
) -> None:
    result = await tools.call_tool(tool, arguments)
    assert result.is_error
    assert explanation in text(result)
    assert prime.requests == []


REFUSALS: dict[str, list[str]] = FACTS["refusals"]


@pytest.mark.parametrize("token", REFUSALS)
async def test_refusals_are_explained(
    with_token: Callable[[str], Service], prime: Prime, token: str
) -> None:
    async with connect(with_token(token)) as client:
        result = await client.call_tool(CREATE, {"body": MINIMAL})
    assert result.is_error
    assert text(result).splitlines() == REFUSALS[token]
    assert len(prime.requests) == 1


@eras
async def test_a_caller_s_credential_goes_nowhere(
    with_token: Callable[[str], Service], prime: Prime, era: str
) -> None:
    url = with_token("pit_valid").url("mcp")
    mine = {"Authorization": "Bearer mine", "Cookie": "session=mine"}
    async with (
        httpx2.AsyncClient(headers=mine, timeout=PATIENCE) as http,
        Client(streamable_http_client(url, http_client=http), mode=era) as client,
    ):
        await client.call_tool(CREATE, {"body": MINIMAL})
    [request] = prime.requests
    assert request["headers"]["authorization"] == "Bearer pit_valid"
    assert "mine" not in json.dumps(request["headers"])


@pytest.mark.parametrize(
    ("era", "revision"), [("auto", MODERN), (MODERN, MODERN), (LEGACY, "2025-11-25")]
)
@pytest.mark.parametrize("transport", ["http", "stdio"])
async def test_every_revision_on_every_transport(
    training: Package,
    with_token: Callable[[str], Service],
    prime: Prime,
    transport: str,
    era: str,
    revision: str,
) -> None:
    service = with_token("pit_valid")
    env = {"PRIME_API_KEY": "pit_valid", "TRAINING_RUNS_BASE_URI": prime.url}
    stdio = training.speaking("mcp", "--stdio", **env)
    server = service.url("mcp") if transport == "http" else stdio
    async with Client(server, mode=era) as client:
        assert client.protocol_version == revision
        tools = (await client.list_tools()).tools
        result = await client.call_tool(CREATE, {"body": MINIMAL})
    assert [tool.name for tool in tools] == [CREATE, DELETE]
    assert json.loads(text(result))["runId"]


async def test_tools_are_as_the_document_says(tools: Client) -> None:
    create, delete = (await tools.list_tools()).tools
    assert create.description == (
        "Launch a dedicated RL training run against a hosted base model."
    )
    assert create.input_schema == {
        "type": "object",
        "properties": {
            "body": {"type": "object", "description": "Request body (JSON)."}
        },
        "required": ["body"],
        "additionalProperties": False,
    }
    assert create.output_schema is None
    assert delete.annotations
    assert delete.annotations.model_dump(exclude_none=True) == {
        "read_only_hint": False,
        "destructive_hint": True,
        "idempotent_hint": True,
        "open_world_hint": True,
    }
