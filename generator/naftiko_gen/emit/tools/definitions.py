"""The definition of a tool, which clients read before they call it, and its size."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.files import is_long as is_long_value
from naftiko_gen.emit.tools.arguments import arguments_schema, paths_inside
from naftiko_gen.emit.tools.item_lists import items_row
from naftiko_gen.emit.tools.outputs import listed_output
from naftiko_gen.emit.tools.texts import listed_description, listed_title
from naftiko_gen.openapi.prose import token_count

if TYPE_CHECKING:
    from naftiko_gen.ir import Hints, Tool


Definition = dict[str, "Plain"]
"""A tool as a server lists it."""


def tool_tokens(tool: Definition) -> int:
    """Return about how many tokens the definition of a tool has."""
    return token_count(json.dumps(tool, ensure_ascii=False, separators=(",", ":")))


def list_tokens(tools: Iterable[Definition]) -> int:
    """Return about how many tokens a list of tools has."""
    return sum(map(tool_tokens, tools))


def is_long(tool: Tool) -> bool:
    """Return whether a tool stands in the JSON file of its module."""
    items = items_row(tool.items, paths_inside(tool)) if tool.items else None
    facts = {
        key: value for key, value in definition(tool).items() if key != "annotations"
    }
    return is_long_value([facts, items])


def definition(tool: Tool) -> dict[str, Plain]:
    """Return a tool as the server lists it."""
    output = listed_output(tool)
    return {
        "name": tool.name,
        "title": listed_title(tool),
        "description": listed_description(tool),
        "inputSchema": arguments_schema(tool),
        **({"outputSchema": output} if output else {}),
        "annotations": hints(tool.hints),
    }


def hints(annotations: Hints) -> Plain:
    """Return the hints of a tool, as MCP names them."""
    return {
        "readOnlyHint": annotations.read_only,
        "destructiveHint": annotations.destructive,
        "idempotentHint": annotations.idempotent,
        "openWorldHint": annotations.open_world,
    }
