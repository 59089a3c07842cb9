"""Declaring bodies that clients provide, and the members that calls add to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.declarations import declared_inputs
from naftiko_gen.resolve.units import Caller, Unit
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar
from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal, combine
from naftiko_gen.tools.fix.declarations import (
    consumed_at,
    declare_parameters,
    declare_passed_on,
    unit_at,
)
from naftiko_gen.tools.fix.differences import write_anew


def declare_body(context: FixContext, span: Span) -> Proposal | None:
    """Declare a body that clients provide, in the operation and in its units."""
    pair = _open_body(context, span)
    if pair is None:
        return None
    model, parameter = pair
    return combine(
        declare_parameters(context, model, [parameter]),
        *_fill_data(context, model, parameter),
        *_passed_on(context, model, parameter),
    )


def fill_body(context: FixContext, span: Span) -> Proposal | None:
    """Write a body that is a single placeholder, without declaring the parameter.

    A declared parameter would come before the parameters of templates.
    """
    pair = _open_body(context, span)
    if pair is None:
        return None
    model, parameter = pair
    data = list(_fill_data(context, model, parameter))
    proposals = data or [_body(context, model, parameter)]
    return combine(*proposals, *_passed_on(context, model, parameter))


def _open_body(
    context: FixContext, span: Span
) -> tuple[models.ConsumedOperation, ir.Parameter] | None:
    model = next(consumed_at(context, span), None)
    operation = context.meaning.origins.operation(model) if model else None
    body = operation.body if operation else None
    parameter = body.whole if body else None
    return (model, parameter) if model and parameter else None


def _fill_data(
    context: FixContext, model: models.ConsumedOperation, parameter: ir.Parameter
) -> Iterator[Proposal | None]:
    """Yield the `data` of a body that only has a type."""
    mapping = context.typed_mapping(model.node)
    body = mapping.get("body") if mapping else None
    kind = body.entry("type") if isinstance(body, Mapping) else None
    if isinstance(body, Mapping) and kind is not None and "data" not in body:
        template = f"{{{{{parameter.name}}}}}"
        yield context.with_entries_behind(body, kind, {"data": template})


def _body(
    context: FixContext, model: models.ConsumedOperation, parameter: ir.Parameter
) -> Proposal | None:
    """Write the body of an operation that declares none."""
    mapping = context.typed_mapping(model.node)
    method = mapping.entry("method") if mapping else None
    fields: Fields = {"body": {"type": "json", "data": f"{{{{{parameter.name}}}}}"}}
    if mapping is None or method is None or "body" in mapping:
        return None
    return context.with_entries_behind(mapping, method, fields)


def _passed_on(
    context: FixContext, model: models.ConsumedOperation, parameter: ir.Parameter
) -> Iterator[Proposal | None]:
    """Yield the body's input of each route and tool that passes it on."""
    for unit, exposed in context.meaning.origins.callers:
        if unit.declared.operation is model:
            match dict(ir.arguments(exposed.implementation)).get(parameter):
                case ir.Argument(source=source) if unit.input(source.name) is None:
                    yield declare_passed_on(context, unit, exposed)
                case _:
                    pass


def declare_extra(context: FixContext, span: Span) -> Proposal | None:
    """Declare the parameters that calls give and the operation lacks."""
    mapping = unit_at(context, span)
    resolution = context.meaning.origins.exposed_at(mapping.span) if mapping else None
    if resolution is None:
        return None
    unit, exposed = resolution
    if not isinstance(unit, Caller):
        return None
    # Declaring all of them at once keeps their order.
    others = list(_undeclared_parameters(unit.declared, exposed))
    keys = {entry.key for entry in unit.arguments}
    keys |= {parameter.name for parameter in unit.inputs}
    if keys.isdisjoint(parameter.name for parameter in others):
        return None
    model = unit.declared.operation
    return combine(
        declare_parameters(context, model, others),
        *_add_members(context, model, others),
        *_alone(context, unit.declared, others),
        *_without_inputs(context, unit.declared),
    )


def _undeclared_parameters(
    declaration: DeclaredOperation, exposed: ir.Exposed
) -> Iterator[ir.Parameter]:
    """Yield the parameters of a route's or tool's calls that its operation lacks."""
    names = {parameter.name for parameter in declared_inputs(declaration)}
    for parameter in ir.called_parameters(exposed.implementation):
        if parameter.name not in names:
            yield parameter


