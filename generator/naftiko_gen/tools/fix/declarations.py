"""Declaring inputs and parameters where a spec uses or means them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from itertools import takewhile
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.dialects.detection import is_ikanos
from naftiko_gen.language import models as spec
from naftiko_gen.language.expressions import json_path_of
from naftiko_gen.resolve.exposed.names import ARGUMENT_NAMES, aliases
from naftiko_gen.resolve.units import Unit
from naftiko_gen.syntax.editing.nodes_at import Place, point
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Sequence
from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal, combine

_INPUTS = "inputParameters"
_BEFORE = ("with", "outputParameters", "call")
"""Keys of a unit; the list of inputs is written before the first of them."""

# --- inputs of routes and tools --------------------------------------------------


def declare_inputs(context: FixContext, span: Span) -> Proposal | None:
    """Declare the undeclared inputs of a route or tool."""
    return _declare(context, span, lambda _, missing: map(_input, missing))


def declare_in_full(context: FixContext, span: Span) -> Proposal | None:
    """Declare the undeclared inputs, with keys that are usually redundant.

    `value` is needed if the input is the body's only member.
    """
    return _declare(context, span, lambda _, missing: map(_full, missing))


def declare_referenced(context: FixContext, span: Span) -> Proposal | None:
    """Declare the leading undeclared inputs that `with` refers to."""

    def write(unit: Mapping, missing: list[ir.Input]) -> Iterator[Fields]:
        arguments = str(unit.get("with"))
        earlier = takewhile(lambda input_: f".{input_.name}'" in arguments, missing)
        return map(_input, earlier)

    return _declare(context, span, write)


def _declare(
    context: FixContext,
    span: Span,
    write: Callable[[Mapping, list[ir.Input]], Iterable[Fields]],
) -> Proposal | None:
    unit = unit_at(context, span)
    resolution = context.meaning.origins.exposed_at(unit.span) if unit else None
    if unit is None or resolution is None:
        return None
    declaration, exposed = resolution
    names = {input_.name for input_ in declaration.inputs}
    inputs = _as_typed(declaration, exposed)
    missing = [input_ for input_ in inputs if input_.name not in names]
    return add_to_list(context, unit, list(write(unit, missing)), _BEFORE)


def _full(input_: ir.Input) -> Fields:
    fields = _input(input_)
    if isinstance(input_.location, ir.InField):
        fields["value"] = json_path_of(input_.location.path)
    return fields


def declare_passed_on(
    context: FixContext, declaration: Unit, exposed: ir.Exposed
) -> Proposal | None:
    """Declare every input of a route or tool, including a body that it passes on."""
    unit = context.typed_mapping(declaration.model.node)
    if unit is None:
        return None
    declared_names = {input_.name for input_ in declaration.inputs}
    inputs = _as_named(declaration, exposed)
    missing = [_input(input_) for input_ in inputs if input_.name not in declared_names]
    return add_to_list(context, unit, missing, _BEFORE)


def unit_at(context: FixContext, span: Span) -> Mapping | None:
    """Return the typed route operation or tool around a place."""
    return next(
        (
            node
            for place in _places(context, span)
            for node in reversed(place.around)
            if isinstance(node, Mapping) and "call" in node
        ),
        None,
    )


def _places(context: FixContext, span: Span) -> Iterator[Place]:
    at = point(span)
    places = context.places
    for index in (places.scalars, places.keys, places.mappings, places.lists):
        if at in index:
            yield index[at]


def _as_typed(unit: Unit, exposed: ir.Exposed) -> Iterator[ir.Input]:
    """Yield the inputs that can be declared without changing the operation.

    A tool's input for an undescribed body is an object, but the operation's parameter
    has any type until the operation declares it.
    """
    for input_ in _as_named(unit, exposed):
        is_tool = isinstance(exposed, ir.Tool)
        if not is_tool or not _is_undescribed(input_, exposed.implementation):
            yield input_


def _as_named(unit: Unit, exposed: ir.Exposed) -> Iterator[ir.Input]:
    """Yield the inputs under the names that the spec uses for them."""
    if isinstance(exposed, ir.Route):
        yield from exposed.inputs
        return
    declared_names = (input_.name for input_ in unit.inputs)
    called_parameters = ir.called_parameters(exposed.implementation)
    parameters = (parameter.name for parameter in called_parameters)
    values = (entry.value for entry in unit.arguments)
    references = (
        placeholder.name for value in values for placeholder in unit.placeholders(value)
    )
    names = aliases({*declared_names, *parameters, *references}, ARGUMENT_NAMES)
    names_by_alias = {alias: name for name, alias in names.items()}
    for input_ in exposed.inputs:
        yield replace(input_, name=names_by_alias.get(input_.name, input_.name))


def _is_undescribed(input_: ir.Input, implementation: ir.Implementation) -> bool:
    return input_.type == ir.Object() and any(
        parameter.type == ir.Anything() and value == ir.Argument(input_)
        for parameter, value in ir.arguments(implementation)
    )


def _input(input_: ir.Input) -> Fields:
    fields: Fields = {"name": input_.name, **_place(input_)}
    if kind := _kind(input_.type):
        fields["type"] = kind
    if input_.description:
        fields["description"] = input_.description
    is_tool = input_.location == ir.InArguments()
    if is_tool or (input_.required and input_.location != ir.InPath()):
        fields["required"] = input_.required
    return fields


def _place(input_: ir.Input) -> Fields:
    """Return the keys that declare where an input is."""
    match input_.location:
        case ir.InPath():
            return {"in": "path"}
        case ir.InQuery():
            return {"in": "query"}
        case ir.InHeader():
            return {"in": "header"}
        case ir.InCookie():
            return {"in": "cookie"}
        case ir.InField(path=path) if path != (input_.name,):
            return {"in": "body", "value": json_path_of(path)}
        case ir.InField() | ir.InBody() | ir.InText() | ir.InContent():
            return {"in": "body"}
        case ir.InArguments():
            return {}
        case _:
            assert_never(input_.location)


def _kind(type_: ir.Type) -> str | None:
    """Return the language's name of a type, which has none for bytes."""
    base = ir.base_type(type_)
    match base:
        case ir.Primitive():
            return str(base.value)
        case ir.Object():
            return "object"
        case ir.Array():
            return "array"
        case ir.Anything() | ir.Bytes():
            return None
        case _:
            assert_never(base)


