"""The short way of plain tool calls: its responses equal the SDK's."""

import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import anyio
import direct_cases
import pytest
import sdk_checks
import uvicorn
from dropped_checks import without_a_check
from hypothesis import HealthCheck, Phase, given, settings
from mcp import Client, MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    TextContent,
)
from odd_requests import LEGACY, MODERN, plain
from request_strategies import outcomes, requests
from service import Package, compiled
from starlette.types import ASGIApp
from two_ways import Expected, Request, Server, TwoWays, asked, started, two_ways

DirectCalls = Callable[..., ASGIApp]

CONFORMANCE = Path(__file__).parents[2] / "specs" / "conformance.yaml"
LEDGER = Path(__file__).with_name("ledger.yaml")
MORE = "NAFTIKO_DIRECT_CALLS"
"""Names how many requests are compared, 800 if it isn't there; others each time."""


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return compiled(LEDGER, tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="session")
def conformance(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return compiled(CONFORMANCE, tmp_path_factory.mktemp("conformance"))


@pytest.fixture
def ways(ledger: Package) -> Iterator[TwoWays]:
    with two_ways(ledger) as ways:
        yield ways


@pytest.fixture
def guarded(ledger: Package) -> Iterator[TwoWays]:
    """Run the server with a middleware that lets no call pass."""

    async def guard(context: Any, call_next: Any) -> Any:
        raise MCPError(INVALID_PARAMS, "members only")

    with two_ways(ledger) as ways:
        ways.server.junction.tools.middleware.append(guard)
        yield ways


@pytest.mark.parametrize("name", ["conformance", "ledger"])
def test_every_answer_is_that_of_the_sdk(
    name: str, request: pytest.FixtureRequest
) -> None:
    with two_ways(request.getfixturevalue(name)) as ways:
        number = compared(ways, int(os.environ.get(MORE, "800")) // 2)

        assert 0 < ways.server.junction.reached_sdk < 0.75 * number


def compared(ways: TwoWays, examples: int) -> int:
    """Compare the answers to requests, plain and odd; say how many there were."""
    number = 0
    errors, reply = map(ways.server.runtime, ("errors", "transport"))

    @settings(
        max_examples=examples,
        derandomize=MORE not in os.environ,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=[Phase.generate, Phase.shrink],
    )
    @given(requests(ways.server.tools), outcomes(errors, reply))
    def compare(request: Request, outcome: Any) -> None:
        nonlocal number
        number += 1
        shortly, by_sdk = ways.by_both(request, outcome)
        assert shortly == by_sdk

    compare()
    return number


def test_nearly_plain_calls_are_answered_by_the_sdk(ways: TwoWays) -> None:
    for request in direct_cases.requests():
        shortly, by_sdk = ways.by_both(request)
        assert shortly == by_sdk, request


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
@pytest.mark.parametrize("tool", ["report", "names", "all", "one", "replace"])
def test_plain_calls_are_answered_directly_whatever_comes_of_them(
    ways: TwoWays, revision: str, tool: str
) -> None:
    request = plain(revision, tool, {}).written()
    errors, reply = map(ways.server.runtime, ("errors", "transport"))

    for outcome in direct_cases.outcomes(errors, reply):
        answer = ways.shortly(request, outcome)
        assert ways.server.junction.reached_sdk == 0
        assert answer == ways.by_sdk(request, outcome), outcome


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
@pytest.mark.parametrize(
    ("tool", "body", "structured"),
    [
        ("all", b'[{"a" : %d}, 1e2, 0.10]', b'{"unexpected":[{"a" : %d}, 1e2, 0.10]}'),
        ("all", b'{"a" : %d, "b": 1e2}', b'{"a" : %d, "b": 1e2}'),
        ("one", b' {"a" : %d, "b": 1e2}', b' {"a" : %d, "b": 1e2}'),
        ("one", b"%d", b'{"result":%d}'),
        ("report", b'{"meta": {"total" : %d}}', b'{"total": %d, "nested": {}}'),
    ],
)
def test_structured_content_is_spelt_as_the_answer_was(
    ways: TwoWays, revision: str, tool: str, body: bytes, structured: bytes
) -> None:
    request = plain(revision, tool, {}).written()
    reply = ways.server.runtime("transport").Reply(200, (), body % 2**70)

    answer = ways.shortly(request, reply)

    assert structured % 2**70 in answer.raw.partition(b'"structuredContent":')[2]
    assert answer == ways.by_sdk(request, reply)


def test_middleware_sees_every_call(guarded: TwoWays) -> None:
    call = plain(MODERN, "names", {}).written()

    answer = guarded.shortly(call)

    assert "members only" in answer.body
    assert answer == guarded.by_sdk(call)
    assert answer.sent == ()


@pytest.mark.anyio
async def test_a_handler_that_was_put_in_place_sees_every_call(
    ledger: Package,
) -> None:
    async def handler(context: Any, params: Any) -> Any:
        return CallToolResult(content=[TextContent(text="replaced")])

    async with started(ledger) as server:
        server.junction.way = server.shortly
        server.junction.tools.add_request_handler(
            "tools/call", CallToolRequestParams, handler
        )
        answer = await asked(server, plain(MODERN, "names", {}).written())

    assert "replaced" in answer.body
    assert answer.sent == ()


@pytest.mark.anyio
async def test_a_server_that_has_stopped_sends_nothing(ledger: Package) -> None:
    call = plain(MODERN, "names", {}).written()
    async with started(ledger) as server:
        server.junction.way = server.shortly
        assert len((await asked(server, call)).sent) == 1

    answer = await asked(server, call)

    assert server.junction.reached_sdk == 1
    assert answer.status == 500
    assert answer.sent == ()


def test_an_unforeseen_exception_is_an_error_in_both_ways(ways: TwoWays) -> None:
    call = plain(MODERN, "names", {}).written()
    unforeseen = ZeroDivisionError("unforeseen")

    by_sdk = ways.by_sdk(call, unforeseen)

    assert ways.shortly(call, unforeseen) == by_sdk
    assert json.loads(by_sdk.body)["error"]["message"] == "Internal error"


@pytest.fixture
def versions(ways: TwoWays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory whose modules Python imports as if they were beside it."""
    places = [*ways.server.runtime("mcp").__path__, str(tmp_path)]
    monkeypatch.setattr(ways.server.runtime("mcp"), "__path__", places)
    return tmp_path


def test_every_check_is_needed(ways: TwoWays, guarded: TwoWays, versions: Path) -> None:
    direct = Path(ways.server.runtime("mcp.fast_path").__file__ or "")
    call = plain(LEGACY, "names", {}).written()
    expected = [
        (ways, [(it, ways.by_sdk(it)) for it in direct_cases.requests()]),
        (guarded, [(call, guarded.by_sdk(call))]),
    ]
    needless = []

    for number, (check, sources) in enumerate(
        without_a_check(direct.read_text("utf-8"))
    ):
        copies = [
            changed(versions / f"fast_path_{number}_{version}.py", source, ways)
            for version, source in enumerate(sources)
        ]
        if not any(differs(copy, expected) for copy in copies):
            needless.append(check)

    assert number >= 40
    assert not needless, needless


def test_the_sdk_is_as_it_was_read() -> None:
    changed = list(sdk_checks.changed())

    assert not changed, "\n".join([sdk_checks.ADVICE, *changed])


@pytest.mark.anyio
@pytest.mark.parametrize(("mode", "revision"), [("legacy", LEGACY), ("auto", MODERN)])
async def test_calls_of_the_official_client_take_the_short_way(
    ledger: Package, mode: str, revision: str
) -> None:
    async with listening(ledger) as (server, url), Client(url, mode=mode) as client:
        assert client.protocol_version == revision
        assert len((await client.list_tools()).tools) == 7
        reached_sdk = server.junction.reached_sdk
        answers = [
            await client.call_tool("report"),
            await client.call_tool("book", {"account": "ü", "amount": 2**70}),
            await client.call_tool("entries", {"account": ".."}),
        ]
        assert server.junction.reached_sdk == reached_sdk
        with pytest.raises(MCPError, match="no-such-tool"):
            await client.call_tool("no-such-tool")
        assert server.junction.reached_sdk == reached_sdk + 1

    assert [answer.is_error for answer in answers] == [False, False, True]
    assert answers[0].structured_content is not None
    report, booked = server.upstream.mock.requests
    assert report.url.endswith("/report")
    assert json.loads(booked.body)["amount"] == 2**70


@asynccontextmanager
async def listening(package: Package) -> AsyncIterator[tuple[Server, str]]:
    """Serve a package over HTTP, on a port of the system's choice."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with started(package, port) as server, anyio.create_task_group() as tasks:
            server.junction.way = server.shortly
            config = uvicorn.Config(server.app, lifespan="off", log_level="warning")
            http = uvicorn.Server(config)
            tasks.start_soon(partial(http.serve, sockets=[listener]))
            yield server, f"http://127.0.0.1:{port}/mcp"
            http.should_exit = True


def changed(path: Path, source: str, ways: TwoWays) -> DirectCalls:
    """Write and import another version of the module."""
    path.write_text(source, "utf-8")
    invalidate_caches()
    direct_calls: DirectCalls = ways.server.runtime(f"mcp.{path.stem}").DirectCalls
    return direct_calls


def differs(
    direct_calls: DirectCalls, expected: list[tuple[TwoWays, Expected]]
) -> bool:
    """Say whether a short way answers anything else than is expected."""
    return any(
        ways.differs(ways.server.junction.short(direct_calls), answers)
        for ways, answers in expected
    )
