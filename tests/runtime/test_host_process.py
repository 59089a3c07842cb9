"""Applications in a user's own process, which they leave as it is."""

from __future__ import annotations

import asyncio
import gc
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from mcp import Client
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from naftiko_runtime.mcp.http import create_mcp_app
from naftiko_runtime.mcp.server import ToolServer
from naftiko_runtime.rest.app import Route, create_rest_app
from naftiko_runtime.serving.listening import tune_memory
from naftiko_runtime.transport import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp

OPENAPI = json.dumps({"info": {"title": "Books"}, "paths": {}}).encode()


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "client"


async def say_hello(client: str) -> Reply:
    return Reply(200, (), b"hello")


def rest_app() -> Starlette:
    routes = [Route("GET", "/hello", say_hello)]
    return create_rest_app(routes, connect, openapi=OPENAPI, variables="BOOKS")


def tool_server() -> ToolServer[str]:
    return ToolServer(
        "books",
        version="1",
        instructions=None,
        tools=[],
        connect=connect,
        configure="books mcp-config",
    )


def applications() -> Iterator[ASGIApp]:
    yield rest_app()
    yield create_mcp_app(tool_server(), "BOOKS")


def test_applications_do_not_tune_the_process() -> None:
    # An earlier run of the compiler in this process may have frozen objects.
    gc.unfreeze()
    before = gc.get_threshold()

    for app in applications():
        with TestClient(app, base_url="http://localhost") as client:
            assert client.get("/").status_code == 200

    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_a_call_outside_the_lifespan_is_explained(
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = Starlette(routes=[Mount("/books", rest_app())])

    with TestClient(host, base_url="http://localhost") as client:
        response = client.get("/books/hello")

    assert response.status_code == 500
    assert "enter app.router.lifespan_context(app)" in caplog.text


def test_a_server_that_fails_keeps_no_closed_client() -> None:
    server = tool_server()

    async def fail() -> None:
        async with Client(server):
            raise ConnectionError

    with pytest.raises(ExceptionGroup):
        asyncio.run(fail())

    assert server.client is None


def test_the_command_line_tunes_it() -> None:
    before = gc.get_threshold()
    try:
        tune_memory()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() != before
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
