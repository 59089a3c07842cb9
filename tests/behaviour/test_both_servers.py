"""A package answers each request of MCP as the official SDK does."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import direct_cases
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from odd_requests import CONSTANT, LEGACY, MODERN, other, plain
from request_strategies import outcomes, requests
from requests_and_answers import Request
from service import Package, compile_spec
from test_resources_and_prompts import compile_fleet
from two_ways import TwoWays, ask, start_server, two_ways

pytestmark = pytest.mark.long

CONFORMANCE = Path(__file__).parents[2] / "specs" / "conformance.yaml"
MORE = "NAFTIKO_DIRECT_CALLS"
"""Names how many requests are compared, 900 if it isn't there; others each time."""


@pytest.fixture(scope="session")
def conformance(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return compile_spec(CONFORMANCE, tmp_path_factory.mktemp("conformance"))


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return compile_fleet(tmp_path_factory.mktemp("fleet"))


@pytest.fixture
def ways(ledger: Package) -> Iterator[TwoWays]:
    with two_ways(ledger) as ways:
        yield ways


@pytest.mark.parametrize("name", ["conformance", "fleet", "ledger"])
def test_every_answer_is_that_of_the_sdk(
    name: str, request: pytest.FixtureRequest
) -> None:
    with two_ways(request.getfixturevalue(name)) as ways:
        compare_answers(ways, int(os.environ.get(MORE, "900")) // 3)


def compare_answers(ways: TwoWays, examples: int) -> None:
    """Compare the answers to requests, plain and odd."""
    errors, reply = map(ways.server.runtime, ("errors", "transport"))

    @settings(
        max_examples=examples,
        derandomize=MORE not in os.environ,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=[Phase.generate, Phase.shrink],
        deadline=None,
    )
    @given(requests(ways.server.lists), outcomes(errors, reply))
    def compare(request: Request, outcome: Any) -> None:
        ours, by_sdk = ways.by_both(request, outcome)
        assert ours == by_sdk

    compare()


def test_odd_requests_are_answered_as_by_the_sdk(ways: TwoWays) -> None:
    for request in direct_cases.requests():
        ours, by_sdk = ways.by_both(request)
        assert ours == by_sdk, request


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
@pytest.mark.parametrize("tool", ["report", "names", "all", "one", "replace"])
def test_calls_are_answered_with_every_outcome(
    ways: TwoWays, revision: str, tool: str
) -> None:
    request = plain(revision, tool, {}).request()
    errors, reply = map(ways.server.runtime, ("errors", "transport"))

    for outcome in direct_cases.outcomes(errors, reply):
        ours, by_sdk = ways.by_both(request, outcome)
        assert ours == by_sdk, outcome


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
@pytest.mark.parametrize("name", ["conformance", "fleet", "ledger"])
def test_lists_and_introductions_are_those_of_the_sdk(
    name: str, revision: str, request: pytest.FixtureRequest
) -> None:
    with two_ways(request.getfixturevalue(name)) as ways:
        for method in CONSTANT[revision]:
            ours, by_sdk = ways.by_both(other(revision, method, "ä").request())
            assert ours == by_sdk, method


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
@pytest.mark.parametrize(
    ("tool", "body", "content"),
    [
        ("all", b'[{"a" : %d}, 1e2, 0.10]', b'{"unexpected":[{"a" : %d}, 1e2, 0.10]}'),
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

    ours, by_sdk = ways.by_both(request, reply)

    assert content % 2**70 in ours.raw.partition(b'"structuredContent":')[2]
    assert ours == by_sdk


async def test_a_server_that_has_stopped_sends_nothing(ledger: Package) -> None:
    call = plain(MODERN, "names", {}).request()
    async with start_server(ledger) as server:
        assert len((await ask(server, call)).sent) == 1

    answer = await ask(server, call)

    assert answer.status == 500
    assert answer.sent == ()


def test_an_unforeseen_exception_is_an_error_in_both_ways(ways: TwoWays) -> None:
    call = plain(MODERN, "names", {}).request()
    unforeseen = ZeroDivisionError("unforeseen")

    ours, by_sdk = ways.by_both(call, unforeseen)

    assert ours == by_sdk
    assert json.loads(by_sdk.body)["error"]["message"] == "Internal error"
