"""`mcp_server.py`: a definition and a handler for each tool."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.literals import Code, docstring, fill, join, py, py_text, verbatim
from naftiko_gen.emit.package.calls import Handling
from naftiko_gen.emit.package.expressions import kind
from naftiko_gen.emit.package.schemas import arguments_schema, output_schema
from naftiko_gen.ir import projection_of
from naftiko_gen.language.names import env_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Hints, Input, McpAdapter, Tool


@dataclass(frozen=True)
class ToolView:
    """A tool: the constant that defines it and the coroutine that performs it."""

    constant: Code
    definition: Code
    name: Code
    docstring: Code
    statements: tuple[Code, ...]
    reply: Code


@dataclass(frozen=True)
class McpView:
    """The variables of `mcp_server.py.jinja`."""

    docstring: Code
    imports: Code
    client: Code
    server_name: Code
    version: Code
    instructions: Code
    tools: tuple[ToolView, ...]
    configure: Code
    prefix: Code
    """The prefix of the adapter's environment variables."""


def mcp_view(adapter: McpAdapter, emission: Emission) -> McpView:
    """Return the view of an MCP adapter."""
    names, imports = emission.names, _imports(emission)
    constants = names.constants(adapter)
    tools = tuple(
        _tool(tool, name, constants[tool.name], emission, imports)
        for tool, name in names.tools(adapter)
    )
    description = adapter.description or f"MCP adapter of {names.capability.label}"
    return McpView(
        docstring=docstring(description, indent=0),
        imports=imports.code(),
        client=names.client,
        server_name=py(adapter.namespace),
        version=py(names.capability.version),
        instructions=py_text(description, 66, 76),
        tools=tools,
        configure=py(_configuration_command(adapter, names)),
        prefix=py(env_name(adapter.namespace)),
    )


def _configuration_command(adapter: McpAdapter, names: Names) -> str:
    """Return the command that prints the configuration for an MCP client."""
    capability = names.capability
    selection = [adapter.namespace] if len(capability.mcp) > 1 else []
    command = distribution_name(capability.slug)
    return shlex.join([command, "mcp-config", *selection, "--client", "NAME"])


def _imports(emission: Emission) -> Imports:
    imports = emission.imports()
    imports.add("collections.abc", "Sequence")
    imports.add("mcp.types", "Tool")
    imports.add("starlette.types", "ASGIApp")
    imports.use("Arguments")
    imports.use("ExtraTool", "Guard", "create_mcp_app", "declare", "guards_or_default")
    imports.use("ToolServer")
    imports.use("Reply")
    imports.add(".client", "Connect", emission.names.client, "connect")
    return imports


def _tool(
    tool: Tool, name: Code, constant: Code, emission: Emission, imports: Imports
) -> ToolView:
    def read(source: Input) -> Code:
        return _argument(source, imports)

    handling = Handling(emission, imports, verbatim("client"), read, read)
    return ToolView(
        constant=constant,
        definition=_definition(tool, imports),
        name=name,
        docstring=docstring(tool.description, indent=4),
        statements=(_refuse_others(tool), *handling.checks(tool)),
        reply=handling.reply(tool),
    )


def _refuse_others(tool: Tool) -> Code:
    return fill(
        "arguments.only({})", join(", ", [py(source.name) for source in tool.inputs])
    )


def _argument(source: Input, imports: Imports) -> Code:
    method = verbatim("required") if source.required else verbatim("optional")
    arguments = join(", ", (py(source.name), kind(source.type, imports)))
    return fill("arguments.{}({})", method, arguments)


def _definition(tool: Tool, imports: Imports) -> Code:
    """Return the arguments of `Tool`; a trailing comma makes Black give each a line."""
    return fill("{},", join(", ", _members(tool, imports)))


def _members(tool: Tool, imports: Imports) -> Iterator[Code]:
    yield fill("name={}", py(tool.name))
    if tool.title:
        yield fill("title={}", py_text(tool.title, 71, 80))
    yield fill("description={}", py_text(tool.description, 71, 80))
    yield fill("input_schema={}", _document(arguments_schema(tool.inputs)))
    declared = output_schema(projection_of(tool.implementation))
    if declared is not None:
        yield fill("output_schema={}", _document(declared))
    hints = tuple(_hints(tool.hints))
    if hints:
        imports.add("mcp.types", "ToolAnnotations")
        yield fill("annotations=ToolAnnotations({})", join(", ", hints))


def _document(value: Plain, indent: int = 4) -> Code:
    """Return a JSON document, with long texts split over several lines.

    `indent` is the indentation of its first line, if the expression around it is split
    over several lines too.
    """
    match value:
        case str():
            return py_text(value, 60, 84 - indent)
        case list():
            items = [_document(item, indent + 4) for item in value]
            return fill("[{}]", join(", ", items))
        case dict():
            members = [
                fill("{}: {}", py(key), _document(member, indent + 4))
                for key, member in value.items()
            ]
            return fill("{{{}}}", join(", ", members))
        case _:
            return py(value)


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
