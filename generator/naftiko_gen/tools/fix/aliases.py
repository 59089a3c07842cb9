"""Tools with a name, or an input name, that MCP clients refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingABC

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.resolve.exposed.names import ARGUMENT_NAMES, aliases
from naftiko_gen.resolve.units import Unit
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Sequence, walk_scalars
from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal, combine


def write_client_names(context: FixContext, span: Span) -> Proposal | None:
    """Rename a tool and its inputs to names that clients accept."""
    place = context.places.scalars.get(point(span))
    mapping = place.mapping if place else None
    resolution = context.meaning.origins.exposed_at(mapping.span) if mapping else None
    description = mapping.entry("description") if mapping else None
    if mapping is None or description is None or resolution is None:
        return None
    unit, tool = resolution
    if not isinstance(tool, ir.Tool):
        return None
    return combine(
        context.with_text(mapping, description, tool.description),
        *_rename_tool(context, mapping, unit, tool.name),
        *_rename_inputs(context, mapping, unit, tool),
    )


_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")


# --- the tool --------------------------------------------------------------------


def _rename_tool(
    context: FixContext, mapping: Mapping, unit: Unit, name: str
) -> Iterator[Proposal | None]:
    """Yield edits of the tool's name and of references to it, if the name changes."""
    own = mapping.value_span("name")
    if mapping.text("name") == name:
        return
    yield context.respell(own, name)
    for place in context.places.mappings.values():
        source = place.node
        if isinstance(source, Mapping) and _names(source, unit):
            yield context.respell(source.value_span("action"), name)


def _names(source: Mapping, unit: Unit) -> bool:
    """Return whether an entry of a skill refers to a tool."""
    is_in_adapter = source.text("sourceNamespace") == unit.namespace
    return is_in_adapter and source.text("action") == unit.model.name


# --- its inputs ------------------------------------------------------------------


def _rename_inputs(
    context: FixContext, mapping: Mapping, unit: Unit, tool: ir.Tool
) -> Iterator[Proposal | None]:
    """Yield edits of the inputs' names, of references to them, and of arguments."""
    called_parameters = ir.called_parameters(tool.implementation)
    parameters = [parameter.name for parameter in called_parameters]
    declared_names = [declaration.name for declaration in unit.inputs]
    every = aliases(dict.fromkeys((*declared_names, *parameters)), ARGUMENT_NAMES)
    names = {name: alias for name, alias in every.items() if name in declared_names}
    parameter_aliases = {
        name: alias for name, alias in names.items() if name in parameters
    }
    yield from _inputs(context, mapping, names)
    yield from _references(context, mapping, unit, names)
    yield from _arguments(context, mapping, unit, parameter_aliases)


def _inputs(
    context: FixContext, mapping: Mapping, names: MappingABC[str, str]
) -> Iterator[Proposal | None]:
    """Yield edits of the names of declared inputs."""
    inputs = mapping.get("inputParameters")
    for item in inputs.items if isinstance(inputs, Sequence) else ():
        name = item.text("name") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and name is not None and name in names:
            yield context.respell(item.value_span("name"), names[name])


def _references(
    context: FixContext, mapping: Mapping, unit: Unit, names: MappingABC[str, str]
) -> Iterator[Proposal | None]:
    """Yield edits of references to the inputs, and of templates that use them."""
    arguments = mapping.get("with")
    for scalar in walk_scalars(arguments) if arguments else ():
        text = scalar.value
        if not isinstance(text, str):
            continue
        spelling = _with_aliases(text, unit, names)
        if spelling != text:
            yield context.respell(scalar.span, spelling)


def _with_aliases(text: str, unit: Unit, names: MappingABC[str, str]) -> str:
    name = unit.reference(text)
    if name is not None:
        return text.removesuffix(name) + names.get(name, name)

    def rename_placeholder(placeholder: re.Match[str]) -> str:
        inner = placeholder[1].strip()
        name = next((n for n in names if f".{inner}".endswith(f".{n}")), None)
        if name is None:
            return placeholder[0]
        return f"{{{{{inner.removesuffix(name)}{names[name]}}}}}"

    return _PLACEHOLDER.sub(rename_placeholder, text)


def _arguments(
    context: FixContext, mapping: Mapping, unit: Unit, names: MappingABC[str, str]
) -> Iterator[Proposal | None]:
    """Yield arguments for parameters that inputs of the same name have fed so far."""
    fields: Fields = {
        name: f"{unit.namespace}.{alias}"
        for name, alias in names.items()
        if unit.argument(name) is None
    }
    if fields:
        yield context.with_arguments(mapping, fields)
