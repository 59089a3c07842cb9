"""The messages of both eras of MCP, as they are sent."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from compiled_server import Package
from tools import TOOLS

from waiting import PATIENCE

Exchange = Callable[[dict[str, Any]], bytes]

MODERN = "2026-07-28"
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "tests", "version": "1"},
    },
}


@pytest.fixture
def over_http(url: str) -> Exchange:
    """Return a way to post a message."""

    def exchange(message: dict[str, Any]) -> bytes:
        headers = {"Accept": "application/json, text/event-stream"}
        if "_meta" in message["params"]:
            headers["MCP-Protocol-Version"] = MODERN
            headers["Mcp-Method"] = message["method"]
        answer = httpx2.post(url, json=message, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.content

    return exchange


@pytest.fixture
def over_stdio(package: Package) -> Exchange:
    """Return a way to write a message to the standard input of a new process."""

    def exchange(message: dict[str, Any]) -> bytes:
        with subprocess.Popen(
            package.stdio_command,
            cwd=package.project,
            env=package.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            process.stdin.close()
            assert process.stdout.read() == b""
            assert process.wait(PATIENCE) == 0
        return answer

    return exchange


@pytest.fixture(params=["over_http", "over_stdio"])
def exchange(request: pytest.FixtureRequest) -> Exchange:
    transport: Exchange = request.getfixturevalue(request.param)
    return transport


def modern(method: str, **more: str) -> dict[str, Any]:
    params = {"_meta": ENVELOPE, **more}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def test_initialize_is_answered(exchange: Exchange) -> None:
    result = json.loads(exchange(INITIALIZE))["result"]

    assert result["protocolVersion"] == "2025-11-25"
    assert result["serverInfo"]["name"] == "conformance-mcp"
    assert "tools" in result["capabilities"]


def test_discovery_is_answered(exchange: Exchange) -> None:
    result = json.loads(exchange(modern("server/discover")))["result"]

    assert MODERN in result["supportedVersions"]
    assert "tools" in result["capabilities"]


def test_schemas_are_byte_for_byte_those_of_the_package(exchange: Exchange) -> None:
    answer = exchange(modern("tools/list"))

    for tool in TOOLS:
        for key in tool.keys() & {"inputSchema", "outputSchema"}:
            text = json.dumps(tool[key], separators=(",", ":"))
            assert f'"{key}":{text}'.encode() in answer


def test_a_list_is_a_page_of_the_same_bytes_that_clients_may_keep(
    exchange: Exchange,
) -> None:
    answer = exchange(modern("tools/list"))
    result = json.loads(answer)["result"]

    assert exchange(modern("tools/list")) == answer
    assert "nextCursor" not in result
    assert result["resultType"] == "complete"
    assert (result["ttlMs"], result["cacheScope"]) == (300_000, "private")


def test_a_cursor_is_refused(over_stdio: Exchange) -> None:
    error = json.loads(over_stdio(modern("tools/list", cursor="x")))["error"]

    assert error["code"] == -32602
