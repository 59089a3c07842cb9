"""Each client gets the response to its own request, even if an upstream sends more."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from service import Package, Service, compile_text, running
from talkative_upstream import EXTRAS, RESPONSES, TalkativeUpstream, own
from tool_results import text

from package_runtimes import own_runtime
from recording_upstream import accepting

pytestmark = pytest.mark.long

THINGS = Path(__file__).with_name("own_responses.yaml").read_text("utf-8")
DISTRUST = re.compile(r"^DISTRUST = .*$", re.MULTILINE)
WITH_BODY = ("counted", "chunked", "gzipped", "interim")
WITHOUT_BODY = {"empty": 204, "empty-and-length": 204, "unchanged": 304, "nothing": 200}
MANY_HEADS = {"many-interim", "empty-lines"}
"""Responses after so many heads or empty lines that the connection is ended."""
REFUSED = MANY_HEADS | {"tiny-chunks", "line-feeds"}
KEPT = [kind for kind in RESPONSES if kind not in REFUSED]
"""Responses that are accepted, so that their connection is used again."""
ROUNDS = 10 if "NAFTIKO_FULL_LOAD" in os.environ else 2
"""Rounds of five calls for each pair of a response and its extra bytes.

The first round leaves connections to the calls of the next one.
"""


@pytest.fixture(scope="module", params=["trusting", "as-generated"])
def package(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Package:
    """Return a package, or one that goes on to keep connections to such an upstream."""
    package = compile_text(THINGS, tmp_path_factory.mktemp(request.param), "things")
    if request.param == "trusting":
        _trust(own_runtime(package.project, "things") / "upstream" / "connection.py")
    return package


def _trust(module: Path) -> None:
    text, count = DISTRUST.subn("DISTRUST = 0.0", module.read_text(encoding="utf-8"))
    assert count == 1
    module.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def upstream() -> TalkativeUpstream:
    return TalkativeUpstream()


@pytest.fixture(autouse=True)
def silent(upstream: TalkativeUpstream) -> None:
    upstream.is_split = upstream.is_closing = upstream.is_early = False
    upstream.extra = b""
    upstream.seen.clear()


@pytest.fixture(scope="module")
async def root(upstream: TalkativeUpstream) -> AsyncIterator[str]:
    async with accepting(upstream.serve) as address:
        yield f"http://{address}"


@pytest.fixture(scope="module")
def service(package: Package, root: str) -> Iterator[Service]:
    with running(package, THINGS_BASE_URI=root) as process:
        yield process


@pytest.fixture
async def tools(service: Service) -> AsyncIterator[Client]:
    async with Client(service.url("mcp"), mode="2026-07-28") as client:
        yield client


@pytest.mark.parametrize("kind", sorted(REFUSED))
async def test_a_response_after_very_many_others_or_in_very_many_parts_is_none(
    rest: httpx2.AsyncClient, upstream: TalkativeUpstream, kind: str
) -> None:
    answer = await rest.post(f"/things/{kind}~1", json={})
    assert answer.status_code == 502
    assert upstream.seen == ["POST 1"]
    following = "interim" if kind in MANY_HEADS else "chunked"
    assert (await rest.get(f"/things/{following}~2")).content == own("2")


@pytest.mark.parametrize("kind", ["small-chunks", "few-tiny-chunks"])
async def test_small_chunks_are_read(rest: httpx2.AsyncClient, kind: str) -> None:
    answer = await rest.get(f"/things/{kind}~1")

    assert (answer.status_code, answer.content.lstrip()) == (200, own("1"))


async def ask(rest: httpx2.AsyncClient, method: str, kind: str, number: int) -> None:
    body = {"a": "b" * 1000} if method == "POST" else None
    response = await rest.request(method, f"/things/{kind}~{number}", json=body)
    assert (response.status_code, response.content) == (200, own(str(number)))


async def call(tools: Client, kind: str, number: int) -> None:
    result = await tools.call_tool("get", {"name": f"{kind}~{number}"})
    assert text(result) == own(str(number)).decode()


def calls(
    rest: httpx2.AsyncClient, tools: Client, kind: str, number: int
) -> list[Coroutine[object, object, None]]:
    """Return the calls of all callers: over REST and over MCP."""
    return [
        ask(rest, "GET", kind, number),
        ask(rest, "POST", kind, number + 100),
        call(tools, kind, number + 200),
        ask(rest, "GET", kind, number + 300),
        call(tools, kind, number + 400),
    ]


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize("kind", WITH_BODY)
async def test_bytes_in_the_segment_of_a_response(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: TalkativeUpstream,
    kind: str,
    extra: str,
) -> None:
    upstream.extra = EXTRAS[extra]
    for number in range(ROUNDS):
        await asyncio.gather(*calls(rest, tools, kind, number))
    assert len(upstream.seen) == len(set(upstream.seen)) == 5 * ROUNDS


async def call_in_turn(
    upstream: TalkativeUpstream, pending: Iterable[Coroutine[object, object, None]]
) -> None:
    """Make calls, each after the upstream has sent all for the one before."""
    for call in pending:
        upstream.sent.clear()
        await call
        await upstream.sent.wait()


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize("kind", ["counted", "chunked", "interim"])
async def test_bytes_between_two_requests(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: TalkativeUpstream,
    kind: str,
    extra: str,
) -> None:
    upstream.extra = EXTRAS[extra]
    upstream.is_split = True
    for number in range(ROUNDS):
        await call_in_turn(upstream, calls(rest, tools, kind, number))
    assert len(upstream.seen) == len(set(upstream.seen)) == 5 * ROUNDS


@pytest.mark.parametrize("is_split", [False, True], ids=["one-segment", "two"])
@pytest.mark.parametrize("extra", ["response", "body", "line-end"])
@pytest.mark.parametrize("kind", WITHOUT_BODY)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
async def test_bytes_after_a_response_without_a_body(
    rest: httpx2.AsyncClient,
    upstream: TalkativeUpstream,
    method: str,
    kind: str,
    extra: str,
    *,
    is_split: bool,
) -> None:
    path = "/heads/" if method == "HEAD" else "/things/"
    for number in range(ROUNDS):
        upstream.extra, upstream.is_split = EXTRAS[extra], is_split
        upstream.sent.clear()
        response = await rest.request(method, f"{path}{kind}~{number}")
        assert response.status_code == WITHOUT_BODY[kind]
        assert response.content == b""
        await upstream.sent.wait()
        upstream.extra, upstream.is_split = b"", False
        await ask(rest, "GET", "counted", number + 100)


@pytest.mark.parametrize("extra", EXTRAS)
async def test_bytes_after_the_head_of_a_body(
    rest: httpx2.AsyncClient, upstream: TalkativeUpstream, extra: str
) -> None:
    for number in range(ROUNDS):
        upstream.extra = EXTRAS[extra]
        response = await rest.head(f"/heads/counted~{number}")
        assert response.status_code == 200
        upstream.extra = b""
        await ask(rest, "GET", "counted", number + 100)


async def test_the_end_of_a_connection_after_a_response(
    rest: httpx2.AsyncClient, tools: Client, upstream: TalkativeUpstream
) -> None:
    upstream.is_closing = True
    for number in range(10 * ROUNDS):
        await call_in_turn(upstream, calls(rest, tools, "counted", number))
    # A request that had met the end would have been sent again, or lost.
    assert len(upstream.seen) == len(set(upstream.seen)) == 50 * ROUNDS


async def test_a_response_before_the_request_was_written(
    rest: httpx2.AsyncClient, upstream: TalkativeUpstream
) -> None:
    for number in range(ROUNDS):
        upstream.is_early = False
        await ask(rest, "GET", "counted", number)
        upstream.is_early = True
        body = {"a": "b" * 3_000_000}
        response = await rest.post(f"/things/counted~{number + 100}", json=body)
        assert response.status_code in (200, 502)
        if response.status_code == 200:
            assert response.content == own(str(number + 100))


async def test_connections_are_kept_to_an_upstream_that_sends_no_more(
    package: Package, tmp_path: Path
) -> None:
    upstream = TalkativeUpstream()
    async with accepting(upstream.serve) as address:
        with running(package, THINGS_BASE_URI=f"http://{address}") as process:
            async with process.client() as rest:
                for number, kind in enumerate(KEPT):
                    await rest.get(f"/things/{kind}~{number}")
    assert upstream.connections == 1
    distrusting = compile_text(THINGS, tmp_path, "things")
    upstream = TalkativeUpstream()
    async with accepting(upstream.serve) as address:
        with running(distrusting, THINGS_BASE_URI=f"http://{address}") as process:
            async with process.client() as rest:
                upstream.extra = EXTRAS["response"]
                for number in range(1, 6):
                    await ask(rest, "GET", "counted", number)
                    upstream.extra = b""
    assert upstream.connections == 5
