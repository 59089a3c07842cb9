"""`mcp_server.py`: the table of tools, and functions for those that shape or map."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.literals import (
    Code,
    bare,
    docstring,
    fill,
    join,
    py,
    py_text,
    verbatim,
)
from naftiko_gen.emit.package.answers import listed_output, tool_output
from naftiko_gen.emit.package.arguments import inputs, tool_document
from naftiko_gen.emit.package.calls import functions, performance
from naftiko_gen.emit.package.clients import declared_authentication
from naftiko_gen.emit.package.contents import ContentsWriter
from naftiko_gen.emit.package.tables import TableView
from naftiko_gen.emit.package.tool_lists import is_long
from naftiko_gen.language.names import env_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.package.calls import FunctionView, Performance
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Hints, McpAdapter, Tool


@dataclass(frozen=True)
class McpView(TableView):
    """The variables of `mcp_server.py.jinja`."""

    docstring: Code
    has_client: bool
    client: Code
    arguments: Code
    """The arguments that `create_http_app` passes to `create_server`."""
    server_name: Code
    version: Code
    instructions: Code
    functions: tuple[FunctionView, ...]
    tools: tuple[Code, ...]
    resources: tuple[Code, ...]
    prompts: tuple[Code, ...]
    directory: Code
    cache: Code | None
    has_contents: bool
    configure: Code
    prefix: Code
    """The prefix of the adapter's environment variables."""
    authentication: Code | None


def mcp_view(adapter: McpAdapter, emission: Emission) -> McpView:
    """Return the view of an MCP adapter."""
    names = emission.names
    performances = [
        (tool, performance(tool, name, emission)) for tool, name in names.tools(adapter)
    ]
    contents = ContentsWriter(adapter, emission)
    cache = _cache(adapter)
    return McpView(
        docstring=docstring(f"The MCP server of {names.capability.label}", indent=0),
        has_client=emission.capability.has_client,
        client=emission.client(),
        arguments=_arguments(emission),
        server_name=py(adapter.namespace),
        version=py(names.capability.version),
        instructions=_instructions(adapter, names),
        functions=(
            *functions([performing for _, performing in performances]),
            *functions(contents.performances.values()),
        ),
        tools=tuple(
            _tool(tool, performing, emission) for tool, performing in performances
        ),
        table={
            tool.name: tool_document(tool, performing, emission)
            for tool, performing in performances
            if is_long(tool)
        },
        resources=contents.resources,
        prompts=contents.prompts,
        directory=verbatim("pathlib.Path(__file__).parent"),
        cache=cache,
        has_contents=bool(adapter.contents or adapter.prompts or cache),
        configure=py(_configuration_command(adapter, names)),
        prefix=py(env_name(adapter.namespace)),
        authentication=declared_authentication(adapter, emission.capability),
    )


def _instructions(adapter: McpAdapter, names: Names) -> Code:
    capability = names.capability
    text = adapter.description or capability.description or capability.label
    return py_text(text, 66, 66, 76)


def _arguments(emission: Emission) -> Code:
    has_client = emission.capability.has_client
    return verbatim("connect, **options") if has_client else verbatim("**options")


def _cache(adapter: McpAdapter) -> Code | None:
    """Return the arguments of the hints for caches, if the spec declares any."""
    arguments = []
    if adapter.cache.milliseconds is not None:
        arguments.append(fill("ttl_ms={}", py(adapter.cache.milliseconds)))
    if adapter.cache.is_public is not None:
        scope = "public" if adapter.cache.is_public else "private"
        arguments.append(fill("scope={}", py(scope)))
    if not arguments:
        return None
    return join(", ", arguments)


def _configuration_command(adapter: McpAdapter, names: Names) -> str:
    """Return the command that prints the configuration for an MCP client."""
    capability = names.capability
    selection = [adapter.namespace] if len(capability.mcp) > 1 else []
    command = distribution_name(capability.slug)
    return shlex.join([command, "mcp-config", *selection, "--client", "NAME"])


def _tool(tool: Tool, performing: Performance, emission: Emission) -> Code:
    """Return a declaration; a trailing comma makes Black give each argument a line."""
    kind = bare("Tool" if tool_output(tool) is None else "AnsweringTool")
    if is_long(tool):
        row = (kind, py(tool.name), performing.coroutine)
        return fill("TABLE.tool({})", join(", ", row))
    arguments = (
        py(tool.name),
        py_text(tool.description, 79, 71),
        performing.coroutine,
        *inputs(performing, emission),
        *_options(tool),
    )
    return fill("{}({},)", kind, join(", ", arguments))


def _options(tool: Tool) -> Iterator[Code]:
    """Yield a tool's title, the schema of its output, and its hints."""
    if tool.title:
        yield fill("title={}", py_text(tool.title, 73, 71, 76))
    output = listed_output(tool)
    if output is not None:
        yield fill("output={}", py(output))
    hints = tuple(_hints(tool.hints))
    if hints:
        yield fill("hints=ToolAnnotations({})", join(", ", hints))


def _hints(hints: Hints) -> Iterator[Code]:
    annotations = (
        (verbatim("read_only_hint"), hints.read_only),
        (verbatim("destructive_hint"), hints.destructive),
        (verbatim("idempotent_hint"), hints.idempotent),
        (verbatim("open_world_hint"), hints.open_world),
    )
    for name, value in annotations:
        if value is not None:
            yield fill("{}={}", name, py(value))
