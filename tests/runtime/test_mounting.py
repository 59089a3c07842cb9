"""Applications that another application mounts below a prefix."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.routing import Mount, Router
from starlette.testclient import TestClient

from naftiko_runtime.http.messages import own_path
from naftiko_runtime.inputs import STRING
from naftiko_runtime.mcp.http import create_mcp_app
from naftiko_runtime.mcp.offers import Offer, ServerInfo
from naftiko_runtime.rest import Path, Route, create_rest_app
from naftiko_runtime.transport import Reply

PATHS = {"/items/{isbn}": {"get": {"summary": "Return an item."}}}
OPENAPI = json.dumps({"info": {"title": "Books"}, "paths": PATHS}).encode()
PREFIXES = ("/books", "/a/b", "/mcp", "/b%C3%BCcher%20kaufen", "/100%25")
"""Prefixes as clients send them."""
PLAIN = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2025-11-25",
}


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "client"


async def echo(client: str, *, isbn: str) -> Reply:
    """Return the ISBN."""
    return Reply(200, ((b"Content-Type", b"text/plain"),), isbn.encode())


def mount(app: Any, prefix: str) -> TestClient:
    """Mount an application, and run its lifespan with that of the host."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with app.router.lifespan_context(app):
            yield

    host = Router([Mount(unquote(prefix), app)], lifespan=lifespan)
    return TestClient(host, base_url="http://localhost")


def call(isbn: str) -> dict[str, Any]:
    """Return the message that calls the tool."""
    params = {"name": "echo", "arguments": {"isbn": isbn}}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def offer() -> Offer[str]:
    return Offer(
        ServerInfo("books", "1", "books mcp-config", None),
        tools=[],
        connect=connect,
        variables="BOOKS",
        extra_tools=[echo],
    )


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_mounted_rest_application_has_its_routes(prefix: str) -> None:
    routes = [Route("GET", "/items/{isbn}", echo, [Path("isbn", STRING)])]
    app = create_rest_app(routes, connect, openapi=OPENAPI, variables="BOOKS")

    with mount(app, prefix) as client:
        assert client.get(f"{prefix}/items/a%2Fb").text == "a/b"
        assert client.get(f"{prefix}/openapi.json").json() == json.loads(OPENAPI)
        assert client.get(f"{prefix}/other").status_code == 404
        page = client.get(f"{prefix}/", headers={"Accept": "text/html"}).text
        assert f"http://localhost{prefix}/items/" in page


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_mounted_mcp_server_has_its_tools(prefix: str) -> None:
    with mount(create_mcp_app(offer(), "BOOKS"), prefix) as client:
        answer = client.post(f"{prefix}/mcp", json=call("12"), headers=PLAIN)

    assert answer.json()["result"]["content"] == [{"type": "text", "text": "12"}]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_mounted_mcp_server_answers_as_any(prefix: str) -> None:
    params = {"cursor": None}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params}
    ambiguous = json.dumps(call("12")).replace('"id": 1', '"id": 1, "id": 2')
    headers = {**PLAIN, "Content-Type": "application/json"}

    with mount(create_mcp_app(offer(), "BOOKS"), prefix) as client:
        answer = client.post(f"{prefix}/mcp", json=message, headers=PLAIN)
        refusal = client.post(f"{prefix}/mcp", content=ambiguous, headers=headers)
        page = client.get(f"{prefix}/").json()
        stream = client.get(f"{prefix}/mcp")

    assert [tool["name"] for tool in answer.json()["result"]["tools"]] == ["echo"]
    assert (refusal.status_code, "twice" in refusal.text) == (400, True)
    assert page["url"] == f"http://localhost{prefix}/mcp"
    assert stream.status_code == 405


@pytest.mark.parametrize(
    ("root", "path", "own"),
    [
        ("", "/mcp", "/mcp"),
        ("/books", "/books/mcp", "/mcp"),
        ("/books", "/booksmcp", "/booksmcp"),
        ("/books", "/mcp", "/mcp"),
    ],
    ids=["no prefix", "a prefix", "a longer name", "a prefix that was removed"],
)
def test_a_prefix_is_removed_once(root: str, path: str, own: str) -> None:
    assert own_path({"path": path, "root_path": root}) == own
