"""`mcp_server.py`: tools, resources and prompts, and functions that shape or map."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.configuration.options import MAX_RESULT, Surface
from naftiko_gen.emit.adapters.calls import functions, performance
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.code.statements import Keyword
from naftiko_gen.emit.files import TableView
from naftiko_gen.emit.literals import Code, bare, py, verbatim
from naftiko_gen.emit.package.guards import declared_authentication
from naftiko_gen.emit.plain_text import listed_text
from naftiko_gen.emit.tools.arguments import (
    SpreadBody,
    constant_argument,
    listed_source,
    paths_inside,
    shown_members,
    spread_body,
)
from naftiko_gen.emit.tools.definitions import hints, is_long
from naftiko_gen.emit.tools.item_lists import (
    choosing_inputs,
    items_code,
    items_row,
)
from naftiko_gen.emit.tools.lowering import argument_text, own_listing, wire_of
from naftiko_gen.emit.tools.outputs import listed_output, picture_type
from naftiko_gen.emit.tools.texts import (
    instructions,
    listed_description,
    listed_title,
    server_description,
)
from naftiko_gen.emit.types.inputs import (
    TypeWriter,
    input_row,
    input_view,
)
from naftiko_gen.ir import FileResource, Hints, Resource, may_change
from naftiko_gen.language.names import env_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.adapters.calls import FunctionView, Performance
    from naftiko_gen.emit.code.names import Names
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.types.inputs import InputView
    from naftiko_gen.ir import CacheHint, Input, McpAdapter, Prompt, Tool


@dataclass(frozen=True)
class ToolView:
    """A tool; a long one is a row of the module's JSON file but for its coroutine.

    An answering tool has a schema of its output, which its answers don't break, or a
    media type of answers that have none.
    """

    tool: Tool
    title: str
    description: str
    coroutine: Code
    is_answering: bool
    row: Plain = None
    inputs: tuple[InputView, ...] = ()
    output: Plain = None
    items: Code | None = None
    media_type: str | None = None
    hints: Code | None = None


@dataclass(frozen=True)
class ContentView:
    """A resource: a file of the package, or the answer of a coroutine."""

    resource: Resource | FileResource
    file: str | None = None
    coroutine: Code | None = None
    inputs: tuple[InputView, ...] = ()
    changes: bool = False


@dataclass(frozen=True)
class MessageView:
    """A message of a prompt; a part of it is a text, or the name of an argument."""

    role: str
    parts: tuple[tuple[str | None, str | None], ...]


@dataclass(frozen=True)
class PromptView:
    """A prompt."""

    prompt: Prompt
    messages: tuple[MessageView, ...]


@dataclass(frozen=True)
class McpView(TableView):
    """The variables of `mcp_server.py.jinja`."""

    has_client: bool
    client: Code
    namespace: str
    version: str
    title: str
    description: str | None
    website: str | None
    instructions: str
    functions: tuple[FunctionView, ...]
    tools: tuple[ToolView, ...]
    toolset: Code | None
    """The class of the tools' surface, unless each is listed as it is."""
    contents: tuple[ContentView, ...]
    prompts: tuple[PromptView, ...]
    cache: CacheHint
    has_cache: bool
    configure: str
    prefix: str
    """The prefix of the adapter's environment variables."""
    has_items: bool
    """Whether a tool's answers have a list, so that there is a limit of answers."""
    result_limit: int | None
    """The limit, if it isn't the default one."""
    authentication: Code | None


