"""Bodies that callers give, and what single calls add to them, declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.resolve.consumed.parameters import declared_inputs
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping
from naftiko_gen.tools.fix.declarations import (
    consumed_at,
    declare_parameters,
    declare_passed_on,
    unit_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models
    from naftiko_gen.resolve.catalogue import Declared
    from naftiko_gen.tools.fix.context import Fields, Proposal, Reading


def declare_body(reading: Reading, span: Span) -> Proposal | None:
    """Declare a body that callers give, also where they are asked for it."""
    found = _open_body(reading, span)
    if found is None:
        return None
    model, whole = found
    return _together(
        declare_parameters(reading, model, [whole]),
        *_filled(reading, model, whole),
        *_passed_on(reading, model, whole),
    )


def fill_body(reading: Reading, span: Span) -> Proposal | None:
    """Write that a body is what callers give, without its parameter.

    What is declared stands in front of what templates name.
    """
    found = _open_body(reading, span)
    if found is None:
        return None
    model, whole = found
    filled = list(_filled(reading, model, whole)) or [_body(reading, model, whole)]
    return _together(*filled, *_passed_on(reading, model, whole))


def _open_body(
    reading: Reading, span: Span
) -> tuple[models.ConsumedOperation, ir.Parameter] | None:
    model = next(consumed_at(reading, span), None)
    operation = reading.meaning.origins.operation(model) if model else None
    body = operation.body if operation else None
    whole = body.whole if body else None
    return (model, whole) if model and whole else None


def _together(*parts: Proposal | None) -> Proposal | None:
    edits = tuple(edit for part in parts for edit in part or ())
    return edits if all(parts) else None


def _filled(
    reading: Reading, model: models.ConsumedOperation, whole: ir.Parameter
) -> Iterator[Proposal | None]:
    """Yield the `data` of a body that has a type alone."""
    typed = reading.typed(model.node)
    body = typed.get("body") if typed else None
    kind = body.entry("type") if isinstance(body, Mapping) else None
    if isinstance(body, Mapping) and kind is not None and "data" not in body:
        template = f"{{{{{whole.name}}}}}"
        yield reading.with_entry_behind(body, kind, "data", template)


def _body(
    reading: Reading, model: models.ConsumedOperation, whole: ir.Parameter
) -> Proposal | None:
    """Write a body where an operation says nothing of it."""
    typed = reading.typed(model.node)
    method = typed.entry("method") if typed else None
    fields: Fields = {"body": {"type": "json", "data": f"{{{{{whole.name}}}}}"}}
    if typed is None or method is None or "body" in typed:
        return None
    return reading.with_entries_behind(typed, method, fields)


def _passed_on(
    reading: Reading, model: models.ConsumedOperation, whole: ir.Parameter
) -> Iterator[Proposal | None]:
    """Yield the inputs of the routes and tools that are asked for the body."""
    for unit, exposed in reading.meaning.origins.units:
        if unit.declared.operation is model:
            match dict(ir.arguments(exposed.implementation)).get(whole):
                case ir.Argument(source=source) if unit.input(source.name) is None:
                    yield declare_passed_on(reading, unit, exposed)
                case _:
                    pass


def declare_extra(reading: Reading, span: Span) -> Proposal | None:
    """Declare what calls give beyond the parameters of an operation."""
    typed = unit_at(reading, span)
    found = reading.meaning.origins.exposed_at(typed.span) if typed else None
    if found is None:
        return None
    unit, exposed = found
    known = {each.name for each in declared_inputs(unit.declared)}
    keys = {entry.key for entry in unit.arguments}
    keys |= {each.name for each in unit.inputs}
    # All of them at once: they keep their order.
    others = [
        parameter
        for parameter in ir.called_parameters(exposed.implementation)
        if parameter.name not in known
    ]
    if not keys & {each.name for each in others}:
        return None
    model = unit.declared.operation
    return _together(
        declare_parameters(reading, model, others),
        *_joined(reading, model, others),
        *_alone(reading, unit.declared, others),
        *_without_inputs(reading, unit.declared),
    )


def _joined(
    reading: Reading, model: models.ConsumedOperation, others: list[ir.Parameter]
) -> Iterator[Proposal | None]:
    """Yield the members that a body which is written as a structure lacks."""
    typed = reading.typed(model.node)
    body = typed.get("body") if typed else None
    held = body.get("data") if isinstance(body, Mapping) else None
    if isinstance(held, Mapping) and held.entries:
        last = held.entries[-1]
        names = [each.name for each in others if each.place is ir.Place.BODY]
        new: Fields = {name: f"{{{{{name}}}}}" for name in names if name not in held}
        yield reading.with_entries_behind(held, last, new) if new else ()


def _alone(
    reading: Reading, declared: Declared, others: list[ir.Parameter]
) -> Iterator[Proposal | None]:
    """Yield the body of an only member that could be all of it, if nothing has one."""
    found = [each for each in others if each.place is ir.Place.BODY]
    known = any(each.place == "body" for each in declared_inputs(declared))
    typed = reading.typed(declared.operation.node)
    method = typed.entry("method") if typed else None
    if known or len(found) != 1 or isinstance(found[0].type, ir.Primitive):
        return
    if typed is not None and method is not None and "body" not in typed:
        data: Fields = {found[0].name: f"{{{{{found[0].name}}}}}"}
        body: Fields = {"body": {"type": "json", "data": data}}
        yield reading.with_entries_behind(typed, method, body)


def _without_inputs(reading: Reading, declared: Declared) -> Iterator[Proposal | None]:
    """Yield an empty list for what would else take every parameter that is declared."""
    for unit, exposed in reading.meaning.origins.units:
        is_caller = unit.declared.operation is declared.operation
        is_given = any(ir.arguments(exposed.implementation))
        if is_caller and unit.is_bare and not is_given:
            typed = reading.typed(unit.model.node)
            call = typed.entry("call") if typed else None
            yield (
                reading.with_list_before(typed, call, "inputParameters", [])
                if typed and call
                else None
            )


def without_own_value(reading: Reading, span: Span) -> Proposal | None:
    """Leave out the value of a parameter that is the parameter itself."""
    place = reading.places.scalars.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    is_value = place.entry.key == "value" and "in" in place.mapping
    return reading.without(place.mapping, {"value"}) if is_value else None
