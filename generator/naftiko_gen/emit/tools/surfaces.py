"""The surfaces of MCP servers: how they list their tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.configuration.options import Surface
from naftiko_gen.emit.literals import Code, verbatim
from naftiko_gen.emit.tools.definitions import definition
from naftiko_gen.emit.tools.lean import lean_list

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.tools.sizes import Definition
    from naftiko_gen.ir import McpAdapter


def listed_tools(adapter: McpAdapter) -> tuple[Definition, ...]:
    """Return the tools as the server of an adapter lists them."""
    match adapter.surface:
        case Surface.FULL:
            return tuple(map(definition, adapter.tools))
        case Surface.LEAN:
            return lean_list(adapter).tools
        case _:
            assert_never(adapter.surface)


def surface_document(adapter: McpAdapter) -> Plain:
    """Return the JSON file from which a server lists its tools; None without one."""
    match adapter.surface:
        case Surface.FULL:
            return None
        case Surface.LEAN:
            return {"tools": list(lean_list(adapter).tools)}
        case _:
            assert_never(adapter.surface)


def toolset_class(adapter: McpAdapter) -> Code | None:
    """Return the class of the runtime that lists the tools; None without a file."""
    match adapter.surface:
        case Surface.FULL:
            return None
        case Surface.LEAN:
            return verbatim("LeanToolset")
        case _:
            assert_never(adapter.surface)