def mcp_view(adapter: McpAdapter, emission: Emission) -> McpView:
    """Return the view of an MCP adapter."""
    names, capability = emission.names, emission.capability
    tools = [
        (tool, performance(tool, name, emission)) for tool, name in names.tools(adapter)
    ]
    resources = {
        resource.template: performance(resource, name, emission)
        for resource, name in names.resources(adapter)
    }
    performances = [performing for _, performing in tools] + [*resources.values()]
    views = tuple(_tool(tool, performing, emission) for tool, performing in tools)
    cache, limit = adapter.cache, adapter.result_limit
    has_cache = cache.milliseconds is not None or cache.is_public is not None
    return McpView(
        has_client=capability.has_client,
        client=emission.client(),
        namespace=adapter.namespace,
        version=capability.version,
        title=capability.label,
        description=server_description(adapter, capability),
        website=capability.website,
        instructions=instructions(adapter, capability),
        functions=functions(performances),
        tools=views,
        toolset=_TOOLSETS.get(adapter.surface) if views else None,
        table={view.tool.name: view.row for view in views if view.row is not None},
        contents=tuple(
            _content(content, adapter, resources, emission)
            for content in adapter.contents
        ),
        prompts=tuple(map(_prompt, adapter.prompts)),
        cache=cache,
        has_cache=has_cache,
        configure=_configuration_command(adapter, names),
        prefix=env_name(adapter.namespace),
        has_items=adapter.has_items,
        result_limit=None if limit == MAX_RESULT else limit,
        authentication=declared_authentication(adapter, capability),
    )


def _configuration_command(adapter: McpAdapter, names: Names) -> str:
    """Return the command that prints the configuration for an MCP client."""
    capability = names.capability
    selection = [adapter.namespace] if len(capability.mcp) > 1 else []
    command = distribution_name(capability.slug)
    return shlex.join([command, "mcp-config", *selection, "--client", "NAME"])


def _tool(tool: Tool, performing: Performance, emission: Emission) -> ToolView:
    output, media_type = listed_output(tool), picture_type(tool)
    view = ToolView(
        tool,
        listed_title(tool),
        listed_description(tool),
        performing.coroutine,
        is_answering=output is not None or media_type is not None,
        media_type=media_type,
    )
    if is_long(tool):
        return replace(view, row=_tool_row(view, performing, emission))
    return replace(
        view,
        inputs=_tool_inputs(tool, performing, emission),
        output=output,
        items=items_code(tool.items, paths_inside(tool)) if tool.items else None,
        hints=_hints(tool.hints),
    )


_TOOLSETS = {
    Surface.LEAN: verbatim("LeanToolset"),
    Surface.GROUPED: verbatim("GroupedToolset"),
    Surface.SEARCH: verbatim("SearchToolset"),
}
"""The classes of the runtime that list the tools of surfaces with a file."""
_DEFAULT_HINTS = {
    Hints(read_only=True, destructive=False, idempotent=True): "READS",
    Hints(read_only=False, destructive=False, idempotent=False): "ADDS",
    Hints(read_only=False, destructive=True, idempotent=False): "ALTERS",
    Hints(read_only=False, destructive=True, idempotent=True): "REPLACES",
}
"""The hints that have a name in the runtime."""


def _hints(annotations: Hints) -> Code:
    name = _DEFAULT_HINTS.get(annotations)
    return py(hints(annotations)) if name is None else bare(name)


def _inputs(performing: Performance, emission: Emission) -> tuple[InputView, ...]:
    pairs = performing.arguments.items()
    return tuple(_input(value.source, keyword, emission) for value, keyword in pairs)


def _input(source: Input, keyword: Code, emission: Emission) -> InputView:
    types = TypeWriter(emission.input_types.names, described=True)
    view = input_view(source, keyword, types)
    text = listed_text(source.description, source.example)
    return replace(view, description=text)


def _tool_inputs(
    tool: Tool, performing: Performance, emission: Emission
) -> tuple[InputView, ...]:
    return tuple(
        _argument(argument, _input(argument.source, keyword, emission))
        for argument, keyword in _declared_arguments(tool, performing)
    )


def _argument(argument: DeclaredArgument, view: InputView) -> InputView:
    options = tuple(Keyword(bare(k), py(v)) for k, v in argument.options())
    return replace(
        view, place=bare(argument.place), description=argument.text, options=options
    )


