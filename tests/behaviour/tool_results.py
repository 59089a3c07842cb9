"""Results of tools."""

from mcp.types import CallToolResult, TextContent


def text(result: CallToolResult) -> str:
    """Return the only content of a result, which is a text."""
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text