# --- parameters of operations ----------------------------------------------------


def declare_variables(context: FixContext, span: Span) -> Proposal | None:
    """Declare the variables of a path in its operations."""
    return _declared_at(context, span, ir.Place.PATH)


def move_to_path(context: FixContext, span: Span) -> Proposal | None:
    """Move a parameter to the path if it is a variable of the path."""
    place = context.places.scalars.get(point(span))
    mapping = place.mapping if place else None
    if mapping is None or mapping.value_span("name") != span:
        return None
    return context.respell(mapping.value_span("in"), "path")


def declare_fields(context: FixContext, span: Span) -> Proposal | None:
    """Declare the parameters that the template of a body uses."""
    return _declared_at(context, span, ir.Place.BODY)


def declare_in_query(context: FixContext, span: Span) -> Proposal | None:
    """Declare the parameters that an input's mapping puts into the query."""
    return _declared_at(context, span, ir.Place.QUERY)


def declare_in_headers(context: FixContext, span: Span) -> Proposal | None:
    """Declare the parameters that an input's mapping puts into headers."""
    return _declared_at(context, span, ir.Place.HEADER)


def _declared_at(context: FixContext, span: Span, where: ir.Place) -> Proposal | None:
    models = [*context.of_paths.get(point(span), ()), *consumed_at(context, span)]
    proposals = (_declare_missing(context, model, where) for model in models)
    return (
        tuple(edit for proposal in proposals if proposal for edit in proposal) or None
    )


def consumed_at(context: FixContext, span: Span) -> Iterator[spec.ConsumedOperation]:
    """Yield the consumed operation around a place."""
    around = {point(n.span) for place in _places(context, span) for n in place.around}
    for at in sorted(around & context.consumed.keys()):
        yield context.consumed[at][1]


