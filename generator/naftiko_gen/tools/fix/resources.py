"""Splitting resources by the paths of their operations, and sorting them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as ListABC
from functools import partial
from itertools import count, groupby, pairwise

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models
from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.syntax.editing.editor import Proposal
from naftiko_gen.syntax.editing.nodes_at import (
    NoEditError,
    expect,
    need,
    point,
    require,
)
from naftiko_gen.syntax.tree import Mapping, Node, Sequence
from naftiko_gen.syntax.yaml_writer import Fields, field_lines, item_lines, spell
from naftiko_gen.tools.fix.context import FixContext, placeholder
from naftiko_gen.tools.fix.differences import NodeWriter

_INPUTS = "inputParameters"
_REPEATED = frozenset({"description", "label", _INPUTS})
"""Keys of a resource that apply to all its operations."""
_OWN = frozenset({"path", "name", "operations"})

_Location = tuple[str, list[Fields]]
"""The path of an operation, and the query in its resource's path as inputs."""


def split_by_path(context: FixContext, span: Span) -> Proposal:
    """Split a resource: each run of operations with one path gets a resource."""
    resource = context.mapping_around(span, "operations", "path")
    operations = [
        operation
        for operation in resource.items("operations")
        if isinstance(operation, Mapping)
    ]
    locate = partial(_locate, context, resource)
    runs = [(where, next(run)) for where, run in groupby(operations, locate)]
    require(runs)
    (path, query), _ = runs[0]
    parts = [
        _write_first_path(context, resource, path, is_torn=len(runs) > 1),
        _write_query(context, resource, query),
        *(context.without(item, "path") for item in operations if "path" in item),
        *_later(context, resource, runs[1:]),
    ]
    return tuple(edit for part in parts for edit in part)


# --- paths of operations ---


def _locate(context: FixContext, resource: Mapping, operation: Mapping) -> _Location:
    """Return the location of an operation of the spec itself."""
    if (at := point(operation.span)) in context.consumed:
        return _locate_consumed(context, *context.consumed[at])
    resolution = context.meaning.origins.exposed_at(operation.span)
    if resolution is None:
        return need(context.canonical(resource).text("path")), []
    _, unit = resolution
    pieces = unit.route if isinstance(unit, ir.Route) else ()
    texts = (p if isinstance(p, str) else f"{{{p.name}}}" for p in pieces)
    return "".join(texts), []


def _locate_consumed(
    context: FixContext,
    resource: models.ConsumedResource,
    model: models.ConsumedOperation,
) -> _Location:
    at, inputs = point(resource.node.value_span("path")), list[Fields]()
    for input_ in resource.inputs:
        if point(input_.node.span) == at:
            value = input_.value
            more: Fields = {} if value is None else {"value": str(value)}
            inputs.append({"name": input_.name, "in": "query", **more})
    operation = context.meaning.origins.operation(model)
    pieces = operation.path if operation else ()
    # The text of a path with a variable of the environment isn't known.
    is_known = not any(isinstance(piece, ir.Variable) for piece in pieces)
    texts = (p if isinstance(p, str) else placeholder(p.name) for p in pieces)
    return (is_known and "".join(texts)) or resource.path, inputs


# --- edits ---


def _write_first_path(
    context: FixContext, resource: Mapping, path: str, *, is_torn: bool
) -> Proposal:
    """Write the path of the first run.

    If other resources follow, the keys behind `operations` move before it.
    """
    operations = need(resource.entry("operations"))
    behind = resource.entries[resource.entries.index(operations) + 1 :]
    if not is_torn or not behind:
        return context.replace_value(resource.value_span("path"), path)
    writer, respelling = NodeWriter(context), Proposal()
    lines = [
        line for entry in behind if entry.key != "path" for line in writer.entry(entry)
    ]
    keys = [entry.key for entry in behind]
    if "path" in keys:
        lines.insert(0, f"path: {spell(path)}")
    else:
        respelling = context.replace_value(resource.value_span("path"), path)
    removal = context.without(resource, *keys)
    insertion = context.with_lines_before(resource, operations, lines)
    return (*respelling, *removal, *insertion)


