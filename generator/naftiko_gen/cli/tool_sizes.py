"""The sizes of the tools that an import would make of the operations of an API."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.package.tool_lists import tool_lists
from naftiko_gen.frontend import read
from naftiko_gen.openapi.write.capability import capability, named_operations

if TYPE_CHECKING:
    from naftiko_gen.openapi.read.api import Api, Operation
    from naftiko_gen.openapi.write.capability import Wishes


def tool_sizes(api: Api, wishes: Wishes) -> list[tuple[Operation, int]]:
    """Return the operations, each with about how many tokens its tool takes.

    The tools are those of the capability that the import would write, as its MCP
    server would list them.

    Raises:
        TooLargeError: The capability would be larger than a capability can be.
    """
    wishes = replace(wishes, adapters=("mcp",), by_tag=False, location=None)
    text = capability(api, wishes).text
    reading = read(Path(wishes.source), Options(Path()), text.encode())
    servers = tool_lists(reading.meaning.capability) if reading.meaning else ()
    tokens = {tool.name: tool.tokens for server in servers for tool in server.tools}
    return [(item, tokens.get(name, 0)) for name, item in named_operations(api, wishes)]
