"""Declaring bodies that clients provide, and the members that calls add to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.declarations import declared_inputs
from naftiko_gen.resolve.units import Caller, Unit
from naftiko_gen.syntax.editing.editor import Proposal, combine
from naftiko_gen.syntax.editing.nodes_at import NoEditError, expect, need, require
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar
from naftiko_gen.syntax.yaml_writer import Fields
from naftiko_gen.tools.fix.context import FixContext, placeholder
from naftiko_gen.tools.fix.declarations import (
    consumed_at,
    declare_parameters,
    declare_passed_on,
)
from naftiko_gen.tools.fix.differences import write_anew


def declare_body(context: FixContext, span: Span) -> Proposal:
    """Declare a body that clients provide, in the operation and in its units."""
    model, parameter = _open_body(context, span)
    return combine(
        declare_parameters(context, model, [parameter]),
        *_fill_data(context, model, parameter),
        *_passed_on(context, model, parameter),
    )


def fill_body(context: FixContext, span: Span) -> Proposal:
    """Write a body that is a single placeholder, without declaring the parameter.

    A declared parameter would come before the parameters of templates.
    """
    model, parameter = _open_body(context, span)
    data = list(_fill_data(context, model, parameter))
    proposals = data or [_write_body(context, model, placeholder(parameter.name))]
    return combine(*proposals, *_passed_on(context, model, parameter))


def write_member(context: FixContext, span: Span) -> Proposal:
    """Write the body of an operation whose only member is the array at a place."""
    model = need(next(consumed_at(context, span), None))
    inputs = (input_ for input_ in model.inputs if input_.at("name") == span)
    name = need(next(inputs, None)).name
    return _write_body(context, model, {name: placeholder(name)})


def _open_body(
    context: FixContext, span: Span
) -> tuple[models.ConsumedOperation, ir.Parameter]:
    model = need(next(consumed_at(context, span), None))
    operation = need(context.meaning.origins.operation(model))
    return model, need(need(operation.body).whole)


def _fill_data(
    context: FixContext, model: models.ConsumedOperation, parameter: ir.Parameter
) -> Iterator[Proposal]:
    """Yield the `data` of a body that only has a type."""
    body = context.typed_mapping(model.node).get("body")
    if isinstance(body, Mapping) and "type" in body and "data" not in body:
        data = placeholder(parameter.name)
        kind = need(body.entry("type"))
        yield context.with_entries_behind(body, kind, {"data": data})


def _write_body(
    context: FixContext, model: models.ConsumedOperation, data: str | Fields
) -> Proposal:
    """Write the body of an operation that declares none."""
    mapping = context.typed_mapping(model.node)
    require("body" not in mapping)
    fields: Fields = {"body": {"type": "json", "data": data}}
    return context.with_entries_behind(mapping, need(mapping.entry("method")), fields)


def _passed_on(
    context: FixContext, model: models.ConsumedOperation, parameter: ir.Parameter
) -> Iterator[Proposal]:
    """Yield the body's input of each route and tool that passes it on."""
    for unit, exposed in context.meaning.origins.callers:
        if unit.declared.operation is model:
            match dict(ir.arguments(exposed.implementation)).get(parameter):
                case ir.Argument(source=source) if unit.input(source.name) is None:
                    yield declare_passed_on(context, unit, exposed)
                case _:
                    pass


def declare_extra(context: FixContext, span: Span) -> Proposal:
    """Declare the parameters that calls give and the operation lacks."""
    unit, exposed = context.exposed_unit(context.mapping_around(span, "call"))
    declaration = expect(Caller, unit).declared
    names = {parameter.name for parameter in declared_inputs(declaration)}
    # Declaring all of them at once keeps their order.
    others = [
        parameter
        for parameter in ir.called_parameters(exposed.implementation)
        if parameter.name not in names
    ]
    keys = {entry.key for entry in unit.arguments}
    keys |= {parameter.name for parameter in unit.inputs}
    require(not keys.isdisjoint(parameter.name for parameter in others))
    return combine(
        declare_parameters(context, declaration.operation, others),
        *_add_members(context, declaration, others),
        *_without_inputs(context, declaration),
    )


def _add_members(
    context: FixContext, declaration: DeclaredOperation, others: list[ir.Parameter]
) -> Iterator[Proposal]:
    """Yield the missing members of a body that is written as a mapping, or has one.

    A body for a single member could be mistaken for the whole body.
    """
    members = [parameter for parameter in others if parameter.place is ir.Place.BODY]
    mapping = context.typed_mapping(declaration.operation.node)
    body = mapping.get("body")
    data = body.get("data") if isinstance(body, Mapping) else None
    if isinstance(data, Mapping) and data.entries:
        last, names = data.entries[-1], [member.name for member in members]
        new: Fields = {name: placeholder(name) for name in names if name not in data}
        require(new)
        yield context.with_entries_behind(data, last, new)
    is_declared = any(input_.place == "body" for input_ in declared_inputs(declaration))
    is_single = len(members) == 1 and not isinstance(members[0].type, ir.Primitive)
    if is_single and body is None and not is_declared and "method" in mapping:
        name = members[0].name
        yield _write_body(context, declaration.operation, {name: placeholder(name)})


def _without_inputs(
    context: FixContext, declaration: DeclaredOperation
) -> Iterator[Proposal]:
    """Yield an empty list of inputs for each unit that takes no arguments.

    Without the list, the unit would take every declared parameter as an input.
    """
    for unit, exposed in context.meaning.origins.callers:
        is_caller = unit.declared.operation is declaration.operation
        is_given = any(ir.arguments(exposed.implementation))
        if is_caller and unit.is_bare and not is_given:
            mapping = context.typed_mapping(unit.model.node)
            call = need(mapping.entry("call"))
            yield context.with_entries_before(mapping, call, {"inputParameters": []})


def delete_own_value(context: FixContext, span: Span) -> Proposal:
    """Delete the value of a parameter if the value is the parameter itself."""
    mapping, entry = context.scalar(span).pair
    require(entry.key == "value", "in" in mapping)
    return context.without(mapping, "value")


def gather_members(context: FixContext, span: Span) -> Proposal:
    """Gather the members that a call gives into one object for the body's parameter."""
    mapping = context.mapping_around(span, "call")
    unit, exposed = context.exposed_unit(mapping)
    for call in ir.calls(exposed.implementation):
        body = call.operation.body
        parameter = body.whole if body else None
        keys = _keys(dict(call.arguments).get(parameter)) if parameter else ()
        if parameter is not None and keys:
            return _gather(context, mapping, unit, keys, parameter.name)
    raise NoEditError


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
) -> Proposal:
    """Write the members as one key of `with`."""
    entries = mapping.members("with")
    require({e.key for e in unit.arguments} == {e.key for e in entries})
    members = [member for member in entries if member.key in keys]
    names = {member.key for member in members}
    others = {key: f"{unit.namespace}.{key}" for key in keys if key not in names}
    if not members:
        return context.with_arguments(mapping, {body: {**others}})
    entry, span = need(mapping.entry("with")), members[0].span
    values = [Entry(key, span, Scalar(text, span)) for key, text in others.items()]
    new_body = Entry(body, entry.span, Mapping((*members, *values), span))
    rest = [other for other in entries if other not in members]
    arguments = Mapping((*rest, new_body), entry.value.span)
    return write_anew(context, mapping, entry, entry.with_value(arguments))
