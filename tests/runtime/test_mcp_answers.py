"""The results of an MCP adapter for errors upstream and for unknown arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client

from notes_package import NotesPackage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

TOOLS: dict[str, dict[str, Any]] = {
    "add-note": {"body": {"title": "first"}},
    "get-note": {"id": "1"},
    "get-feed": {},
}
EVERY_TOOL = pytest.mark.parametrize(("tool", "arguments"), TOOLS.items(), ids=TOOLS)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> NotesPackage:
    return NotesPackage("notes_over_mcp", tmp_path_factory.mktemp("notes"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def upstream(package: NotesPackage) -> Any:
    return package.module("mock").create_mock()


@pytest.fixture
async def mcp(package: NotesPackage, upstream: Any) -> AsyncIterator[Client]:
    server = package.module("mcp_server").create_server(package.connection(upstream))
    async with Client(server) as client:
        yield client


async def test_every_tool_is_tested(mcp: Client) -> None:
    assert [tool.name for tool in (await mcp.list_tools()).tools] == list(TOOLS)


@EVERY_TOOL
async def test_an_error_can_be_read(
    mcp: Client,
    upstream: Any,
    package: NotesPackage,
    tool: str,
    arguments: dict[str, Any],
) -> None:
    upstream.reply = package.reply(429, ((b"retry-after", b"3600"),), b"slow down")

    result = await mcp.call_tool(tool, arguments)

    assert result.is_error
    assert "429" in str(result.content)
    assert "Retry-After: 3600" in str(result.content)
    assert "slow down" in str(result.content)


@EVERY_TOOL
async def test_an_unknown_argument_is_refused(
    mcp: Client, upstream: Any, tool: str, arguments: dict[str, Any]
) -> None:
    result = await mcp.call_tool(tool, {**arguments, "no such argument": 1})

    assert result.is_error
    assert "no such argument" in str(result.content)
    assert not upstream.requests
