"""Deleting declarations without effect, or turning them into comments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.declarations import (
    METADATA,
    declared_inputs,
    is_told_by_inputs,
)
from naftiko_gen.syntax.editing.nodes_at import Point, point
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Sequence
from naftiko_gen.tools.fix.context import FixContext, Proposal, combine

# --- parameters ------------------------------------------------------------------


def comment_out_parameters(code: Code) -> Callable[[FixContext, Span], Proposal | None]:
    """Return the rule that comments out the parameters with a diagnostic of a code.

    Their arguments in calls are commented out as well. The parameters of a list are one
    proposal: if all items go, the list itself becomes a comment.
    """

    def rule(context: FixContext, span: Span) -> Proposal | None:
        place = _list_around(context, span)
        if place is None:
            return None
        holder, entry, items = place
        starts = set(map(point, context.spans_of(code)))
        dropped_items = [item for item in items if _starts(item) & starts]
        parts = [
            context.comment_out_items(holder, entry, dropped_items),
            *_without_arguments(context, dropped_items),
        ]
        return combine(*parts)

    return rule


def _list_around(
    context: FixContext, span: Span
) -> tuple[Mapping, Entry, tuple[Node, ...]] | None:
    """Return the mapping, entry and items of the list around an item or its name."""
    places, at = context.places, point(span)
    place = places.scalars.get(at) or places.mappings.get(at)
    around = place.around if place else ()
    for holder, list_ in zip(reversed(around[:-1]), reversed(around), strict=False):
        if isinstance(list_, Sequence) and isinstance(holder, Mapping):
            entry = next(
                candidate for candidate in holder.entries if candidate.value is list_
            )
            return holder, entry, list_.items
    return None


def _starts(item: Node) -> set[Point]:
    """Return the places of an item and of its name."""
    name = item.value_span("name") if isinstance(item, Mapping) else item.span
    return {point(item.span), point(name)}


def _without_arguments(
    context: FixContext, nodes: Collection[Node]
) -> Iterator[Proposal | None]:
    """Yield edits that comment out the arguments for dropped parameters."""
    starts = {point(node.span) for node in nodes}
    for unit, _ in context.meaning.origins.callers:
        keys = {
            entry.key
            for entry in unit.arguments
            if entry.key in _names(unit.declared, starts)
        }
        holder = (unit.step or unit.model).node
        place = context.places.mappings.get(point(holder.span))
        mapping = place.node if place else None
        if keys and isinstance(mapping, Mapping):
            yield _without_keys(context, mapping, keys)


def _names(declaration: DeclaredOperation, starts: Collection[Point]) -> set[str]:
    """Return the names of an operation's parameters that start at these places."""
    inputs = declared_inputs(declaration)
    return {
        parameter.name for parameter in inputs if point(parameter.node.span) in starts
    }


def _without_keys(
    context: FixContext, unit: Mapping, keys: Collection[str]
) -> Proposal | None:
    mapping = unit.entry("with")
    arguments = mapping.value if mapping else None
    if mapping is None or not isinstance(arguments, Mapping):
        return None
    if all(entry.key in keys for entry in arguments.entries):
        return context.comment_out(unit, mapping)
    entries = [entry for entry in arguments.entries if entry.key in keys]
    parts = [context.comment_out(arguments, entry) for entry in entries]
    return combine(*parts)


def delete_metadata(context: FixContext, span: Span) -> Proposal | None:
    """Delete the description of a parameter if the inputs that feed it have it, too."""
    place = context.places.keys.get(point(span))
    mapping = place.mapping if place else None
    if mapping is None or not _is_told_by_inputs(context, mapping):
        return None
    return context.without(mapping, METADATA)


def _is_told_by_inputs(context: FixContext, mapping: Mapping) -> bool:
    """Return whether no operation that sends the parameter needs its description."""
    origins = context.meaning.origins
    return all(
        is_told_by_inputs(
            declaration, model, parameter.place, origins.calling(declaration)
        )
        for declaration, model, parameter in context.sent.get(point(mapping.span), ())
    )


# --- operations ------------------------------------------------------------------


def comment_out_repetition(context: FixContext, span: Span) -> Proposal | None:
    """Comment out an operation that repeats an earlier one exactly.

    An operation that differs, or has another path, might be the intended one.
    """
    place = _list_around(context, span)
    declarations = list(_declarations(context))
    later = next(
        (candidate for candidate in declarations if span == _name_span(candidate)), None
    )
    if place is None or later is None:
        return None
    holder, entry, items = place
    first = next(candidate for candidate in declarations if candidate.key == later.key)
    if _words(first) != _words(later):
        return None
    mapping = context.typed_mapping(later.operation.node)
    repetitions = [item for item in items if item is mapping]
    return (
        context.comment_out_items(holder, entry, repetitions) if repetitions else None
    )


def _declarations(context: FixContext) -> Iterator[DeclaredOperation]:
    for consumes in context.meaning.document.capability.consumes:
        for resource in consumes.resources:
            for operation in resource.operations:
                yield DeclaredOperation(consumes, resource, operation)


def _name_span(declaration: DeclaredOperation) -> Span:
    return declaration.operation.node.value_span("name")


def _words(declaration: DeclaredOperation) -> tuple[object, ...]:
    """Return the declaration of an operation in comparable form."""
    inputs = declaration.resource.node.get("inputParameters")
    return (
        declaration.consumes,
        declaration.resource.path,
        inputs.plain() if inputs else None,
        declaration.operation.node.plain(),
    )


# --- outputs ---------------------------------------------------------------------


def delete_outputs(context: FixContext, span: Span) -> Proposal | None:
    """Delete outputs without effect: the response is returned unchanged."""
    place = context.places.mappings.get(point(span))
    if place is None or len(place.around) < 2:
        return None
    unit, outputs = place.around[-2:]
    if not isinstance(unit, Mapping) or not isinstance(outputs, Sequence):
        return None
    canonical = context.canonical(unit)
    if canonical is not None and "outputParameters" in canonical:
        return None
    return context.without(unit, {"outputParameters"})
