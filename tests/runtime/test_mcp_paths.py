"""MCP below a prefix: in another application, or behind a proxy that removes it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from naftiko_runtime.mcp.http import create_mcp_app
from naftiko_runtime.mcp.server import ToolServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from httpx2 import Response

HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-11-25",
}


class Watched(ToolServer[str]):
    """A server that counts the calls of the fast path."""

    direct_calls = 0

    @property
    def client(self) -> str | None:
        self.direct_calls += 1
        return super().client


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "the client"


async def say(client: str) -> str:
    return "hello"


@pytest.fixture
def server() -> Watched:
    return Watched(
        name="books",
        version="1",
        instructions=None,
        tools=[],
        connect=connect,
        configure="books mcp-config",
        extra_tools=[say],
    )


@pytest.fixture
def mounted(server: Watched) -> Iterator[TestClient]:
    app = create_mcp_app(server, "BOOKS")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app.router.lifespan_context(app):
            yield

    host = Starlette(routes=[Mount("/books", app)], lifespan=lifespan)
    with TestClient(host, base_url="http://localhost") as client:
        yield client


def post(client: TestClient, message: str) -> Response:
    return client.post("/books/mcp", content=message, headers=HEADERS)


def call(**members: Any) -> str:
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", **members}
    return json.dumps(request)


def test_an_ambiguous_message_is_refused(mounted: TestClient) -> None:
    message = call(params={"name": "say"}).replace('"id": 1', '"id": 1, "id": 2')

    response = post(mounted, message)

    assert response.status_code == 400
    assert "twice" in response.text


def test_the_fast_path_is_taken(mounted: TestClient, server: Watched) -> None:
    response = post(mounted, call(params={"name": "say"}))

    assert response.json()["result"]["content"] == [{"type": "text", "text": "hello"}]
    assert server.direct_calls == 1


def test_a_stream_is_refused(mounted: TestClient) -> None:
    assert mounted.get("/books/mcp").status_code == 405


def test_the_page_names_the_whole_address(mounted: TestClient) -> None:
    assert mounted.get("/books/").json()["url"] == "http://localhost/books/mcp"
