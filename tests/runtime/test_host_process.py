"""Applications in a user's own process, which they leave as it is."""

from __future__ import annotations

import gc
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.testclient import TestClient

from naftiko_runtime.mcp.http import create_mcp_app
from naftiko_runtime.mcp.server import ToolServer
from naftiko_runtime.rest.app import create_rest_app
from naftiko_runtime.serving.memory import tune_memory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp

OPENAPI = json.dumps({"info": {"title": "Books"}, "paths": {}}).encode()


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "client"


def applications() -> Iterator[ASGIApp]:
    yield create_rest_app([], connect, openapi=OPENAPI, variables="BOOKS")
    server = ToolServer(
        "books",
        version="1",
        instructions=None,
        tools=[],
        connect=connect,
        configure="books mcp-config",
    )
    yield create_mcp_app(server, "BOOKS")


def test_applications_do_not_tune_the_process() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()

    for app in applications():
        with TestClient(app, base_url="http://localhost") as client:
            assert client.get("/").status_code == 200

    assert (gc.get_threshold(), gc.get_freeze_count()) == before


def test_the_command_line_tunes_it() -> None:
    before = gc.get_threshold()
    try:
        tune_memory()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() != before
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