def _add_members(
    context: FixContext, model: models.ConsumedOperation, others: list[ir.Parameter]
) -> Iterator[Proposal | None]:
    """Yield the missing members of a body that is written as a mapping."""
    mapping = context.typed_mapping(model.node)
    body = mapping.get("body") if mapping else None
    data = body.get("data") if isinstance(body, Mapping) else None
    if isinstance(data, Mapping) and data.entries:
        last = data.entries[-1]
        names = [
            parameter.name for parameter in others if parameter.place is ir.Place.BODY
        ]
        new: Fields = {name: f"{{{{{name}}}}}" for name in names if name not in data}
        yield context.with_entries_behind(data, last, new) if new else ()


def _alone(
    context: FixContext, declaration: DeclaredOperation, others: list[ir.Parameter]
) -> Iterator[Proposal | None]:
    """Yield a body for a single member, which could be mistaken for the whole body."""
    members = [parameter for parameter in others if parameter.place is ir.Place.BODY]
    has_body = any(
        parameter.place == "body" for parameter in declared_inputs(declaration)
    )
    mapping = context.typed_mapping(declaration.operation.node)
    method = mapping.entry("method") if mapping else None
    if has_body or len(members) != 1 or isinstance(members[0].type, ir.Primitive):
        return
    if mapping is not None and method is not None and "body" not in mapping:
        data: Fields = {members[0].name: f"{{{{{members[0].name}}}}}"}
        body: Fields = {"body": {"type": "json", "data": data}}
        yield context.with_entries_behind(mapping, method, body)


def _without_inputs(
    context: FixContext, declaration: DeclaredOperation
) -> Iterator[Proposal | None]:
    """Yield an empty list of inputs for each unit that takes no arguments.

    Without the list, the unit would take every declared parameter as an input.
    """
    for unit, exposed in context.meaning.origins.callers:
        is_caller = unit.declared.operation is declaration.operation
        is_given = any(ir.arguments(exposed.implementation))
        if is_caller and unit.is_bare and not is_given:
            mapping = context.typed_mapping(unit.model.node)
            call = mapping.entry("call") if mapping else None
            yield (
                context.with_entries_before(mapping, call, {"inputParameters": []})
                if mapping and call
                else None
            )


def delete_own_value(context: FixContext, span: Span) -> Proposal | None:
    """Delete the value of a parameter if the value is the parameter itself."""
    place = context.places.scalars.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    is_value = place.entry.key == "value" and "in" in place.mapping
    return context.without(place.mapping, {"value"}) if is_value else None


def gather_members(context: FixContext, span: Span) -> Proposal | None:
    """Gather the members that a call gives into one object for the body's parameter."""
    mapping = unit_at(context, span)
    resolution = context.meaning.origins.exposed_at(mapping.span) if mapping else None
    if mapping is None or resolution is None:
        return None
    unit, exposed = resolution
    for call in ir.calls(exposed.implementation):
        body = call.operation.body
        parameter = body.whole if body else None
        keys = _keys(dict(call.arguments).get(parameter)) if parameter else ()
        if parameter is not None and keys:
            return _gather(context, mapping, unit, keys, parameter.name)
    return None


def _keys(value: ir.Template | None) -> tuple[str, ...]:
    match value:
        case ir.ObjectTemplate(entries=entries):
            return tuple(key for key, _ in entries)
        case ir.Constant(value=dict() as members):
            return tuple(members)
        case _:
            return ()


def _gather(
    context: FixContext, mapping: Mapping, unit: Unit, keys: Collection[str], body: str
) -> Proposal | None:
    """Write the members as one key of `with`."""
    entry = mapping.entry("with")
    entries = entry.value.entries if entry and isinstance(entry.value, Mapping) else ()
    if {entry.key for entry in unit.arguments} != {entry.key for entry in entries}:
        return None
    members = [member for member in entries if member.key in keys]
    missing = [key for key in keys if key not in {member.key for member in members}]
    others = {key: f"{unit.namespace}.{key}" for key in missing}
    if entry is None or not members:
        return context.with_arguments(mapping, {body: {**others}})
    span = members[0].span
    values = [Entry(key, span, Scalar(text, span)) for key, text in others.items()]
    new_body = Entry(body, entry.span, Mapping((*members, *values), span))
    rest = [other for other in entries if other not in members]
    arguments = Mapping((*rest, new_body), entry.value.span)
    return write_anew(context, mapping, entry, entry.with_value(arguments))
