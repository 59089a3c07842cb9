"""Calls of tools by each way, and their results."""

from collections.abc import Mapping
from typing import Any

from mcp import Client
from mcp.types import CallToolResult, TextContent
from odd_requests import LEGACY, plain, post


async def call_plainly(url: str, tool: str, arguments: Mapping[str, Any]) -> Any:
    """Call a tool by a plain request; return the result of the response."""
    answer = await post(url, plain(LEGACY, tool, arguments))
    assert "result" in answer.json(), answer.text
    return answer.json()["result"]


async def call_both_ways(url: str, tool: str, arguments: Mapping[str, Any]) -> Any:
    """Return the result of a tool by both ways of MCP, which are equal."""
    async with Client(url) as client:
        by_sdk = await client.call_tool(tool, dict(arguments))
    result = await call_plainly(url, tool, arguments)
    assert result.get("isError", False) == bool(by_sdk.is_error)
    assert result.get("structuredContent") == by_sdk.structured_content
    assert result["content"] == [
        content.model_dump(mode="json", by_alias=True, exclude_none=True)
        for content in by_sdk.content
    ]
    return result


def text(result: CallToolResult) -> str:
    """Return the only content of a result, which is a text."""
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text