def _write_query(
    context: FixContext, resource: Mapping, query: list[Fields]
) -> Proposal:
    """Write the query of the old path as inputs."""
    if not query:
        return ()
    if (inputs := resource.get(_INPUTS)) is not None:
        return context.with_items_first(expect(Sequence, inputs), query)
    operations = need(resource.entry("operations"))
    return context.with_entries_before(resource, operations, {_INPUTS: query})


def _later(
    context: FixContext, resource: Mapping, runs: list[tuple[_Location, Mapping]]
) -> Iterator[Proposal]:
    """Yield a new resource before the first operation of each later run."""
    # Or else the name that the compiler infers.
    name = resource.text("name") or context.canonical(resource).text("name")
    candidates = (f"{name}-{number}" for number in count(2))
    names = (candidate for candidate in candidates if candidate not in context.names)
    for where, operation in runs:
        new_name = next(names) if name else None
        yield _new_resource(context, resource, operation, where, new_name)


def _new_resource(
    context: FixContext,
    resource: Mapping,
    operation: Mapping,
    where: _Location,
    name: str | None,
) -> Proposal:
    """Begin a resource before an operation; the operations behind it follow."""
    require(not context.text.is_flow(resource))
    require(context.is_item(operation), context.is_item(resource))
    path, query = where
    repetition = _repeated_lines(context, resource, query)
    name_lines = [f"name: {spell(name)}"] if name else []
    lines = [f"path: {spell(path)}", *name_lines, *repetition, "operations:"]
    dash = context.text.before(resource.span)
    at = context.text.line_start(context.first_comment(operation.span))
    content = context.text.on_lines(lines, len(dash))
    begin = context.text.newline + " " * len(dash)
    new = dash + content.removeprefix(begin) + context.text.newline
    return (Edit(at, at, new),)


def _repeated_lines(
    context: FixContext, resource: Mapping, query: list[Fields]
) -> list[str]:
    """Return the lines of the keys that apply to all operations, with a query's inputs.

    The resource may have no other keys, and no list of inputs in brackets.
    """
    require(all(entry.key in _REPEATED | _OWN for entry in resource.entries))
    writer, lines = NodeWriter(context), []
    new_items = [line for item in query for line in item_lines(item)]
    if query and _INPUTS not in resource:
        lines += field_lines({_INPUTS: [*query]})
    for entry in resource.entries:
        if entry.key in _REPEATED:
            key, *others = writer.entry(entry)
            is_extended = entry.key == _INPUTS and bool(query)
            require(others or not is_extended)
            lines += [key, *(new_items if is_extended else ()), *others]
    return lines


# --- sorting --------------------------------------------------------------------


def sort_resources(context: FixContext, span: Span) -> Proposal:
    """Sort resources in the order in which the adapter matches their routes."""
    around = context.scalar(span).around
    lists = (node for node in reversed(around) if isinstance(node, Sequence))
    resources = need(next(lists, None))
    items = {point(item.span): item for item in resources.items}
    for adapter in context.meaning.capability.rest:
        units = map(context.meaning.origins.unit, adapter.routes)
        starts = (point(unit.resource.node.span) for unit in units if unit.resource)
        order = dict.fromkeys(starts)
        if order.keys() == items.keys():
            return _reorder(context, resources, [items[at] for at in order])
    raise NoEditError


def _reorder(
    context: FixContext, resources: Sequence, items: ListABC[Node]
) -> Proposal:
    """Reorder the items of a list, each with the comment above it.

    A comment with blank lines around it could be about either neighbour: give up.
    """
    characters, old = context.text.characters, resources.items
    require(not context.text.is_flow(resources), all(map(context.is_item, old)))
    extents = [_extent(context, item, resources.span.column) for item in old]
    between = [characters[a.stop : b.start] for a, b in pairwise(extents)]
    require(not "".join(between).strip())
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
