"""Writing the names that the compiler infers for ambiguous or missing ones."""

from __future__ import annotations

from collections.abc import Iterator

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models
from naftiko_gen.resolve.catalogue import names_of_upstreams
from naftiko_gen.resolve.exposed.names import humanise
from naftiko_gen.resolve.usage import NameMatcher
from naftiko_gen.syntax.editing.editor import Proposal, combine
from naftiko_gen.syntax.editing.nodes_at import need, point, require
from naftiko_gen.syntax.tree import Mapping
from naftiko_gen.syntax.yaml_writer import Fields
from naftiko_gen.tools.fix.context import FixContext

# --- routes and tools ------------------------------------------------------------


def write_distinct_name(context: FixContext, span: Span) -> Proposal:
    """Write the inferred name of a route or tool whose own name is taken."""
    mapping = _mapping_at(context, span)
    _, exposed = context.exposed_unit(mapping)
    if "name" in mapping:
        edits = context.replace_value(mapping.value_span("name"), exposed.name)
    else:
        edits = _behind_name(context, mapping, {"name": exposed.name})
    if _is_described(mapping, exposed):
        return edits
    # An inferred description depends on the typed name, so it is kept.
    description: Fields = {"description": exposed.description}
    return combine(edits, _behind_name(context, mapping, description))


def _mapping_at(context: FixContext, span: Span) -> Mapping:
    """Return the mapping around a value, or the mapping that starts there."""
    scalar = context.places.scalars.get(point(span))
    if scalar is not None:
        return need(scalar.mapping)
    return need(context.places.mappings.get(point(span))).node


def _behind_name(context: FixContext, mapping: Mapping, fields: Fields) -> Proposal:
    """Write a key behind the name, or else behind the method."""
    entry = need(mapping.entry("name") or mapping.entry("method"))
    return context.with_entries_behind(mapping, entry, fields)


def _is_described(mapping: Mapping, exposed: ir.Exposed) -> bool:
    is_tool = isinstance(exposed, ir.Tool)
    operation = exposed.implementation.operation
    description = operation.description if operation else None
    name = mapping.text("name") or (operation.name if operation else exposed.name)
    is_in_words = exposed.description == humanise(name)
    return is_tool or "description" in mapping or bool(description) or not is_in_words


# --- their calls -----------------------------------------------------------------


def write_whole_call(context: FixContext, span: Span) -> Proposal:
    """Write the inferred namespace of the operation in a call."""
    callers = context.meaning.origins.callers
    keys = (c.declared.key for c, _ in callers if point(c.name_span) == point(span))
    key = need(next(keys, None))
    return context.replace_value(span, ".".join(key))


def respell_parameter(context: FixContext, span: Span) -> Proposal:
    """Respell a key of `with` as the parameter that it matches."""
    _, entry = context.entry(span)
    unit, exposed = context.exposed_unit(context.mapping_around(span, "with"))
    name = need(_parameters(exposed).match(entry.key, unit))
    return context.rename_key(entry, name)


def write_argument_of_input(context: FixContext, span: Span) -> Proposal:
    """Write `with` entries for parameters whose inputs are spelt differently."""
    mapping = context.mapping_around(span, "inputParameters")
    unit, exposed = context.exposed_unit(mapping)
    names = _parameters(exposed)
    fields: Fields = {
        name: f"{unit.namespace}.{entry.key}"
        for entry in names.implicit(unit)
        if (name := names.match(entry.key, unit)) is not None
    }
    require(fields)
    return context.with_arguments(mapping, fields)


def _parameters(exposed: ir.Exposed) -> NameMatcher:
    """Return the names of the parameters that a route or tool can pass."""
    parameters = ir.called_parameters(exposed.implementation)
    return NameMatcher([parameter.name for parameter in parameters])


# --- shared namespaces -----------------------------------------------------------


def write_distinct_namespace(context: FixContext, span: Span) -> Proposal:
    """Give a consumes block the distinct namespace of its upstream, in calls as well.

    A block stays unchanged if another block of its namespace declares an operation of
    the same name, because calls may refer to either.
    """
    blocks = context.meaning.document.capability.consumes
    starts = {point(other.node.value_span("namespace")): other for other in blocks}
    block = need(starts.get(point(span)))
    namespace = names_of_upstreams(blocks)[block]
    same = [other for other in blocks if other.namespace == block.namespace]
    others = [other for other in same if other is not block]
    require(namespace != block.namespace, not _names(block) & _names(*others))
    calls = _respell_calls(context, block, namespace)
    return combine(context.replace_value(span, namespace), *calls)


def _respell_calls(
    context: FixContext, block: models.Consumes, namespace: str
) -> Iterator[Proposal]:
    for caller, _ in context.meaning.origins.callers:
        if caller.declared.consumes is block:
            name = f"{namespace}.{caller.declared.operation.name}"
            yield context.replace_value(caller.name_span, name)


def _names(*blocks: models.Consumes) -> set[str]:
    return {
        operation.name
        for block in blocks
        for resource in block.resources
        for operation in resource.operations
    }
