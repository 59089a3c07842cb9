"""The log of calls: a line for each on every way, with no value of a client."""

import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest
from exact_http import exactly
from mcp import Client, MCPError
from mcp.client.stdio import stdio_client
from prime import RUNS, Prime
from service import Package, Service, running

from package_runtimes import runtime_package
from waiting import eventually

LOGGER = re.escape(f"{runtime_package('training_runs')}.observing.logs")
LINE = re.compile(rf"\S+Z INFO:training-runs:{LOGGER}:(.*) \d+\.\d ms")
SHOWN = re.compile(r" DEBUG:training-runs:\S+:(\S+ \S+ \d+) [\d.]+ ms \d+ bytes")
DELETE = "prime-intellect-deleterun"
ERAS = ["2026-07-28", "legacy"]
REST = [
    ("DELETE", f"{RUNS}/SECRET", f"DELETE {RUNS}/{{run_id}} 200"),
    ("DELETE", f"{RUNS}/SECRET?SECRET=SECRET", f"DELETE {RUNS}/{{run_id}} 400"),
    ("PUT", f"{RUNS}/SECRET", f"PUT {RUNS}/{{run_id}} 405"),
    ("GET", "/v1/api/SECRET", "GET /v1/api/* 404"),
    ("POST", RUNS, f"POST {RUNS} 400"),
    ("GET", "/openapi.json", "GET /openapi.json 200"),
]
TOOLS = [
    "tools/list 200",
    f"tools/call {DELETE} 200",
    f"tools/call {DELETE} 400",
    "tools/call (unknown tool) -32602",
    "(unknown method) -32601",
]
UNWRAPPED = """\
import sys
from RUNTIME.serving.listening import observe
from RUNTIME.serving.program import RestAdapter
from RUNTIME.observing.logs import install
from training_runs.mcp_server import create_server

async def app(scope, receive, send): pass

adapter = RestAdapter("a", "rest", "A", 1)
install(sys.stdin.read(), "runs")
print(observe(adapter, app) is app)
"""


def read_calls(service: Service, adapter: str) -> list[str]:
    """Return the calls of an adapter, once the service has ended."""
    lines = LINE.findall(service.output)
    calls = (line.removeprefix(f"{adapter} ") for line in lines if adapter in line)
    return [call for call in calls if not call.startswith("OPTIONS")]


async def call_tools(client: Client) -> None:
    """Make a call that goes well, one that is refused, and one of no tool."""
    await client.list_tools()
    await client.call_tool(DELETE, {"run_id": "SECRET"})
    await client.call_tool(DELETE, {"SECRET": "SECRET"})
    with suppress(MCPError):
        await client.call_tool("SECRET", {"SECRET": "SECRET"})
    with suppress(MCPError):
        await client.list_prompts()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_rest_calls_are_logged(training: Package, workers: str) -> None:
    options = ("rest", "--mock", "--log-level", "info", "--workers", workers)
    with running(training, *options, "--control-port", "0") as service:
        for method, target, _ in REST:
            exactly(method, service.url("rest"), target)
        exactly("GET", service.url("control"), "/health/live")

    # Workers write one after the other, in no order.
    lines = read_calls(service, "training-runs-rest")
    assert sorted(lines) == sorted(line for _, _, line in REST)
    assert "SECRET" not in service.output
    assert read_calls(service, "control") == []


@pytest.mark.parametrize("era", ERAS)
async def test_tool_calls_are_logged(training: Package, era: str) -> None:
    with running(training, "mcp", "--mock", "--log-level", "info") as service:
        async with Client(service.url("mcp"), mode=era) as client:
            await call_tools(client)

    lines = read_calls(service, "training-runs-mcp")
    first = ["initialize 200", "POST /mcp 202"] if era == "legacy" else []
    assert sorted(lines) == sorted([*first, *TOOLS])
    assert "SECRET" not in service.output


async def test_tool_calls_on_standard_input_are_logged(
    training: Package, tmp_path: Path
) -> None:
    server = training.speaking("mcp", "--stdio", "--mock", "--log-level=info")
    log = tmp_path / "stderr"
    with log.open("w", encoding="utf-8") as errors:
        async with Client(stdio_client(server, errors), mode="legacy") as client:
            await call_tools(client)

    log_text = await anyio.Path(log).read_text("utf-8")
    lines = [entry.partition(" ")[2] for entry in LINE.findall(log_text)]
    assert lines == ["initialize 200", *TOOLS]
    assert "SECRET" not in log_text


def test_requests_to_upstreams_are_shown(training: Package, mock: Prime) -> None:
    env = {"PRIME_API_KEY": "SECRET-key", "TRAINING_RUNS_BASE_URI": mock.url}
    with running(training, "rest", "--show-upstream", **env) as service:
        exactly("DELETE", service.url("rest"), f"{RUNS}/SECRET-key")

    host = urlsplit(mock.url).hostname
    requests = SHOWN.findall(service.output)
    assert requests == [f"DELETE {host}/api/v1/training/runs/*** 401"]
    assert "SECRET" not in service.output


def test_refusals_are_logged(training: Package) -> None:
    with running(training, "serve", "--mock", "--log-level", "info") as service:
        strange = {"Host": "SECRET"}
        for url, target in ((service.url("rest"), RUNS), (service.url("mcp"), "/mcp")):
            exactly("POST", url, target, b"{}", strange)
        exactly("GET", service.url("mcp"), "/mcp")
        exactly("POST", service.url("mcp"), "/mcp", b"SECRET")
        exactly("GET", service.url("rest"), "/" + "a" * 20_000)

    assert read_calls(service, "training-runs-rest") == [f"POST {RUNS} 421"]
    assert "ms (Host is not allowed)" in service.output
    assert read_calls(service, "training-runs-mcp") == [
        "POST /mcp 421",
        "GET /mcp 405",
        "POST /mcp 415",
    ]
    message = "a request is refused: 414 a URL may have 16 KiB"
    eventually(lambda: message in service.output)
    assert "SECRET" not in service.output


def test_by_default_calls_are_not_logged(training: Package) -> None:
    with running(training, "rest", "--mock") as service:
        exactly("DELETE", service.url("rest"), f"{RUNS}/a")

    assert len(service.output.splitlines()) == 2


@pytest.mark.parametrize(
    ("level", "is_unwrapped"), [("warning", True), ("error", True), ("info", False)]
)
def test_nothing_is_in_the_way_of_calls_that_are_not_logged(
    training: Package, level: str, is_unwrapped: bool
) -> None:
    process = training.execute(UNWRAPPED, level)

    assert process.stdout == f"{is_unwrapped}\n", process.stderr
