"""The page of an MCP server: its tools, and how to connect a client."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from mcp.types import Tool

ADDRESS = "Give this URL to an MCP client. The transport is Streamable HTTP."
CONFIGURATION = (
    "Or let this command print the configuration for a client, and add --install to"
    " write it into the client's file. Without a name it lists the clients."
)


@dataclass(frozen=True, slots=True)
class ToolsPage:
    """The content of the page; `configure` is the command that configures clients."""

    name: str
    description: str
    tools: list[Tool]
    configure: str

    def index(self, root: str) -> dict[str, Any]:
        """Return the URL, the command that configures clients, and the tools."""
        tools = [
            {"name": one.name, "description": one.description or ""}
            for one in self.tools
        ]
        return {"url": _url(root), "configure": self.configure, "tools": tools}

    def lines(self, root: str) -> Iterator[str]:
        """Yield how to connect a client, and each tool."""
        yield f"<h2>Connect</h2>\n<p>{ADDRESS}</p>\n<pre>{escape(_url(root))}</pre>"
        yield f"<p>{CONFIGURATION}</p>\n<pre>{escape(self.configure)}</pre>"
        yield "<h2>Tools</h2>"
        for tool in self.tools:
            yield f"<h3>{escape(tool.name)}</h3>"
            yield f"<p>{escape(tool.description or '')}</p>"


def _url(root: str) -> str:
    return f"{root}/mcp"
