"""`mcp_server.py`: a definition and a handler for each tool."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.imports import Imports
from naftiko_gen.ir import Identity
from naftiko_gen.literals import Code, docstring, fill, join, py, py_text, verbatim
from naftiko_gen.targets.calls import Reading, call_expression, unused_inputs
from naftiko_gen.targets.expressions import kind
from naftiko_gen.targets.schemas import arguments_schema, output_schema

if TYPE_CHECKING:
    from naftiko_gen.ir import Hints, Input, McpAdapter, Tool
    from naftiko_gen.targets.names import Names
    from naftiko_gen.targets.outputs import Outputs


@dataclass(frozen=True)
class ToolView:
    """A tool: the constant that defines it and the coroutine that performs it."""

    constant: Code
    definition: Code
    name: Code
    docstring: Code
    statements: tuple[Code, ...]
    result: Code


@dataclass(frozen=True)
class McpView:
    """What `mcp_server.py.jinja` shows."""

    source: Code
    docstring: Code
    imports: Code
    client: Code
    server_name: Code
    version: Code
    instructions: Code
    tools: tuple[ToolView, ...]


def mcp_view(
    adapter: McpAdapter, names: Names, outputs: Outputs, source: Code
) -> McpView:
    """Return the view of an MCP adapter."""
    imports = Imports()
    imports.add("mcp.server.lowlevel", "Server")
    imports.add("mcp.types", "Tool")
    imports.add("._inputs", "Arguments")
    imports.add("._mcp", "create_mcp_server")
    imports.add("._upstream", "Reply")
    imports.add(".client", "Connect", names.client, "connect")
    constants, handlers = names.tool_constants(adapter), names.tools(adapter)
    tools = tuple(
        _tool(tool, constant, handler, names, outputs, imports)
        for tool, constant, handler in zip(
            adapter.tools, constants, handlers, strict=True
        )
    )
    description = adapter.description or f"MCP adapter for {names.capability.label}"
    return McpView(
        source=source,
        docstring=docstring(description, indent=0),
        imports=imports.code(),
        client=names.client,
        server_name=py(adapter.namespace),
        version=py(names.capability.version),
        instructions=py_text(description, 66),
        tools=tools,
    )


def _tool(
    tool: Tool,
    constant: Code,
    handler: Code,
    names: Names,
    outputs: Outputs,
    imports: Imports,
) -> ToolView:
    read = partial(_argument, imports=imports)
    reading = Reading(value=read, entity=read)
    result = call_expression(tool.call, names, reading, verbatim("client"), imports)
    if not isinstance(tool.output, Identity):
        imports.add(".", "outputs")
        imports.add("._shapes", "shape")
        result = fill("shape({}, outputs.{})", result, outputs.name(tool.output))
    checks = [_argument(source, imports) for source in unused_inputs(tool)]
    return ToolView(
        constant=constant,
        definition=_definition(tool, imports),
        name=handler,
        docstring=docstring(tool.description, indent=4),
        statements=(_only(tool), *checks),
        result=result,
    )


def _only(tool: Tool) -> Code:
    return fill("arguments.only({})", join(", ", [py(one.name) for one in tool.inputs]))


def _argument(source: Input, imports: Imports) -> Code:
    must = verbatim("required") if source.required else verbatim("optional")
    return fill(
        "arguments.{}({}, {})", must, py(source.name), kind(source.type, imports)
    )


def _definition(tool: Tool, imports: Imports) -> Code:
    """Return the arguments of `Tool`; a magic comma has Black put each on a line."""
    members = [fill("name={}", py(tool.name))]
    if tool.title:
        members.append(fill("title={}", py(tool.title)))
    members.append(fill("description={}", py_text(tool.description, 71)))
    members.append(fill("input_schema={}", py(arguments_schema(tool.inputs))))
    declared = output_schema(tool.output)
    if declared is not None:
        members.append(fill("output_schema={}", py(declared)))
    hints = _hints(tool.hints)
    if hints:
        imports.add("mcp.types", "ToolAnnotations")
        members.append(fill("annotations=ToolAnnotations({})", join(", ", hints)))
    return fill("{},", join(", ", members))


def _hints(hints: Hints) -> list[Code]:
    given = (
        (verbatim("read_only_hint"), hints.read_only),
        (verbatim("destructive_hint"), hints.destructive),
        (verbatim("idempotent_hint"), hints.idempotent),
        (verbatim("open_world_hint"), hints.open_world),
    )
    return [
        fill("{}={}", name, py(value)) for name, value in given if value is not None
    ]
