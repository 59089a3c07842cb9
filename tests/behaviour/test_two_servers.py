"""Servers of two packages beside each other: in one application, process or machine."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from html import unescape
from typing import Any

import httpx2
import pytest
from mcp import Client
from service import running
from two_packages import ADAPTERS, NAMES, Pair, Runtime, pair

from recording_upstream import Answer, Received, RecordingUpstream
from waiting import PATIENCE

CALLS = 10
ALLOWED = "books.example"
Servers = dict[tuple[str, str], str]
"""The root of each adapter's URLs, by package and adapter."""


class Echo(RecordingUpstream):
    """An upstream whose responses tell the request."""

    def answer_to(self, request: Received, /) -> Answer:
        # A package removes a key that its upstream repeats.
        owner = (request.field("X-Key") or "").removeprefix("key of ")
        account = {"target": request.target, "owner": owner}
        return Answer(json.dumps(account).encode())


@pytest.fixture(scope="module")
def recorder() -> RecordingUpstream:
    return Echo()


@pytest.fixture(scope="module", params=Runtime, ids=lambda runtime: runtime.name)
def packages(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Pair:
    return pair(request.param, tmp_path_factory.mktemp("pair"))


@contextmanager
def serve_mounted(packages: Pair, env: dict[str, str]) -> Iterator[Servers]:
    """Serve one application with every adapter below a prefix."""
    host = packages.host("host")
    with running(host, "serve", "mounted", *NAMES, **env) as service:
        root = service.urls["host"]
        yield {(n, a): f"{root}/{n}/{a}" for n in NAMES for a in ADAPTERS}
    assert "Traceback" not in service.output


@contextmanager
def serve_gathered(packages: Pair, env: dict[str, str]) -> Iterator[Servers]:
    """Serve every adapter on a port of its own, in one process."""
    host = packages.host(*(f"{n}-{a}" for n in NAMES for a in ADAPTERS))
    with running(host, "serve", "gathered", *NAMES, **env) as service:
        yield {_key(name): url for name, url in service.urls.items()}
    assert "Traceback" not in service.output


@contextmanager
def separate(packages: Pair, env: dict[str, str]) -> Iterator[Servers]:
    """Run the command of each package."""
    with ExitStack() as stack:
        services = [
            stack.enter_context(running(command, "serve", **env))
            for command in packages.commands()
        ]
        urls = [pair for service in services for pair in service.urls.items()]
        yield {_key(name): url.removesuffix("/mcp") for name, url in urls}
    assert not any("Traceback" in service.output for service in services)


def _key(names: str) -> tuple[str, str]:
    name, _, adapter = names.partition("-")
    return name, adapter


@pytest.fixture(
    scope="module",
    params=[serve_mounted, serve_gathered, separate],
    ids=lambda way: way.__name__,
)
def servers(
    request: pytest.FixtureRequest, packages: Pair, address: str
) -> Iterator[Servers]:
    """Serve both packages; one name is allowed for the REST adapter of books."""
    bases = {f"{n.upper()}_BASE_URI": f"http://{address}/{n}-api" for n in NAMES}
    env = {**packages.variables, **bases, "BOOKS_REST_ALLOWED_HOSTS": ALLOWED}
    serving: Callable[..., Any] = request.param
    with serving(packages, env) as group:
        yield group


def expected_response(name: str, number: int) -> dict[str, str]:
    """Return the response of the upstream to a call of one package."""
    return {"target": f"/{name}-api/{name}/{number}", "owner": name}


async def test_each_caller_gets_the_answers_of_its_own_package(
    servers: Servers,
) -> None:
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        await asyncio.gather(
            *(called_by_mcp(servers, name) for name in NAMES),
            *(called_by_rest(servers, name, client) for name in NAMES),
        )


async def called_by_rest(
    servers: Servers, name: str, client: httpx2.AsyncClient
) -> None:
    root = servers[name, "rest"]
    calls = [client.get(f"{root}/items/{number}") for number in range(CALLS)]
    for number, answer in enumerate(await asyncio.gather(*calls)):
        assert answer.json() == expected_response(name, number)


async def called_by_mcp(servers: Servers, name: str) -> None:
    async with Client(servers[name, "mcp"] + "/mcp") as client:
        assert client.server_info
        assert client.server_info.name == f"{name}-mcp"
        assert [tool.name for tool in (await client.list_tools()).tools] == ["find"]
        calls = [client.call_tool("find", {"id": str(n)}) for n in range(CALLS)]
        for number, result in enumerate(await asyncio.gather(*calls)):
            [content] = result.content
            assert content.type == "text"
            assert json.loads(content.text) == expected_response(name, number)


async def test_the_guards_of_each_adapter_apply(servers: Servers) -> None:
    def statuses(headers: dict[str, str]) -> dict[tuple[str, str], int]:
        return {
            which: httpx2.get(f"{url}/", headers=headers, timeout=PATIENCE).status_code
            for which, url in servers.items()
        }

    assert set(statuses({}).values()) == {200}
    assert set(statuses({"Host": "evil.example"}).values()) == {421}
    assert set(statuses({"Origin": "http://evil.example"}).values()) == {403}
    codes = statuses({"Host": ALLOWED})
    assert codes.pop(("books", "rest")) == 200
    assert set(codes.values()) == {421}


async def test_the_page_of_each_adapter_tells_its_address(servers: Servers) -> None:
    for name in NAMES:
        rest, mcp = (servers[name, adapter] for adapter in ADAPTERS)
        page = httpx2.get(f"{mcp}/", timeout=PATIENCE).json()
        assert (page["name"], page["url"]) == (f"{name}-mcp", f"{mcp}/mcp")
        accept = {"Accept": "text/html"}
        html = httpx2.get(f"{rest}/", headers=accept, timeout=PATIENCE).text
        assert f"curl '{rest}/items/" in unescape(html)


async def test_an_mcp_server_refuses_the_same_requests_everywhere(
    servers: Servers,
) -> None:
    for name in NAMES:
        url = servers[name, "mcp"] + "/mcp"
        assert httpx2.get(url, timeout=PATIENCE).status_code == 405
        accept = {"Accept": "application/json, text/event-stream"}
        text = {**accept, "Content-Type": "text/plain"}
        response = httpx2.post(url, content=b"{}", headers=text, timeout=PATIENCE)
        assert response.status_code == 415
        json_type = {**accept, "Content-Type": "application/json"}
        twice = b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}'
        response = httpx2.post(url, content=twice, headers=json_type, timeout=PATIENCE)
        assert response.status_code == 400
        assert response.headers["X-Content-Type-Options"] == "nosniff"
