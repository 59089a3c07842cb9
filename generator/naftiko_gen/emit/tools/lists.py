"""The lists of tools that MCP servers send to their clients: surfaces and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import assert_never

from naftiko_gen.configuration.options import Options, Surface
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.emit.tools.definitions import Definition, definition, tool_tokens
from naftiko_gen.emit.tools.dispatchers import grouped_list
from naftiko_gen.emit.tools.groups import groups
from naftiko_gen.emit.tools.lean import Rung, lean_list
from naftiko_gen.emit.tools.search import search_list, summaries, tool_index
from naftiko_gen.ir import Capability, Effect, McpAdapter
from naftiko_gen.openapi.prose import in_words, shorten

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
    if adapter.surface in (Surface.FULL, Surface.LEAN):
        return [tool.name for tool in adapter.tools]
    tools = listed_tools(adapter, capability, adapter.surface)
    return [str(tool["name"]) for tool in tools]


def surface_document(adapter: McpAdapter, capability: Capability) -> Plain:
    """Return the JSON file from which a server lists its tools; None without one."""
    match adapter.surface:
        case Surface.FULL:
            return None
        case Surface.LEAN:
            return {"tools": [*lean_list(adapter).tools]}
        case Surface.GROUPED:
            return grouped_list(adapter, _label(capability)).document
        case Surface.SEARCH:
            return {
                **search_list(adapter, _label(capability)).document,
                "summaries": dict(summaries(adapter)),
                "index": dict(tool_index(adapter)),
            }
        case _:
            assert_never(adapter.surface)


def _label(capability: Capability) -> str:
    return shorten(" ".join(plain(capability.label).split()), _LONGEST_LABEL)


_LARGE_LIST_HINT = (
    "`naftiko-gen tools` lists the tokens of each tool; leave tools out, or import a"
    " part of the API"
)
_SMALLER = (Surface.LEAN, Surface.GROUPED, Surface.SEARCH)
"""The surfaces with less in a list, those with the most first."""


@dataclass(frozen=True)
class ListedTool:
    """A tool, its group, and about how many tokens its definition has."""

    name: str
    tokens: int
    effect: Effect
    group: str


@dataclass(frozen=True)
class ToolList:
    """The tools that an MCP server lists.

    A client's model may read all of them before the first call.
    """

    namespace: str
    tools: tuple[ListedTool, ...]
    rungs: tuple[Rung, ...] = ()
    """The steps of a lean list."""

    @cached_property
    def tokens(self) -> int:
        """Return about how many tokens the list has."""
        return sum(tool.tokens for tool in self.tools)


def tool_lists(capability: Capability) -> tuple[ToolList, ...]:
    """Return the list of each MCP server that has tools."""
    return tuple(
        _tool_list(adapter, capability) for adapter in capability.mcp if adapter.tools
    )


def surface_lists(
    adapter: McpAdapter, capability: Capability
) -> dict[Surface, ToolList]:
    """Return the list that a server would have with each surface."""
    adapters = {surface: replace(adapter, surface=surface) for surface in Surface}
    return {surface: _tool_list(a, capability) for surface, a in adapters.items()}


def large_lists(
    capability: Capability, lists: Iterable[ToolList], spec: str, options: Options
) -> Iterator[Diagnostic]:
    """Yield a warning about each list that is larger than the options allow."""
    adapters = {adapter.namespace: adapter for adapter in capability.mcp}
    for tool_list in lists:
        limits = list(_exceeded_limits(tool_list, options))
        if limits:
            message = f"{quote(tool_list.namespace)} lists {' and '.join(limits)}"
            hint = _fitting(adapters[tool_list.namespace], capability, options)
            yield Diagnostic(
                Code.LARGE_TOOL_LIST, message, spec, hint=hint or _LARGE_LIST_HINT
            )


def _fitting(
    adapter: McpAdapter, capability: Capability, options: Options
) -> str | None:
    """Return a hint that names the first smaller surface within the limits."""
    for surface in _SMALLER:
        other = replace(adapter, surface=surface)
        smaller = _tool_list(other, capability)
        if not any(_exceeded_limits(smaller, options)):
            count = len(smaller.tools)
            return (
                f"`--surface {surface.value}` lists {in_words(smaller.tokens)} in"
                f" {'1 tool' if count == 1 else f'{count} tools'}; {_LARGE_LIST_HINT}"
            )
    return None


def _exceeded_limits(tool_list: ToolList, options: Options) -> Iterator[str]:
    count, tokens = len(tool_list.tools), tool_list.tokens
    if count > options.max_tools:
        yield f"{count} tools (the limit is {options.max_tools})"
    if tokens > options.max_tool_tokens:
        yield f"{in_words(tokens)} (the limit is {options.max_tool_tokens:,})"


def _tool_list(adapter: McpAdapter, capability: Capability) -> ToolList:
    groups_of_tools = zip(adapter.tools, groups(adapter.tools), strict=True)
    known_tools = {tool.name: (tool.effect, group) for tool, group in groups_of_tools}
    tools = []
    for tool in listed_tools(adapter, capability, adapter.surface):
        name = str(tool["name"])
        effect, group = known_tools.get(name, (_effect(tool), ""))
        tools.append(ListedTool(name, tool_tokens(tool), effect, group))
    rungs = lean_list(adapter).rungs if adapter.surface is Surface.LEAN else ()
    return ToolList(adapter.namespace, tuple(tools), rungs)


def _effect(tool: Definition) -> Effect:
    match tool.get("annotations"):
        case {"readOnlyHint": True}:
            return Effect.READ
        case {"destructiveHint": False}:
            return Effect.WRITE
        case _:
            return Effect.DESTRUCTIVE
