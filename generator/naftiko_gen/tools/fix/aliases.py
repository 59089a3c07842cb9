"""Tools with a name, or an input name, that MCP clients refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingABC

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.resolve.exposed.names import ARGUMENT_NAMES, aliases
from naftiko_gen.resolve.units import Unit
from naftiko_gen.syntax.editing.editor import Proposal, combine
from naftiko_gen.syntax.editing.nodes_at import expect, need
from naftiko_gen.syntax.tree import Mapping, walk_scalars
from naftiko_gen.syntax.yaml_writer import Fields
from naftiko_gen.tools.fix.context import FixContext, placeholder


def write_client_names(context: FixContext, span: Span) -> Proposal:
    """Rename a tool and its inputs to names that clients accept."""
    mapping, _ = context.scalar(span).pair
    unit, exposed = context.exposed_unit(mapping)
    tool, description = expect(ir.Tool, exposed), need(mapping.entry("description"))
    return combine(
        context.with_text(mapping, description, tool.description),
        *_rename_tool(context, mapping, unit, tool.name),
        *_rename_inputs(context, mapping, unit, tool),
    )


_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")


def _rename_tool(
    context: FixContext, mapping: Mapping, unit: Unit, name: str
) -> Iterator[Proposal]:
    """Yield edits of the tool's name and of skills' references to it."""
    if mapping.text("name") == name:
        return
    yield context.replace_value(mapping.value_span("name"), name)
    for place in context.places.mappings.values():
        namespace, action = map(place.node.text, ("sourceNamespace", "action"))
        if (namespace, action) == (unit.namespace, unit.model.name):
            yield context.replace_value(place.node.value_span("action"), name)


def _rename_inputs(
    context: FixContext, mapping: Mapping, unit: Unit, tool: ir.Tool
) -> Iterator[Proposal]:
    """Yield edits of the inputs' names, of references to them, and of arguments."""
    called_parameters = ir.called_parameters(tool.implementation)
    parameters = [parameter.name for parameter in called_parameters]
    declared_names = [declaration.name for declaration in unit.inputs]
    every = aliases(dict.fromkeys((*declared_names, *parameters)), ARGUMENT_NAMES)
    names = {name: alias for name, alias in every.items() if name in declared_names}
    for item in mapping.items("inputParameters"):
        name = item.text("name") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and name in names:
            yield context.replace_value(item.value_span("name"), names[name])
    yield from _references(context, mapping, unit, names)
    # Inputs of the same name have fed these parameters so far.
    fields: Fields = {
        name: f"{unit.namespace}.{alias}"
        for name, alias in names.items()
        if name in parameters and unit.argument(name) is None
    }
    if fields:
        yield context.with_arguments(mapping, fields)


def _references(
    context: FixContext, mapping: Mapping, unit: Unit, names: MappingABC[str, str]
) -> Iterator[Proposal]:
    """Yield edits of references to the inputs, and of templates that use them."""
    arguments = mapping.get("with")
    for scalar in walk_scalars(arguments) if arguments else ():
        text = scalar.value
        if isinstance(text, str) and text != (new := _with_aliases(text, unit, names)):
            yield context.replace_value(scalar.span, new)


def _with_aliases(text: str, unit: Unit, names: MappingABC[str, str]) -> str:
    name = unit.reference(text)
    if name is not None:
        return text.removesuffix(name) + names.get(name, name)

    def rename_placeholder(match: re.Match[str]) -> str:
        inner = match[1].strip()
        name = next((n for n in names if f".{inner}".endswith(f".{n}")), None)
        if name is None:
            return match[0]
        return placeholder(inner.removesuffix(name) + names[name])

    return _PLACEHOLDER.sub(rename_placeholder, text)
