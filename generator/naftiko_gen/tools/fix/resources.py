"""Splitting resources by the paths of their operations, and sorting them."""

from __future__ import annotations

from collections.abc import Container, Iterator
from collections.abc import Sequence as ListABC
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models
from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.syntax.editing.nodes_at import Point, point
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Sequence
from naftiko_gen.syntax.yaml_writer import field_lines, item_lines, spell
from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal, combine
from naftiko_gen.tools.fix.differences import NodeWriter

_INPUTS = "inputParameters"
_REPEATED = frozenset({"description", "label", _INPUTS})
"""Keys of a resource that apply to all its operations."""
_OWN = frozenset({"path", "name", "operations"})


@dataclass(frozen=True)
class _Location:
    """The path of an operation, and the query in its resource's path."""

    path: str
    query: tuple[tuple[str, models.Constant | None], ...] = ()

    def inputs(self) -> list[Fields]:
        return [_input(name, value) for name, value in self.query]


def _input(name: str, value: models.Constant | None) -> Fields:
    fields: Fields = {"name": name, "in": "query"}
    return fields if value is None else {**fields, "value": str(value)}


def split_by_path(context: FixContext, span: Span) -> Proposal | None:
    """Split a resource: each run of operations with one path gets a resource."""
    resource = _resource_at(context, span)
    runs = _runs(context, resource) if resource else []
    if resource is None or not runs:
        return None
    where, _ = runs[0]
    parts = [
        _first(context, resource, where, is_torn=len(runs) > 1),
        *_without_paths(context, resource),
        *_later(context, resource, runs[1:]),
    ]
    edits = tuple(edit for part in parts if part is not None for edit in part)
    return edits if all(part is not None for part in parts) else None


def _runs(context: FixContext, resource: Mapping) -> list[tuple[_Location, Mapping]]:
    """Return each location and its first operation; none if a location is unknown."""
    runs = []
    for where, run in groupby(_operations(resource), partial(_location, context)):
        if where is None:
            return []
        runs.append((where, next(run)))
    return runs


def _resource_at(context: FixContext, span: Span) -> Mapping | None:
    """Return the resource around a place."""
    places = context.places
    at = point(span)
    around = [
        node
        for index in (places.scalars, places.keys, places.mappings)
        if at in index
        for node in (*index[at].around, index[at].node)
        if isinstance(node, Mapping) and "operations" in node and "path" in node
    ]
    return around[-1] if around else None


def _operations(resource: Mapping) -> list[Mapping]:
    operations = resource.get("operations")
    items = operations.items if isinstance(operations, Sequence) else ()
    return [item for item in items if isinstance(item, Mapping)]


# --- paths of operations ---


def _location(context: FixContext, operation: Mapping) -> _Location | None:
    """Return the location of an operation of the spec itself."""
    at = point(operation.span)
    if at in context.consumed:
        return _locate_consumed(context, *context.consumed[at])
    if at in context.routed:
        resolution = context.meaning.origins.exposed_at(operation.span)
        return _Location(
            _route_text(resolution[1]) if resolution else context.routed[at].path
        )
    return None


def _locate_consumed(
    context: FixContext,
    resource: models.ConsumedResource,
    model: models.ConsumedOperation,
) -> _Location:
    at = point(resource.node.value_span("path"))
    query = tuple(
        (input_.name, input_.value)
        for input_ in resource.inputs
        if point(input_.node.span) == at
    )
    operation = context.meaning.origins.operation(model)
    path = path_text(operation.path) if operation else None
    return _Location(path or resource.path, query)


def _route_text(unit: ir.Exposed) -> str:
    """Return a route as text, with the names of its inputs in braces."""
    pieces = unit.route if isinstance(unit, ir.Route) else ()
    texts = (
        f"{{{piece.name}}}" if isinstance(piece, ir.Input) else piece
        for piece in pieces
    )
    return "".join(texts)


def path_text(pieces: tuple[str | ir.Parameter | ir.Variable, ...]) -> str | None:
    """Return a path as text; None if it contains a variable of the environment."""
    texts = (
        f"{{{{{piece.name}}}}}" if isinstance(piece, ir.Parameter) else piece
        for piece in pieces
    )
    literal = [text for text in texts if isinstance(text, str)]
    return "".join(literal) if len(literal) == len(pieces) else None


# --- edits ---


def _first(
    context: FixContext, resource: Mapping, where: _Location, *, is_torn: bool
) -> Proposal | None:
    """Write the path of the first run, and the query of the old path as inputs.

    If other resources follow, `operations` becomes the last key.
    """
    edits = _first_path(context, resource, where.path, is_torn=is_torn)
    if edits is None or not where.query:
        return edits
    return combine(edits, _query_inputs(context, resource, where.inputs()))


def _first_path(
    context: FixContext, resource: Mapping, path: str, *, is_torn: bool
) -> Proposal | None:
    operations = resource.entry("operations")
    if operations is None or not is_torn or resource.entries[-1] is operations:
        return context.respell(resource.value_span("path"), path)
    return _with_operations_last(context, resource, operations, path)


def _query_inputs(
    context: FixContext, resource: Mapping, query: list[Fields]
) -> Proposal | None:
    inputs, operations = resource.entry(_INPUTS), resource.entry("operations")
    if inputs is not None:
        return context.with_items_first(inputs, query)
    if operations is None:
        return None
    return context.with_entries_before(resource, operations, {_INPUTS: query})


