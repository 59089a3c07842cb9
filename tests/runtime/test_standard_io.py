"""Calls on standard input whose clients don't wait for them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import pytest

from naftiko_runtime.mcp.offers import Offer, ServerInfo
from naftiko_runtime.mcp.stdio import Output, Session
from naftiko_runtime.observing.stop import Stop

CLIENT = {"name": "tests", "version": "1"}
INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": CLIENT}
CALL = {"name": "wait", "arguments": {}}


@asynccontextmanager
async def connect() -> AsyncIterator[str]:
    yield "client"


def message(method: str, identity: int | None, **params: object) -> str:
    members = {} if identity is None else {"id": identity}
    document = {"jsonrpc": "2.0", **members, "method": method, "params": params}
    return f"{json.dumps(document)}\n"


@pytest.mark.parametrize("ends_by", ["cancellation", "end"])
def test_a_call_ends_that_nobody_waits_for(ends_by: str) -> None:
    states = []

    async def wait(client: str) -> str:
        states.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            states.append("ended")
        return ""

    async def converse() -> list[int]:
        info = ServerInfo("books", "1", "books mcp-config", None)
        offer = Offer(
            info, tools=[], connect=connect, variables="BOOKS", extra_tools=[wait]
        )
        wire = BytesIO()
        async with offer.open(), asyncio.TaskGroup() as tasks:
            session = Session(offer, Output(wire), tasks)
            await session.take(message("initialize", 1, **INITIALIZE))
            await session.take(message("tools/call", 2, **CALL))
            await asyncio.sleep(0)
            if ends_by == "cancellation":
                await session.take(
                    message("notifications/cancelled", None, requestId=2)
                )
            await session.take(message("ping", 3))
            await session.end(Stop(grace=0.01))
        return [json.loads(line)["id"] for line in wire.getvalue().splitlines()]

    assert asyncio.run(converse()) == [1, 3]
    assert states == ["begun", "ended"]
