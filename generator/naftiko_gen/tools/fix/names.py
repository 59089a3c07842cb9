"""Names that the compiler gives, or finds, where those of a document name too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.resolve.exposed.descriptions import humanised
from naftiko_gen.resolve.exposed.matching import NameMatcher
from naftiko_gen.resolve.namespaces import UpstreamNames
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models
    from naftiko_gen.tools.fix.context import Fields, Proposal, Reading

# --- routes and tools ------------------------------------------------------------


def distinct_name(reading: Reading, span: Span) -> Proposal | None:
    """Write the name that a route or tool has as an earlier one has its own."""
    typed = _mapping_at(reading, span)
    found = reading.meaning.origins.exposed_at(typed.span) if typed else None
    if typed is None or found is None:
        return None
    parts = [_named(reading, typed, found[1].name)]
    if not _is_described(typed, found[1]):
        # A description in words is that of the name that was typed.
        parts.append(_behind_name(reading, typed, "description", found[1].description))
    edits = tuple(edit for part in parts if part for edit in part)
    return edits if all(parts) else None


def _mapping_at(reading: Reading, span: Span) -> Mapping | None:
    """Return the mapping that a value is in, or that starts there itself."""
    scalar = reading.places.scalars.get(point(span))
    if scalar is not None:
        return scalar.mapping
    place = reading.places.mappings.get(point(span))
    return place.node if place and isinstance(place.node, Mapping) else None


def _named(reading: Reading, typed: Mapping, name: str) -> Proposal | None:
    if "name" not in typed:
        return _behind_name(reading, typed, "name", name)
    return reading.respelt(typed.value_span("name"), name)


def _behind_name(
    reading: Reading, typed: Mapping, key: str, value: str
) -> Proposal | None:
    """Write a key behind the name, or behind the method of what has none."""
    entry = typed.entry("name") or typed.entry("method")
    return reading.with_entry_behind(typed, entry, key, value) if entry else None


def _is_described(typed: Mapping, exposed: ir.Exposed) -> bool:
    is_tool = isinstance(exposed, ir.Tool)
    operation = ir.primary_operation(exposed.implementation)
    said = operation.description
    name = typed.text("name") or operation.name
    is_in_words = exposed.description == humanised(name)
    return is_tool or "description" in typed or bool(said) or not is_in_words


# --- what they call --------------------------------------------------------------


def whole_call(reading: Reading, span: Span) -> Proposal | None:
    """Write the namespace of the operation that a call was found to name."""
    place = reading.places.scalars.get(point(span))
    typed = place.mapping if place else None
    found = reading.meaning.origins.exposed_at(typed.span) if typed else None
    return reading.respelt(span, ".".join(found[0].declared.key)) if found else None


def parameter_name(reading: Reading, span: Span) -> Proposal | None:
    """Write a key of `with` as the parameter that it means."""
    place = reading.places.keys.get(point(span))
    if place is None or place.entry is None or len(place.around) < 2:
        return None
    typed = place.around[-2]
    found = reading.meaning.origins.exposed_at(typed.span)
    if found is None:
        return None
    unit, exposed = found
    parameters = ir.called_parameters(exposed.implementation)
    names = NameMatcher([parameter.name for parameter in parameters])
    name = names.match(place.entry.key, unit)
    return reading.renamed(place.entry, name) if name else None


def argument_of_input(reading: Reading, span: Span) -> Proposal | None:
    """Write in `with` which parameters are fed by inputs that are spelt otherwise."""
    place = reading.places.scalars.get(point(span))
    typed = place.around[-3] if place and len(place.around) > 2 else None
    found = reading.meaning.origins.exposed_at(typed.span) if typed else None
    if place is None or not isinstance(typed, Mapping) or found is None:
        return None
    unit, exposed = found
    parameters = ir.called_parameters(exposed.implementation)
    names = NameMatcher([parameter.name for parameter in parameters])
    fields: Fields = {
        name: f"{unit.namespace}.{entry.key}"
        for entry in names.implicit(unit)
        if (name := names.match(entry.key, unit)) is not None
    }
    return reading.with_arguments(typed, fields) if fields else None


# --- what blocks share -----------------------------------------------------------


def distinct_namespace(reading: Reading, span: Span) -> Proposal | None:
    """Call a consumes block as its upstream is called, and so do those who call it.

    Blocks that declare one operation are left: calls may mean the other one.
    """
    blocks = reading.meaning.document.capability.consumes
    place = point(span)
    block = next(
        (each for each in blocks if point(each.node.value_span("namespace")) == place),
        None,
    )
    if block is None:
        return None
    namespace = UpstreamNames.of(blocks).of_block(block)
    if namespace == block.namespace:
        return None
    if _names(block) & _names(*_sharers(reading, block)):
        return None
    units = (unit for unit, _ in reading.meaning.origins.units)
    called = [unit for unit in units if unit.declared.consumes is block]
    parts = [reading.respelt(span, namespace)]
    for unit in called:
        at = unit.model.node.value_span("call")
        name = f"{namespace}.{unit.declared.operation.name}"
        parts.append(reading.respelt(at, name))
    edits = tuple(edit for part in parts if part for edit in part)
    return edits if all(parts) else None


def _sharers(reading: Reading, block: models.Consumes) -> list[models.Consumes]:
    """Return the other blocks of a block's namespace."""
    blocks = reading.meaning.document.capability.consumes
    same = [each for each in blocks if each.namespace == block.namespace]
    return [each for each in same if each is not block]


def _names(*blocks: models.Consumes) -> set[str]:
    return {
        operation.name
        for block in blocks
        for resource in block.resources
        for operation in resource.operations
    }
