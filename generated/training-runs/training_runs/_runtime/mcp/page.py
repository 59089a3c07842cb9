"""The page of an MCP server, with its tools and how to connect a client."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from mcp.types import Tool

ADDRESS = "Give this URL to an MCP client. The transport is Streamable HTTP."
CONFIGURATION = (
    "Or let this command print the configuration for a client, and add --install to"
    " write it into the client's file. Without a name it lists the clients. With --http"
    " the client calls a server that runs; without, it starts one of its own."
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
            {
                "name": one.name,
                "description": one.description or "",
                "inputs": list(_inputs(one)),
            }
            for one in self.tools
        ]
        return {"url": _url(root), "configure": self.configure, "tools": tools}

    def lines(self, root: str) -> Iterator[str]:
        """Yield the HTML of how to connect a client, and of each tool."""
        yield f"<h2>Connect</h2>\n<p>{ADDRESS}</p>\n<pre>{escape(_url(root))}</pre>"
        yield f"<p>{CONFIGURATION}</p>\n<pre>{escape(self.configure)}</pre>"
        if self.tools:
            yield "<h2>Tools</h2>"
        for tool in self.tools:
            yield f"<h3>{escape(tool.name)}</h3>"
            yield f"<p>{escape(tool.description or '')}</p>"
            if inputs := ", ".join(_inputs(tool)):
                yield f"<p>Inputs: {escape(inputs)}</p>"


def _inputs(tool: Tool) -> Iterable[str]:
    """Return the names of a tool's inputs."""
    names: Iterable[str] = tool.input_schema.get("properties", {})
    return names


def _url(root: str) -> str:
    return f"{root}/mcp"