def _declare_missing(
    context: FixContext, model: spec.ConsumedOperation, where: ir.Place
) -> Proposal | None:
    operation = context.meaning.origins.operation(model)
    if operation is None:
        return None
    # A parameter that the compiler has declared isn't in the text.
    places = context.places.mappings
    resource, _ = context.consumed[point(model.node.span)]
    inputs = (*resource.inputs, *model.inputs)
    names = {input_.name for input_ in inputs if point(input_.node.span) in places}
    missing = [
        parameter
        for parameter in operation.parameters
        if parameter.name not in names and parameter.place is where
    ]
    return declare_parameters(context, model, missing)


def declare_parameters(
    context: FixContext, model: spec.ConsumedOperation, missing: Iterable[ir.Parameter]
) -> Proposal | None:
    """Declare parameters in a consumed operation."""
    mapping = context.typed_mapping(model.node)
    items: list[Fields] = [
        {"name": parameter.name, "in": parameter.place.value} for parameter in missing
    ]
    anchors = ("body", "outputRawFormat", "outputParameters")
    return add_to_list(context, mapping, items, anchors) if mapping else None


def add_to_list(
    context: FixContext, holder: Mapping, items: list[Fields], anchors: tuple[str, ...]
) -> Proposal | None:
    """Add items to the list of inputs, which is a mapping of names in Ikanos.

    A new list is written before the first of the anchors, or else at the end.
    """
    entry = holder.entry(_INPUTS)
    if not items:
        return None
    anchor = next((holder.entry(key) for key in anchors if key in holder), None)
    if entry is not None and isinstance(entry.value, Sequence):
        return context.with_items(entry, items)
    if is_ikanos(context.meaning.tree):
        return _add_names(context, holder, _by_name(items), anchor)
    if entry is not None:
        return None
    if anchor is None:
        return context.with_entries(holder, {_INPUTS: items})
    return context.with_entries_before(holder, anchor, {_INPUTS: items})


def _by_name(items: list[Fields]) -> Fields:
    """Return a mapping of names, each with the other keys of its item."""
    return {
        str(item["name"]): {key: item[key] for key in item if key != "name"}
        for item in items
    }


def _add_names(
    context: FixContext, holder: Mapping, inputs: Fields, anchor: Entry | None
) -> Proposal | None:
    """Add inputs to the mapping of names, which is written if there is none."""
    current = holder.get(_INPUTS)
    if isinstance(current, Mapping):
        return context.with_entries(current, inputs)
    if current is not None:
        return None
    if anchor is None:
        return context.with_entries(holder, {_INPUTS: inputs})
    return context.with_entries_before(holder, anchor, {_INPUTS: inputs})


def move_inputs(context: FixContext, span: Span) -> Proposal | None:
    """Move the inputs of a REST adapter into its resources."""
    place = context.places.keys.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    adapter, inputs = place.mapping, place.entry
    resources = adapter.get("resources")
    if not isinstance(inputs.value, Sequence) or not isinstance(resources, Sequence):
        return None
    starts = {item.span for item in inputs.value}
    proposals = [
        _with_inputs(resource, starts, context)
        for resource in resources
        if isinstance(resource, Mapping)
    ]
    if any(proposal is None for proposal in proposals):
        return None
    removal = context.without(adapter, {inputs.key})
    return combine(removal, *filter(None, proposals))


def _with_inputs(
    resource: Mapping, starts: Container[Span], context: FixContext
) -> Proposal | None:
    """Write the inputs that stand elsewhere before those of a resource."""
    canonical = context.canonical(resource)
    items = canonical.get(_INPUTS) if canonical else None
    moved_items = items.items if isinstance(items, Sequence) else ()
    fields = [_fields(item) for item in moved_items if item.span in starts]
    complete = [item for item in fields if item is not None]
    if len(complete) < len(fields):
        return None
    if not complete:
        return ()
    own = resource.entry(_INPUTS)
    if own is not None:
        return context.with_items_first(own, complete)
    return add_to_list(context, resource, complete, ("operations", "forward"))


def _fields(input_: Node) -> Fields | None:
    """Return an input as new lines; None if a value isn't a single one."""
    fields: Fields = {}
    for entry in input_.entries if isinstance(input_, Mapping) else ():
        value = entry.value.plain()
        if not isinstance(value, str | bool | int):
            return None
        fields[entry.key] = value
    return fields
