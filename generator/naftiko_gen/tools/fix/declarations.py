"""Declaring inputs and parameters where a spec uses or means them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
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
from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.syntax.editing.editor import Proposal, combine
from naftiko_gen.syntax.editing.nodes_at import (
    NoEditError,
    expect,
    need,
    point,
    require,
)
from naftiko_gen.syntax.tree import Mapping, Node, Sequence
from naftiko_gen.syntax.yaml_writer import Fields
from naftiko_gen.tools.fix.context import FixContext

_INPUTS = "inputParameters"
_BEFORE = ("with", "outputParameters", "call")
"""Keys of a unit; the list of inputs is written before the first of them."""

# --- inputs of routes and tools --------------------------------------------------


def declare_inputs(context: FixContext, span: Span) -> Proposal:
    """Declare the undeclared inputs of a route or tool."""
    unit, missing = _missing_inputs(context, span)
    return add_to_list(context, unit, map(_input, missing), _BEFORE)


def declare_in_full(context: FixContext, span: Span) -> Proposal:
    """Declare the undeclared inputs, with keys that are usually redundant.

    `value` is needed if the input is the body's only member.
    """
    unit, missing = _missing_inputs(context, span)
    return add_to_list(context, unit, map(_full, missing), _BEFORE)


def declare_referenced(context: FixContext, span: Span) -> Proposal:
    """Declare the leading undeclared inputs that `with` refers to."""
    unit, missing = _missing_inputs(context, span)
    arguments = str(unit.get("with"))
    earlier = takewhile(lambda input_: f".{input_.name}'" in arguments, missing)
    return add_to_list(context, unit, map(_input, earlier), _BEFORE)


def _missing_inputs(
    context: FixContext, span: Span
) -> tuple[Mapping, Iterator[ir.Input]]:
    """Return the unit around a place, and the inputs that it doesn't declare."""
    mapping = context.mapping_around(span, "call")
    unit, exposed = context.exposed_unit(mapping)
    inputs = _as_typed(unit, exposed)
    return mapping, (input_ for input_ in inputs if unit.input(input_.name) is None)


def _full(input_: ir.Input) -> Fields:
    fields = _input(input_)
    if isinstance(input_.location, ir.InField):
        fields["value"] = json_path_of(input_.location.path)
    return fields


def declare_passed_on(context: FixContext, unit: Unit, exposed: ir.Exposed) -> Proposal:
    """Declare every input of a route or tool, including a body that it passes on."""
    inputs = _as_named(unit, exposed)
    missing = (input_ for input_ in inputs if unit.input(input_.name) is None)
    mapping = context.typed_mapping(unit.model.node)
    return add_to_list(context, mapping, map(_input, missing), _BEFORE)


def _as_typed(unit: Unit, exposed: ir.Exposed) -> Iterator[ir.Input]:
    """Yield the inputs that can be declared without changing the operation.

    A tool's input for an undescribed body is an object, but the operation's parameter
    has any type until the operation declares it.
    """
    undescribed_values = [
        value
        for parameter, value in ir.arguments(exposed.implementation)
        if parameter.type == ir.Anything() and isinstance(exposed, ir.Tool)
    ]
    for input_ in _as_named(unit, exposed):
        is_object = input_.type == ir.Object()
        if not is_object or ir.Argument(input_) not in undescribed_values:
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


def _input(input_: ir.Input) -> Fields:
    fields: Fields = {"name": input_.name, **_place(input_)}
    if kind := ir.type_name(input_.type):
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


# --- parameters of operations ----------------------------------------------------


def declare_missing(where: ir.Place) -> Callable[[FixContext, Span], Proposal]:
    """Return the rule that declares the undeclared parameters of requests in a place.

    A diagnostic is at an operation, or at the path of its resource.
    """

    def rule(context: FixContext, span: Span) -> Proposal:
        edits: list[Edit] = []
        of_path = (
            model
            for resource, model in context.consumed.values()
            if point(resource.node.value_span("path")) == point(span)
        )
        for model in (*of_path, *consumed_at(context, span)):
            with suppress(NoEditError):
                edits += _declare_missing(context, model, where)
        return tuple(edits)

    return rule


def consumed_at(context: FixContext, span: Span) -> Iterator[spec.ConsumedOperation]:
    """Yield the consumed operation around a place."""
    around = {point(node.span) for node in context.around(span)}
    for at in sorted(around & context.consumed.keys()):
        yield context.consumed[at][1]


def _declare_missing(
    context: FixContext, model: spec.ConsumedOperation, where: ir.Place
) -> Proposal:
    operation = need(context.meaning.origins.operation(model))
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
) -> Proposal:
    """Declare parameters in a consumed operation."""
    items: Iterator[Fields] = (
        {"name": parameter.name, "in": parameter.place.value} for parameter in missing
    )
    anchors = ("body", "outputRawFormat", "outputParameters")
    return add_to_list(context, context.typed_mapping(model.node), items, anchors)


def move_to_path(context: FixContext, span: Span) -> Proposal:
    """Move a parameter to the path if it is a variable of the path."""
    mapping, entry = context.scalar(span).pair
    require(entry.key == "name")
    return context.replace_value(mapping.value_span("in"), "path")


def add_to_list(
    context: FixContext,
    holder: Mapping,
    items: Iterable[Fields],
    anchors: tuple[str, ...],
) -> Proposal:
    """Add items to the list of inputs, which is a mapping of names in Ikanos.

    A new list is written before the first of the anchors, or else at the end.
    """
    current, new = holder.get(_INPUTS), list(items)
    require(new)
    if isinstance(current, Sequence):
        return context.with_items(current, new)
    fields: Fields = {_INPUTS: new}
    if is_ikanos(context.meaning.tree):
        by_name: Fields = {str(item.pop("name")): item for item in new}
        if isinstance(current, Mapping):
            return context.with_entries(current, by_name)
        fields = {_INPUTS: by_name}
    require(current is None)
    anchor = next((holder.entry(key) for key in anchors if key in holder), None)
    if anchor is None:
        return context.with_entries(holder, fields)
    return context.with_entries_before(holder, anchor, fields)


def move_inputs(context: FixContext, span: Span) -> Proposal:
    """Move the inputs of a REST adapter into its resources."""
    adapter, inputs = context.entry(span)
    starts = {item.span for item in expect(Sequence, inputs.value)}
    additions = [
        _with_inputs(resource, starts, context)
        for resource in expect(Sequence, adapter.get("resources"))
        if isinstance(resource, Mapping)
    ]
    return combine(context.without(adapter, inputs.key), *filter(None, additions))


def _with_inputs(
    resource: Mapping, starts: Container[Span], context: FixContext
) -> Proposal:
    """Write the inputs that stand elsewhere before those of a resource."""
    items = context.canonical(resource).items(_INPUTS)
    fields = [_fields(item) for item in items if item.span in starts]
    own = resource.get(_INPUTS)
    if not fields:
        return ()
    if own is not None:
        return context.with_items_first(expect(Sequence, own), fields)
    return add_to_list(context, resource, fields, ("operations", "forward"))


def _fields(input_: Node) -> Fields:
    """Return an input as new lines, if all its values are single ones."""
    fields: Fields = {}
    for entry in expect(Mapping, input_).entries:
        value = entry.value.plain()
        if not isinstance(value, str | bool | int):
            raise NoEditError
        fields[entry.key] = value
    return fields
