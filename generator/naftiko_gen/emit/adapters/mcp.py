"""`mcp_server.py`: tools, resources and prompts, and functions that shape or map."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.configuration.options import MAX_RESULT, Surface
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.adapters.calls import Performance, performance
from naftiko_gen.emit.code.names import Names
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.literals import Code, bare, py
from naftiko_gen.emit.package.emission import Emission
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
from naftiko_gen.emit.tools.definitions import (
    hints,
    instructions,
    is_long,
    listed_description,
    listed_title,
    server_description,
)
from naftiko_gen.emit.tools.item_lists import choosing_inputs, items_code, items_row
from naftiko_gen.emit.tools.lowering import argument_text, own_listing, wire_of
from naftiko_gen.emit.tools.outputs import listed_output, picture_type
from naftiko_gen.emit.types.inputs import DeclaredInput, TypeWriter
from naftiko_gen.language.names import env_name

_DEFAULT_HINTS = {
    ir.Hints(ir.Effect.READ, idempotent=True): "READS",
    ir.Hints(ir.Effect.WRITE, idempotent=False): "ADDS",
    ir.Hints(ir.Effect.DESTRUCTIVE, idempotent=False): "ALTERS",
    ir.Hints(ir.Effect.DESTRUCTIVE, idempotent=True): "REPLACES",
}
"""The hints that have a name in the runtime."""


def mcp_view(adapter: ir.McpAdapter, emission: Emission) -> View:
    """Return the view of an MCP adapter."""
    names, capability = emission.names, emission.capability
    tools = [(t, performance(t, name, emission)) for t, name in names.tools(adapter)]
    resources = {
        resource.template: performance(resource, name, emission)
        for resource, name in names.resources(adapter)
    }
    performances = [performing for _, performing in tools] + [*resources.values()]
    views = [_tool(tool, performing, emission) for tool, performing in tools]
    cache, limit = adapter.cache, adapter.result_limit
    toolset = bare(f"{adapter.surface.value.capitalize()}Toolset")
    return View(
        has_client=capability.has_client,
        client=emission.client(),
        namespace=adapter.namespace,
        version=capability.version,
        title=capability.label,
        description=server_description(adapter, capability),
        website=capability.website,
        instructions=instructions(adapter, capability),
        functions=[p.function for p in performances if p.function],
        tools=views,
        # The class for the tools' surface, unless each is listed as it is.
        toolset=toolset if views and adapter.surface is not Surface.FULL else None,
        table={view.tool.name: view.row for view in views if view.row is not None},
        contents=[
            _content(content, adapter, resources, emission)
            for content in adapter.contents
        ],
        prompts=[*map(_prompt, adapter.prompts)],
        cache=cache,
        has_cache=cache.milliseconds is not None or cache.is_public is not None,
        configure=_configuration_command(adapter, names),
        # Of the adapter's environment variables.
        prefix=env_name(adapter.namespace),
        # Lists in answers have a limit; the default one is left out.
        has_items=adapter.has_items,
        result_limit=None if limit == MAX_RESULT else limit,
        authentication=declared_authentication(adapter, capability),
    )


def _configuration_command(adapter: ir.McpAdapter, names: Names) -> str:
    selection = [adapter.namespace] if len(names.capability.mcp) > 1 else []
    command = distribution_name(names.capability.slug)
    return shlex.join([command, "mcp-config", *selection, "--client", "NAME"])


def _tool(tool: ir.Tool, performing: Performance, emission: Emission) -> View:
    """Return a tool; a long one is a row of the JSON file but for its coroutine.

    An answering tool has a schema of its output, which its answers don't break, or a
    media type of answers that have none.
    """
    output, media_type = listed_output(tool), picture_type(tool)
    arguments, names = [*_arguments(tool, performing)], emission.input_types.names
    items = items_row(tool.items, paths_inside(tool)) if tool.items else None
    view = View(
        tool=tool,
        title=listed_title(tool),
        description=listed_description(tool),
        coroutine=performing.coroutine,
        is_answering=output is not None or media_type is not None,
        media_type=media_type,
        output=output,
        row=None,
    )
    if is_long(tool):
        facts: dict[str, Plain] = {
            "title": view.title,
            "description": view.description,
            "inputs": [argument.row(names) for argument in arguments],
            "output": output,
            "items": items,
            "media_type": media_type,
            "hints": hints(tool.hints),
        }
        # A list may have no facts.
        view.row = {key: fact for key, fact in facts.items() if fact or fact == {}}
        return view
    types = TypeWriter(names, described=True)
    view.inputs = [argument.view(types) for argument in arguments]
    view.items = None if items is None else items_code(items)
    name = _DEFAULT_HINTS.get(tool.hints)
    view.hints = py(hints(tool.hints)) if name is None else bare(name)
    return view


def _arguments(tool: ir.Tool, performing: Performance) -> Iterator[DeclaredInput]:
    """Yield the arguments of a tool, or a body whose members are such."""
    body = spread_body(tool)
    for value, keyword in performing.arguments.items():
        if body is not None and value.source == body.source:
            options = _body_options(body)
            yield DeclaredInput(value.source, keyword, "BodyArguments", options)
        else:
            view = listed_source(value.source, tool)
            yield _argument(value.source, view, keyword)
    for source in choosing_inputs(tool):
        yield _argument(source, source, bare(source.name))


def _argument(source: ir.Input, view: ir.Input, keyword: Code) -> DeclaredInput:
    """Return an argument; `view` is the argument as clients see it."""
    is_constant = constant_argument(source) is not None
    place = "ConstantArgument" if is_constant else "Argument"
    options = {
        "description": argument_text(view),
        "wire": wire_of(view.type, view.description),
        "shown": own_listing(view, source.type),
    }
    return DeclaredInput(source, keyword, place, _without_empty(options))


def _body_options(body: SpreadBody) -> dict[str, Plain]:
    options: dict[str, Plain] = {
        "names": {name: key for key, name in body.names.items()},
        "clears": [*body.clears],
        "constants": body.constants,
        "parts": body.parts,
    }
    options = _without_empty(options)
    if body.siblings is not None:
        options["siblings"] = [*body.siblings]
    return options | _without_empty({"shown": shown_members(body)})


def _without_empty(options: Mapping[str, Plain]) -> dict[str, Plain]:
    return {name: fact for name, fact in options.items() if fact}


def _content(
    content: ir.Resource | ir.FileResource,
    adapter: ir.McpAdapter,
    resources: dict[str, Performance],
    emission: Emission,
) -> View:
    """Return a resource: a file of the package, or the answer of a coroutine."""
    view = View(resource=content, file=None, coroutine=None, inputs=[], changes=False)
    match content:
        case ir.FileResource():
            view.file = emission.names.file_path(adapter, content)
        case ir.Resource():
            performing = resources[content.template]
            types = TypeWriter(emission.input_types.names, described=True)
            view.coroutine = performing.coroutine
            view.inputs = [
                _resource_input(value.source, keyword).view(types)
                for value, keyword in performing.arguments.items()
            ]
            view.changes = content.effect is not ir.Effect.READ
        case _:
            assert_never(content)
    return view


def _resource_input(source: ir.Input, keyword: Code) -> DeclaredInput:
    text = listed_text(source.description, source.example)
    return DeclaredInput(source, keyword, options={"description": text})


def _prompt(prompt: ir.Prompt) -> View:
    messages = []
    for message in prompt.messages:
        # A part is a text, or the name of an argument.
        parts = [
            (p, None) if isinstance(p, str) else (None, p.name) for p in message.parts
        ]
        messages.append(View(role=message.role.value, parts=parts))
    return View(prompt=prompt, messages=messages)