def _with_operations_last(
    context: FixContext, resource: Mapping, operations: Entry, path: str
) -> Proposal | None:
    """Move the keys behind `operations` before it, because new resources follow it."""
    behind = resource.entries[resource.entries.index(operations) + 1 :]
    keys = {entry.key for entry in behind}
    writer = NodeWriter(context, set(), {})
    others = (writer.entry(entry) for entry in behind if entry.key != "path")
    lines = [line for entry_lines in others for line in entry_lines]
    if "path" in keys:
        lines.insert(0, f"path: {spell(path)}")
        respelling: Proposal | None = ()
    else:
        respelling = context.respell(resource.value_span("path"), path)
    removal = context.without(resource, keys)
    if removal is None or respelling is None:
        return None
    insertion = context.with_lines_before(resource, operations, lines)
    return (*respelling, *removal, *insertion)


def _without_paths(context: FixContext, resource: Mapping) -> Iterator[Proposal | None]:
    for operation in _operations(resource):
        if "path" in operation:
            yield context.without(operation, {"path"})


def _later(
    context: FixContext, resource: Mapping, runs: list[tuple[_Location, Mapping]]
) -> Iterator[Proposal | None]:
    """Yield a new resource before the first operation of each later run."""
    name = resource.text("name") or resource_name(context, resource)
    names: set[str] = set()
    for where, operation in runs:
        distinct = _distinct(name, context.names | names) if name else None
        names |= {distinct} if distinct else set()
        yield _new_resource(context, resource, operation, where, distinct)


def resource_name(context: FixContext, resource: Mapping) -> str | None:
    """Return the declared or inferred name of a resource."""
    canonical = context.canonical(resource)
    return canonical.text("name") if canonical else None


def _distinct(name: str, names: Container[str]) -> str:
    number = 2
    while f"{name}-{number}" in names:
        number += 1
    return f"{name}-{number}"


def _new_resource(
    context: FixContext,
    resource: Mapping,
    operation: Mapping,
    where: _Location,
    name: str | None,
) -> Proposal | None:
    """Begin a resource before an operation; the operations behind it follow."""
    is_block = not context.text.is_flow(resource) and context.is_item(operation)
    if not is_block or not context.is_item(resource):
        return None
    repetition = _repeated_lines(context, resource, where.inputs())
    if repetition is None:
        return None
    name_lines = [f"name: {spell(name)}"] if name else []
    lines = [f"path: {spell(where.path)}", *name_lines, *repetition, "operations:"]
    dash = context.text.line(resource.span.line)[: resource.span.column - 1]
    blank = " " * len(dash)
    at = context.text.line_start(context.first_comment(operation.span))
    newline = context.text.newline
    content = newline.join(blank + line if line else line for line in lines)
    return (Edit(at, at, dash + content.removeprefix(blank) + newline),)


def _repeated_lines(
    context: FixContext, resource: Mapping, query: list[Fields]
) -> list[str] | None:
    """Return the lines of the keys that apply to all operations, with a query's inputs.

    Return None if the resource has other keys, or its list of inputs is in brackets.
    """
    if any(entry.key not in _REPEATED | _OWN for entry in resource.entries):
        return None
    writer, lines = NodeWriter(context, set(), {}), []
    new_items = [line for item in query for line in item_lines(item)]
    if query and _INPUTS not in resource:
        lines += field_lines({_INPUTS: [*query]})
    for entry in resource.entries:
        if entry.key in _REPEATED:
            key, *others = writer.entry(entry)
            if entry.key == _INPUTS and query and not others:
                return None
            lines += [key, *(new_items if entry.key == _INPUTS else ()), *others]
    return lines


# --- sorting --------------------------------------------------------------------


def sort_resources(context: FixContext, span: Span) -> Proposal | None:
    """Sort resources in the order in which the adapter matches their routes."""
    place = context.places.scalars.get(point(span))
    around = place.around if place else ()
    resources = next(
        (node for node in reversed(around) if isinstance(node, Sequence)), None
    )
    if resources is None:
        return None
    items = {point(item.span): item for item in resources.items}
    for adapter in context.meaning.capability.rest:
        order = dict.fromkeys(_resources(context, adapter))
        if order.keys() == items.keys():
            return _reorder(context, resources, [items[at] for at in order])
    return None


def _resources(context: FixContext, adapter: ir.RestAdapter) -> Iterator[Point]:
    """Yield the start of each operation's resource."""
    for route in adapter.routes:
        resource = context.meaning.origins.unit(route).resource
        if resource is not None:
            yield point(resource.node.span)


def _reorder(
    context: FixContext, resources: Sequence, items: ListABC[Node]
) -> Proposal | None:
    """Reorder the items of a list, each with the comment above it.

    A comment with blank lines around it could be about either neighbour: give up.
    """
    characters, old = context.text.characters, resources.items
    if context.text.is_flow(resources) or not all(map(context.is_item, old)):
        return None
    extents = [_extent(context, item, resources.span.column) for item in old]
    between = [characters[a.stop : b.start] for a, b in pairwise(extents)]
    if "".join(between).strip():
        return None
    texts = {
        item.span: characters[extent] for item, extent in zip(old, extents, strict=True)
    }
    pieces = zip((texts[item.span] for item in items), (*between, ""), strict=True)
    new = "".join(part for pair in pieces for part in pair)
    return (Edit(extents[0].start, extents[-1].stop, new),)


def _extent(context: FixContext, item: Node, column: int) -> slice:
    """Return the characters of an item of a list in a column, with its comment."""
    start = context.text.line_start(context.first_comment(item.span))
    return slice(start, context.text.line_end(context.text.last_line(item, column)))
