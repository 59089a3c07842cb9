"""The short way of plain tool calls: its responses equal the SDK's."""

import json
import os
import socket
from collections.abc import AsyncIterator, Iterator
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
from odd_requests import CONSTANT, LEGACY, MODERN, other, plain
from request_strategies import outcomes, requests
from service import Package, compile_spec
from two_ways import Expected, Request, Server, TwoWays, ask, start_server, two_ways

pytestmark = pytest.mark.long

CONFORMANCE = Path(__file__).parents[2] / "specs" / "conformance.yaml"
MORE = "NAFTIKO_DIRECT_CALLS"
"""Names how many requests are compared, 800 if it isn't there; others each time."""


@pytest.fixture(scope="session")
def conformance(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return compile_spec(CONFORMANCE, tmp_path_factory.mktemp("conformance"))


@pytest.fixture
def ways(ledger: Package) -> Iterator[TwoWays]:
    with two_ways(ledger) as ways:
        yield ways


@pytest.mark.parametrize("name", ["conformance", "ledger"])
def test_every_answer_is_that_of_the_sdk(
    name: str, request: pytest.FixtureRequest
) -> None:
    with two_ways(request.getfixturevalue(name)) as ways:
        number = compare_answers(ways, int(os.environ.get(MORE, "800")) // 2)

        assert 0 < ways.server.junction.reached_sdk < 0.75 * number


def compare_answers(ways: TwoWays, examples: int) -> int:
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
def test_plain_calls_are_answered_directly_with_every_outcome(
    ways: TwoWays, revision: str, tool: str
) -> None:
    request = plain(revision, tool, {}).request()
    errors, reply = map(ways.server.runtime, ("errors", "transport"))

    for outcome in direct_cases.outcomes(errors, reply):
        answer = ways.shortly(request, outcome)
        assert ways.server.junction.reached_sdk == 0
        assert answer == ways.by_sdk(request, outcome), outcome


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
@pytest.mark.parametrize("name", ["conformance", "ledger"])
def test_constants_are_answered_directly(
    name: str, revision: str, request: pytest.FixtureRequest
) -> None:
    with two_ways(request.getfixturevalue(name)) as ways:
        kinds = {part.key for part in ways.server.junction.offer.contents} | {"tools"}
        for method in CONSTANT[revision]:
            asked_for = other(revision, method, "ä").request()
            answer = ways.shortly(asked_for)
            is_absent = "list" in method and method.split("/")[0] not in kinds
            # The status of a method that there isn't is another one in 2026-07-28.
            by_sdk = is_absent and revision == MODERN
            assert ways.server.junction.reached_sdk == by_sdk, method
            assert answer == ways.by_sdk(asked_for), method
            ways.server.junction.reached_sdk = 0


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
@pytest.mark.parametrize(
    ("tool", "body", "content"),
    [
        ("all", b'[{"a" : %d}, 1e2, 0.10]', b'{"unexpected":[{"a" : %d}, 1e2, 0.10]}'),
        ("all", b'{"a" : %d, "b": 1e2}', b'{"a" : %d, "b": 1e2}'),
        ("one", b' {"a" : %d, "b": 1e2}', b' {"a" : %d, "b": 1e2}'),
        ("one", b"%d", b'{"result":%d}'),
        ("report", b'{"meta": {"total" : %d}}', b'{"total": %d, "nested": {}}'),
    ],
)
def test_structured_content_is_spelt_as_the_answer_was(
    ways: TwoWays, revision: str, tool: str, body: bytes, content: bytes
) -> None:
    request = plain(revision, tool, {}).request()
    reply = ways.server.runtime("transport").Reply(200, (), body % 2**70)

    answer = ways.shortly(request, reply)

    assert content % 2**70 in answer.raw.partition(b'"structuredContent":')[2]
    assert answer == ways.by_sdk(request, reply)


async def test_a_server_that_has_stopped_sends_nothing(ledger: Package) -> None:
    call = plain(MODERN, "names", {}).request()
    async with start_server(ledger) as server:
        server.junction.way = server.shortly
        assert len((await ask(server, call)).sent) == 1

    answer = await ask(server, call)

    assert server.junction.reached_sdk == 1
    assert answer.status == 500
    assert answer.sent == ()


def test_an_unforeseen_exception_is_an_error_in_both_ways(ways: TwoWays) -> None:
    call = plain(MODERN, "names", {}).request()
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


@pytest.mark.parametrize(
    ("module", "name", "others", "least"),
    [
        ("transports", "DirectCalls", "_plain_headers _agrees", 12),
        (
            *("offers", "plain_request"),
            "is_identity _has_parameters _are_capabilities _is_envelope _is_client",
            26,
        ),
        ("offers", "PlainAnswers", "", 1),
    ],
)
def test_every_check_is_needed(
    ways: TwoWays, versions: Path, module: str, name: str, others: str, least: int
) -> None:
    expected = [(it, ways.by_sdk(it)) for it in direct_cases.requests()]
    source = Path(ways.server.runtime(f"mcp.{module}").__file__ or "")
    needless = []

    for number, (check, sources) in enumerate(
        without_a_check(source.read_text("utf-8"), name, *others.split())
    ):
        copies = [
            import_changed(versions / f"{name}_{number}_{version}.py", copy, name, ways)
            for version, copy in enumerate(sources)
        ]
        if not any(differs(copy, name, ways, expected) for copy in copies):
            needless.append(check)

    assert number >= least
    assert not needless, needless


def test_the_sdk_is_as_it_was_read() -> None:
    changes = list(sdk_checks.changed_sources())

    assert not changes, "\n".join([sdk_checks.ADVICE, *changes])


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
    report, booking = server.upstream.mock.requests
    assert report.url.endswith("/report")
    assert json.loads(booking.body)["amount"] == 2**70


@asynccontextmanager
async def listening(package: Package) -> AsyncIterator[tuple[Server, str]]:
    """Serve a package over HTTP, on a port of the system's choice."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with (
            start_server(package, port) as server,
            anyio.create_task_group() as tasks,
        ):
            server.junction.way = server.shortly
            config = uvicorn.Config(server.app, lifespan="off", log_level="warning")
            http = uvicorn.Server(config)
            tasks.start_soon(partial(http.serve, sockets=[listener]))
            yield server, f"http://127.0.0.1:{port}/mcp"
            http.should_exit = True


def import_changed(path: Path, source: str, name: str, ways: TwoWays) -> Any:
    """Write and import another version of a module, and return a part of it."""
    path.write_text(source, "utf-8")
    invalidate_caches()
    return getattr(ways.server.runtime(f"mcp.{path.stem}"), name)


def differs(part: Any, name: str, ways: TwoWays, expected: Expected) -> bool:
    """Say whether the short way with such a part answers anything else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways.server.runtime("mcp.transports"), name, part)
        return ways.differs(ways.server.shortly, expected)
