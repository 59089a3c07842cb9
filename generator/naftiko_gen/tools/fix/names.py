"""Writing the names that the compiler infers for ambiguous or missing ones."""

from __future__ import annotations

from collections.abc import Iterator

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models
from naftiko_gen.resolve.catalogue import UpstreamNames
from naftiko_gen.resolve.exposed.names import humanise
from naftiko_gen.resolve.usage import NameMatcher
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping
from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal, combine

# --- routes and tools ------------------------------------------------------------


def write_distinct_name(context: FixContext, span: Span) -> Proposal | None:
    """Write the inferred name of a route or tool whose own name is taken."""
    mapping = _mapping_at(context, span)
    resolution = context.meaning.origins.exposed_at(mapping.span) if mapping else None
    if mapping is None or resolution is None:
        return None
    parts = [_write_name(context, mapping, resolution[1].name)]
    if not _is_described(mapping, resolution[1]):
        # An inferred description depends on the typed name, so it is kept.
        parts.append(
            _behind_name(context, mapping, "description", resolution[1].description)
        )
    return combine(*parts)


def _mapping_at(context: FixContext, span: Span) -> Mapping | None:
    """Return the mapping around a value, or the mapping that starts there."""
    scalar = context.places.scalars.get(point(span))
    if scalar is not None:
        return scalar.mapping
    place = context.places.mappings.get(point(span))
    return place.node if place and isinstance(place.node, Mapping) else None


def _write_name(context: FixContext, mapping: Mapping, name: str) -> Proposal | None:
    if "name" not in mapping:
        return _behind_name(context, mapping, "name", name)
    return context.respell(mapping.value_span("name"), name)


def _behind_name(
    context: FixContext, mapping: Mapping, key: str, value: str
) -> Proposal | None:
    """Write a key behind the name, or else behind the method."""
    entry = mapping.entry("name") or mapping.entry("method")
    return context.with_entries_behind(mapping, entry, {key: value}) if entry else None


def _is_described(mapping: Mapping, exposed: ir.Exposed) -> bool:
    is_tool = isinstance(exposed, ir.Tool)
    operation = exposed.implementation.operation
    description = operation.description if operation else None
    name = mapping.text("name") or (operation.name if operation else exposed.name)
    is_in_words = exposed.description == humanise(name)
    return is_tool or "description" in mapping or bool(description) or not is_in_words


# --- their calls -----------------------------------------------------------------


def write_whole_call(context: FixContext, span: Span) -> Proposal | None:
    """Write the inferred namespace of the operation in a call."""
    place = context.places.scalars.get(point(span))
    mapping = place.mapping if place else None
    callers = context.meaning.origins.callers
    keys = (c.declared.key for c, _ in callers if point(c.name_span) == point(span))
    key = next(keys, None) if mapping else None
    return context.respell(span, ".".join(key)) if key else None


def respell_parameter(context: FixContext, span: Span) -> Proposal | None:
    """Respell a key of `with` as the parameter that it matches."""
    place = context.places.keys.get(point(span))
    if place is None or place.entry is None or len(place.around) < 2:
        return None
    mapping = place.around[-2]
    resolution = context.meaning.origins.exposed_at(mapping.span)
    if resolution is None:
        return None
    unit, exposed = resolution
    parameters = ir.called_parameters(exposed.implementation)
    names = NameMatcher([parameter.name for parameter in parameters])
    name = names.match(place.entry.key, unit)
    return context.rename_key(place.entry, name) if name else None


def write_argument_of_input(context: FixContext, span: Span) -> Proposal | None:
    """Write `with` entries for parameters whose inputs are spelt differently."""
    place = context.places.scalars.get(point(span))
    mapping = place.around[-3] if place and len(place.around) > 2 else None
    resolution = context.meaning.origins.exposed_at(mapping.span) if mapping else None
    if place is None or not isinstance(mapping, Mapping) or resolution is None:
        return None
    unit, exposed = resolution
    parameters = ir.called_parameters(exposed.implementation)
    names = NameMatcher([parameter.name for parameter in parameters])
    fields: Fields = {
        name: f"{unit.namespace}.{entry.key}"
        for entry in names.implicit(unit)
        if (name := names.match(entry.key, unit)) is not None
    }
    return context.with_arguments(mapping, fields) if fields else None


# --- shared namespaces -----------------------------------------------------------


def write_distinct_namespace(context: FixContext, span: Span) -> Proposal | None:
    """Give a consumes block the distinct namespace of its upstream, in calls as well.

    A block stays unchanged if another block of its namespace declares an operation of
    the same name, because calls may refer to either.
    """
    block = _block_at(context, span)
    if block is None:
        return None
    blocks = context.meaning.document.capability.consumes
    namespace = UpstreamNames.of(blocks).of_block(block)
    if namespace == block.namespace:
        return None
    if _names(block) & _names(*_sharers(context, block)):
        return None
    calls = _respell_calls(context, block, namespace)
    return combine(context.respell(span, namespace), *calls)


def _block_at(context: FixContext, span: Span) -> models.Consumes | None:
    """Return the consumes block whose namespace is at a place."""
    for block in context.meaning.document.capability.consumes:
        if point(block.node.value_span("namespace")) == point(span):
            return block
    return None


def _respell_calls(
    context: FixContext, block: models.Consumes, namespace: str
) -> Iterator[Proposal | None]:
    for caller, _ in context.meaning.origins.callers:
        if caller.declared.consumes is block:
            name = f"{namespace}.{caller.declared.operation.name}"
            yield context.respell(caller.name_span, name)


def _sharers(context: FixContext, block: models.Consumes) -> list[models.Consumes]:
    """Return the other blocks with a block's namespace."""
    blocks = context.meaning.document.capability.consumes
    same = [other for other in blocks if other.namespace == block.namespace]
    return [other for other in same if other is not block]


def _names(*blocks: models.Consumes) -> set[str]:
    return {
        operation.name
        for block in blocks
        for resource in block.resources
        for operation in resource.operations
    }
