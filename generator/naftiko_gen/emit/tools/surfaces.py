"""The surfaces of MCP servers: how they list their tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.configuration.options import Surface
from naftiko_gen.emit.literals import Code, verbatim
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.emit.tools.definitions import definition
from naftiko_gen.emit.tools.grouped import grouped_list
from naftiko_gen.emit.tools.lean import lean_list
from naftiko_gen.emit.tools.search import search_list, summaries, tool_index
from naftiko_gen.openapi.prose import shorten

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.tools.sizes import Definition
    from naftiko_gen.ir import Capability, McpAdapter

_LONGEST_LABEL = 60


def listed_tools(
    adapter: McpAdapter, capability: Capability, surface: Surface
) -> tuple[Definition, ...]:
    """Return the tools as the server of an adapter lists them with a surface."""
    if not adapter.tools:
        return ()
    match surface:
        case Surface.FULL:
            return tuple(map(definition, adapter.tools))
        case Surface.LEAN:
            return lean_list(adapter).tools
        case Surface.GROUPED:
            return grouped_list(adapter, _label(capability)).tools
        case Surface.SEARCH:
            return search_list(adapter, _label(capability)).tools
        case _:
            assert_never(surface)


def listed_names(adapter: McpAdapter, capability: Capability) -> list[str]:
    """Return the names of the tools as the server of an adapter lists them."""
    match adapter.surface:
        case Surface.FULL | Surface.LEAN:
            return [tool.name for tool in adapter.tools]
        case Surface.GROUPED | Surface.SEARCH:
            tools = listed_tools(adapter, capability, adapter.surface)
            return [str(tool["name"]) for tool in tools]
        case _:
            assert_never(adapter.surface)


def surface_document(adapter: McpAdapter, capability: Capability) -> Plain:
    """Return the JSON file from which a server lists its tools; None without one."""
    match adapter.surface:
        case Surface.FULL:
            return None
        case Surface.LEAN:
            return {"tools": [*lean_list(adapter).tools]}
        case Surface.GROUPED:
            tool_list = grouped_list(adapter, _label(capability))
            return {
                "describe": tool_list.description,
                "dispatchers": [
                    dispatcher.document for dispatcher in tool_list.dispatchers
                ],
            }
        case Surface.SEARCH:
            search_tools = search_list(adapter, _label(capability))
            return {
                "search": search_tools.search,
                "describe": search_tools.description,
                "dispatchers": [
                    dispatcher.document for dispatcher in search_tools.dispatchers
                ],
                "summaries": dict(summaries(adapter)),
                "index": dict(tool_index(adapter)),
            }
        case _:
            assert_never(adapter.surface)


def toolset_class(adapter: McpAdapter) -> Code | None:
    """Return the class of the runtime that lists the tools; None without a file."""
    match adapter.surface:
        case Surface.FULL:
            return None
        case Surface.LEAN:
            return verbatim("LeanToolset")
        case Surface.GROUPED:
            return verbatim("GroupedToolset")
        case Surface.SEARCH:
            return verbatim("SearchToolset")
        case _:
            assert_never(adapter.surface)


def _label(capability: Capability) -> str:
    """Return the label of a capability, as dispatchers name the API."""
    return shorten(" ".join(plain(capability.label).split()), _LONGEST_LABEL)