@dataclass(frozen=True)
class DeclaredArgument:
    """An argument in the declaration of a tool, or a body whose members are such.

    `listed` is the argument as clients see it.
    """

    source: Input
    listed: Input
    body: SpreadBody | None = None

    @property
    def place(self) -> str:
        """Return the class of the runtime, but for arguments with a default."""
        if self.body is not None:
            return "BodyArguments"
        is_constant = constant_argument(self.source) is not None
        return "ConstantArgument" if is_constant else "Argument"

    @property
    def text(self) -> str | None:
        """Return the description of an argument; members have their own."""
        return argument_text(self.listed) if self.body is None else None

    def options(self) -> Iterator[tuple[str, Plain]]:
        """Yield further facts."""
        schema = own_listing(self.listed, self.source.type)
        if self.body is not None:
            yield from _body_options(self.body)
            schema = shown_members(self.body)
        elif wire := wire_of(self.listed.type, self.listed.description):
            yield "wire", wire
        if schema is not None:
            yield "shown", schema


def _declared_arguments(
    tool: Tool, performing: Performance
) -> Iterator[tuple[DeclaredArgument, Code]]:
    """Yield the arguments of a tool with the keywords of its coroutine."""
    body = spread_body(tool)
    for value, keyword in performing.arguments.items():
        is_body = body is not None and value.source == body.source
        view = listed_source(value.source, tool)
        yield DeclaredArgument(value.source, view, body if is_body else None), keyword
    for source in choosing_inputs(tool):
        yield DeclaredArgument(source, source), bare(source.name)


def _body_options(body: SpreadBody) -> Iterator[tuple[str, Plain]]:
    """Yield the facts of a body whose members are arguments."""
    if body.names:
        yield "names", {name: key for key, name in body.names.items()}
    if body.clears:
        yield "clears", [*body.clears]
    if body.constants:
        yield "constants", body.constants
    if body.parts:
        yield "parts", body.parts
    if body.siblings is not None:
        yield "siblings", [*body.siblings]


def _tool_row(view: ToolView, performing: Performance, emission: Emission) -> Plain:
    """Return the arguments of a tool's declaration, but for its coroutine, as JSON."""
    items = view.tool.items
    facts: dict[str, Plain] = {
        "title": view.title,
        "description": view.description,
        "inputs": [
            _argument_row(argument, keyword, emission)
            for argument, keyword in _declared_arguments(view.tool, performing)
        ],
        "output": listed_output(view.tool),
        "items": items_row(items, paths_inside(view.tool)) if items else None,
        "media_type": view.media_type,
        "hints": hints(view.tool.hints),
    }
    return {
        key: fact
        for key, fact in facts.items()
        if fact or (key == "items" and fact == {})
    }


def _argument_row(
    argument: DeclaredArgument, keyword: Code, emission: Emission
) -> Plain:
    description = {"description": argument.text} if argument.text else {}
    options: dict[str, Plain] = {**description, **dict(argument.options())}
    names = emission.input_types.names
    return input_row(argument.source, keyword, names, argument.place, options)


def _content(
    content: Resource | FileResource,
    adapter: McpAdapter,
    resources: dict[str, Performance],
    emission: Emission,
) -> ContentView:
    match content:
        case FileResource():
            return ContentView(content, emission.names.file_path(adapter, content))
        case Resource():
            performing = resources[content.template]
            return ContentView(
                content,
                coroutine=performing.coroutine,
                inputs=_inputs(performing, emission),
                changes=may_change(content.implementation),
            )
        case _:
            assert_never(content)


def _prompt(prompt: Prompt) -> PromptView:
    messages = tuple(
        MessageView(
            message.role.value,
            tuple(
                (part, None) if isinstance(part, str) else (None, part.name)
                for part in message.parts
            ),
        )
        for message in prompt.messages
    )
    return PromptView(prompt, messages)
