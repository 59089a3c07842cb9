"""Secrets stay where they are: nothing that is logged or answered holds one."""

import json
from pathlib import Path

import anyio
import httpx2
import pytest
from exact_http import exactly
from mcp import Client
from mcp.client.stdio import stdio_client
from prime import RUNS, Prime
from service import Package, running

from waiting import PATIENCE, eventually

CREATE = "prime-intellect-createrun"
DELETE = "prime-intellect-deleterun"
ERAS = ["2026-07-28", "legacy"]


@pytest.fixture
def body(reference: Path) -> bytes:
    payload = reference / "upstream" / "payloads" / "create-run.request.full.json"
    return payload.read_bytes()


@pytest.fixture
def secrets(body: bytes) -> list[str]:
    """Return the texts that no log may have: credentials, and data of clients."""
    document = json.loads(body)
    return ["SECRET", document["wandbApiKey"], document["hfToken"], "pit_valid", "mine"]


def called_over_rest(url: str, body: bytes) -> None:
    """Make calls that go well, that the upstream refuses, and that are not sent."""
    mine = {"Authorization": "Bearer mine", "Content-Type": "application/json"}
    for content in (body, b'{"wandbApiKey": "SECRET"}', b'["SECRET"', b'"SECRET"'):
        httpx2.post(url + RUNS, content=content, headers=mine, timeout=PATIENCE)
    for target in (
        "/SECRET",
        f"{RUNS}/SECRET",
        f"{RUNS}/..%2fSECRET",
        f"{RUNS}?SECRET",
    ):
        exactly("DELETE", url, target, headers=mine)


async def call_over_http(url: str, era: str, body: bytes) -> None:
    """Make the calls of `call_tools`."""
    async with Client(url, mode=era) as client:
        await call_tools(client, body)


async def call_tools(client: Client, body: bytes) -> None:
    """Make calls that go well, that the upstream refuses, and that are not sent."""
    for arguments in (json.loads(body), {"wandbApiKey": "SECRET"}, ["SECRET"]):
        await client.call_tool(CREATE, {"body": arguments})
    for run_id in ("SECRET", "../SECRET"):
        await client.call_tool(DELETE, {"run_id": run_id})


@pytest.mark.parametrize("is_failing", [False, True])
async def test_the_log_of_a_server_holds_no_secret(
    training: Package,
    prime: Prime,
    secrets: list[str],
    body: bytes,
    *,
    is_failing: bool,
) -> None:
    root = "http://127.0.0.1:1/SECRET" if is_failing else prime.url
    env = {"PRIME_API_KEY": "pit_valid", "TRAINING_RUNS_BASE_URI": root}
    with running(training, "--log-level", "debug", "serve", **env) as service:
        await anyio.to_thread.run_sync(called_over_rest, service.url("rest"), body)
        for era in ERAS:
            await call_over_http(service.url("mcp"), era, body)
    assert is_failing or len(prime.requests) > 8
    eventually(lambda: "INFO" in service.output)
    assert [secret for secret in secrets if secret in service.output] == []


@pytest.mark.parametrize("era", ERAS)
async def test_the_log_of_a_stdio_server_holds_no_secret(
    training: Package,
    prime: Prime,
    secrets: list[str],
    body: bytes,
    tmp_path: Path,
    era: str,
) -> None:
    env = {"PRIME_API_KEY": "pit_valid", "TRAINING_RUNS_BASE_URI": prime.url}
    server = training.speaking("--log-level", "debug", "mcp", "--stdio", **env)
    log = tmp_path / "stderr"
    with log.open("w", encoding="utf-8") as errors:
        async with Client(stdio_client(server, errors), mode=era) as client:
            await call_tools(client, body)
    text = log.read_text(encoding="utf-8")
    assert "INFO" in text
    assert [secret for secret in secrets if secret in text] == []
