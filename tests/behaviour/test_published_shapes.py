"""Documents in the spelling of catalogues work as their authors intended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from mcp import Client
from service import compiled, running

from recording_upstream import Answer, RecordingUpstream
from waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from service import Package, Service

pytestmark = pytest.mark.anyio

PUBLISHED = Path(__file__).with_name("published.yaml")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return compiled(PUBLISHED, tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def service(published: Package, address: str) -> Iterator[Service]:
    where = f"http://{address}"
    with running(published, THINGS_BASEURL=where, WHOLE_BASEURL=where) as process:
        yield process


@pytest.fixture
async def rest(service: Service) -> AsyncIterator[httpx2.AsyncClient]:
    url = service.url("published-rest")
    async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "route", "target"),
    [
        ("GET", "/things/a%2Fb", "/v2/things/a%2Fb"),
        ("GET", "/things/a/b.json", "/v2/things/a/b.json"),
        ("GET", "/things(owner='a b')?page=2", "/v2/things(owner='a%20b')?page=2"),
        ("GET", "/ListMonitors", "/api/monitors"),
        ("POST", "/monitors/7/mute", "/api/monitors/7/mute"),
    ],
)
async def test_routes_reach_the_paths_that_are_meant(
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    method: str,
    route: str,
    target: str,
) -> None:
    answer = await rest.request(method, route)
    assert answer.status_code == 200, answer.text
    assert (upstream.only.method, upstream.only.target) == (method, target)


async def test_head_is_answered_by_head(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(b"")
    assert (await rest.head("/monitors/7")).status_code == 200
    assert (upstream.only.method, upstream.only.target) == ("HEAD", "/api/monitors/7")


async def test_parameters_without_a_place_and_with_structure_are_the_body(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    answer = await rest.post("/things/a:scale", json={"size": 3, "most": 5})
    assert answer.status_code == 200, answer.text
    assert upstream.only.target == "/v2/things/a:scale"
    assert upstream.only.json == {"size": 3, "limits": {"most": 5, "unit": "node"}}


async def test_a_skills_own_call_is_made_by_a_tool(
    service: Service, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(b'{"items": [1, 2], "box": {"length": 7}}')
    async with Client(service.url("mcp")) as tools:
        result = await tools.call_tool("find-things", {"who": "x y", "number": 3})
    assert upstream.only.target == "/v2/things(owner='x%20y')?page=3"
    assert result.structured_content == {"found": [1, 2], "count": 2, "length": 7}
