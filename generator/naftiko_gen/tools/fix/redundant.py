"""Deleting declarations without effect, or turning them into comments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import pairwise

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.declarations import (
    METADATA,
    declared_inputs,
    is_told_by_inputs,
)
from naftiko_gen.syntax.editing.editor import Proposal, combine
from naftiko_gen.syntax.editing.nodes_at import (
    NoEditError,
    Point,
    expect,
    need,
    point,
    require,
)
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Sequence
from naftiko_gen.tools.fix.context import FixContext

# --- parameters ------------------------------------------------------------------


def comment_out_parameters(code: Code) -> Callable[[FixContext, Span], Proposal]:
    """Return the rule that comments out the parameters with a diagnostic of a code.

    Their arguments in calls are commented out as well. The parameters of a list are one
    proposal: if all items go, the list itself becomes a comment.
    """

    def rule(context: FixContext, span: Span) -> Proposal:
        holder, entry, items = _list_around(context, span)
        starts = set(map(point, context.spans_of(code)))
        dropped_items = [item for item in items if _starts(item) & starts]
        return combine(
            context.comment_out_items(holder, entry, dropped_items),
            *_without_arguments(context, dropped_items),
        )

    return rule


def _list_around(
    context: FixContext, span: Span
) -> tuple[Mapping, Entry, tuple[Node, ...]]:
    """Return the mapping, entry and items of the list around an item or its name."""
    for node, holder in pairwise(context.around(span)):
        if isinstance(node, Sequence) and isinstance(holder, Mapping):
            entry = next(entry for entry in holder.entries if entry.value is node)
            return holder, entry, node.items
    raise NoEditError


def _starts(item: Node) -> set[Point]:
    """Return the places of an item and of its name."""
    name = item.value_span("name") if isinstance(item, Mapping) else item.span
    return {point(item.span), point(name)}


def _without_arguments(
    context: FixContext, nodes: Collection[Node]
) -> Iterator[Proposal]:
    """Yield edits that comment out the arguments for dropped parameters."""
    starts = {point(node.span) for node in nodes}
    for unit, _ in context.meaning.origins.callers:
        inputs = declared_inputs(unit.declared)
        names = {input_.name for input_ in inputs if point(input_.node.span) in starts}
        holder = (unit.step or unit.model).node
        place = context.places.mappings.get(point(holder.span))
        if place and not names.isdisjoint(entry.key for entry in unit.arguments):
            yield _without_keys(context, place.node, names)


def _without_keys(
    context: FixContext, unit: Mapping, keys: Collection[str]
) -> Proposal:
    mapping = need(unit.entry("with"))
    arguments = expect(Mapping, mapping.value)
    if all(entry.key in keys for entry in arguments.entries):
        return context.comment_out(unit, mapping)
    entries = [entry for entry in arguments.entries if entry.key in keys]
    return combine(*(context.comment_out(arguments, entry) for entry in entries))


def delete_metadata(context: FixContext, span: Span) -> Proposal:
    """Delete the description of a parameter if the inputs that feed it have it, too."""
    mapping, _ = context.entry(span)
    calling = context.meaning.origins.calling
    uses = context.sent.get(point(mapping.span), ())
    require(*(is_told_by_inputs(d, model, p.place, calling(d)) for d, model, p in uses))
    return context.without(mapping, *METADATA)


# --- operations ------------------------------------------------------------------


def comment_out_repetition(context: FixContext, span: Span) -> Proposal:
    """Comment out an operation that repeats an earlier one exactly.

    An operation that differs, or has another path, might be the intended one.
    """
    holder, entry, items = _list_around(context, span)
    declarations = [
        DeclaredOperation(consumes, resource, operation)
        for consumes in context.meaning.document.capability.consumes
        for resource in consumes.resources
        for operation in resource.operations
    ]
    starts = {item.operation.node.value_span("name"): item for item in declarations}
    later = need(starts.get(span))
    first = next(item for item in declarations if item.key == later.key)
    require(_words(first) == _words(later))
    mapping = context.typed_mapping(later.operation.node)
    repetitions = [item for item in items if item is mapping]
    return context.comment_out_items(holder, entry, repetitions)


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


def delete_outputs(context: FixContext, span: Span) -> Proposal:
    """Delete outputs without effect: the response is returned unchanged."""
    holder, _, _ = _list_around(context, span)
    require("outputParameters" not in context.canonical(holder))
    return context.without(holder, "outputParameters")
