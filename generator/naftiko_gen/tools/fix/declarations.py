"""Declarations of what a document uses without declaring it."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.language.expressions import json_path_of
from naftiko_gen.resolve.exposed.aliases import LONGEST_ARGUMENT, aliases
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models as spec
    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.syntax.editing.nodes_at import Place
    from naftiko_gen.tools.fix.context import Fields, Proposal, Reading

_INPUTS = "inputParameters"
_BEFORE = ("with", "outputParameters", "call")
"""Keys of a unit in front of which its inputs stand."""

# --- inputs of routes and tools --------------------------------------------------


def declare_inputs(reading: Reading, span: Span) -> Proposal | None:
    """Declare every input of a route or tool that isn't."""
    unit = unit_at(reading, span)
    found = _exposed(reading, unit) if unit else None
    if unit is None or found is None:
        return None
    declared, inputs = found
    missing = [_input(each) for each in inputs if each.name not in declared]
    return listed(reading, unit, missing, _BEFORE)


def declare_in_full(reading: Reading, span: Span) -> Proposal | None:
    """Declare them, and say what mostly needn't be said.

    What a route doesn't require counts as required if all that a tool says of the same
    parameter is that; a member can be all that a body is made of.
    """
    unit = unit_at(reading, span)
    found = _exposed(reading, unit) if unit else None
    if unit is None or found is None:
        return None
    declared, inputs = found
    missing = [_full(each) for each in inputs if each.name not in declared]
    return listed(reading, unit, missing, _BEFORE)


def _full(found: ir.Input) -> Fields:
    fields = _input(found)
    if isinstance(found.location, ir.InField):
        fields["value"] = json_path_of(found.location.path)
    return fields if found.required else {**fields, "required": False}


def declare_passed_on(
    reading: Reading, declaration: Unit, exposed: ir.Exposed
) -> Proposal | None:
    """Declare every input of a route or tool, the body that it passes on as well."""
    unit = reading.typed(declaration.model.node)
    if unit is None:
        return None
    declared = {each.name for each in declaration.inputs}
    inputs = _as_named(declaration, exposed)
    missing = [_input(each) for each in inputs if each.name not in declared]
    return listed(reading, unit, missing, _BEFORE)


def declare_referenced(reading: Reading, span: Span) -> Proposal | None:
    """Declare the inputs that `with` refers to, up to one that only it knows."""
    unit = unit_at(reading, span)
    found = _exposed(reading, unit) if unit else None
    if unit is None or found is None:
        return None
    declared, inputs = found
    typed = str(unit.get("with"))
    missing = [each for each in inputs if each.name not in declared]
    named = takewhile(lambda each: f".{each.name}'" in typed, missing)
    return listed(reading, unit, [_input(each) for each in named], _BEFORE)


def unit_at(reading: Reading, span: Span) -> Mapping | None:
    """Return the route's operation or the tool around a place."""
    return next(
        (
            node
            for place in _places(reading, span)
            for node in reversed(place.around)
            if isinstance(node, Mapping) and "call" in node
        ),
        None,
    )


def _places(reading: Reading, span: Span) -> Iterator[Place]:
    at = point(span)
    places = reading.places
    for found in (places.scalars, places.keys, places.mappings, places.lists):
        if at in found:
            yield found[at]


def _exposed(
    reading: Reading, unit: Mapping
) -> tuple[set[str], tuple[ir.Input, ...]] | None:
    """Return the names that a unit declares, and its inputs."""
    found = reading.meaning.origins.exposed_at(unit.span)
    if found is None:
        return None
    declaration, exposed = found
    declared = {each.name for each in declaration.inputs}
    return declared, tuple(_as_typed(declaration, exposed))


def _as_typed(unit: Unit, exposed: ir.Exposed) -> Iterator[ir.Input]:
    """Yield the inputs that can be declared by themselves.

    A tool says of a body that nothing describes that it is an object, while the
    operation takes anything, until that declares it.
    """
    for found in _as_named(unit, exposed):
        is_tool = isinstance(exposed, ir.Tool)
        if not is_tool or not _is_undescribed(found, exposed.implementation):
            yield found


def _as_named(unit: Unit, exposed: ir.Exposed) -> Iterator[ir.Input]:
    """Yield the inputs under the names that the document has for them."""
    if isinstance(exposed, ir.Route):
        yield from exposed.inputs
        return
    declared = (each.name for each in unit.inputs)
    called = ir.called_parameters(exposed.implementation)
    parameters = (parameter.name for parameter in called)
    values = (entry.value for entry in unit.arguments)
    referred = (hole.name for value in values for hole in unit.holes(value))
    names = aliases({*declared, *parameters, *referred}, LONGEST_ARGUMENT)
    typed = {alias: name for name, alias in names.items()}
    for found in exposed.inputs:
        yield replace(found, name=typed.get(found.name, found.name))


def _is_undescribed(found: ir.Input, implementation: ir.Implementation) -> bool:
    return found.type == ir.Object() and any(
        parameter.type == ir.Anything() and value == ir.Argument(found)
        for parameter, value in ir.arguments(implementation)
    )


def _input(found: ir.Input) -> Fields:
    fields: Fields = {"name": found.name}
    match found.location:
        case ir.InPath():
            fields["in"] = "path"
        case ir.InQuery():
            fields["in"] = "query"
        case ir.InHeader():
            fields["in"] = "header"
        case ir.InBody() | ir.InText() | ir.InContent():
            fields["in"] = "body"
        case ir.InField(path=path):
            fields["in"] = "body"
            if path != (found.name,):
                fields["value"] = json_path_of(path)
        case ir.InArguments():
            pass
        case _:
            assert_never(found.location)
    kind = _kind(found.type)
    if kind:
        fields["type"] = kind
    if found.description:
        fields["description"] = found.description
    is_tool = found.location == ir.InArguments()
    if is_tool or (found.required and found.location != ir.InPath()):
        fields["required"] = found.required
    return fields


def _kind(found: ir.Type) -> str | None:
    """Return the name of a type in the language; it has none for bytes."""
    match found:
        case ir.Primitive():
            return str(found.value)
        case ir.Object():
            return "object"
        case ir.Array():
            return "array"
        case ir.Anything() | ir.Bytes():
            return None
        case _:
            assert_never(found)


# --- parameters of operations ----------------------------------------------------


def declare_variables(reading: Reading, span: Span) -> Proposal | None:
    """Declare the variables of a path in the operations that have it."""
    return _declared_at(reading, span, ir.Place.PATH)


def in_path(reading: Reading, span: Span) -> Proposal | None:
    """Declare in the path what is a variable of that and declared elsewhere."""
    place = reading.places.scalars.get(point(span))
    typed = place.mapping if place else None
    if typed is None or typed.value_span("name") != span:
        return None
    return reading.respelt(typed.value_span("in"), "path")


def declare_fields(reading: Reading, span: Span) -> Proposal | None:
    """Declare the parameters that the template of a body uses."""
    return _declared_at(reading, span, ir.Place.BODY)


def declare_in_query(reading: Reading, span: Span) -> Proposal | None:
    """Declare the parameters that an input's mapping says to be in the query."""
    return _declared_at(reading, span, ir.Place.QUERY)


def declare_in_headers(reading: Reading, span: Span) -> Proposal | None:
    """Declare the parameters that an input's mapping says to be in headers."""
    return _declared_at(reading, span, ir.Place.HEADER)


def _declared_at(reading: Reading, span: Span, where: ir.Place) -> Proposal | None:
    models = [*reading.of_paths.get(point(span), ()), *consumed_at(reading, span)]
    made = (_declared(reading, model, where) for model in models)
    return tuple(edit for each in made if each for edit in each) or None


def consumed_at(reading: Reading, span: Span) -> Iterator[spec.ConsumedOperation]:
    """Yield the consumed operation that a place is in."""
    around = {point(n.span) for place in _places(reading, span) for n in place.around}
    for at in sorted(around & reading.consumed.keys()):
        yield reading.consumed[at][1]


def _declared(
    reading: Reading, model: spec.ConsumedOperation, where: ir.Place
) -> Proposal | None:
    operation = reading.meaning.origins.operation(model)
    if operation is None:
        return None
    # What a rule has declared was typed elsewhere, or nowhere.
    places = reading.places.mappings
    resource, _ = reading.consumed[point(model.node.span)]
    inputs = (*resource.inputs, *model.inputs)
    names = {i.name for i in inputs if point(i.node.span) in places}
    missing = [
        each
        for each in operation.parameters
        if each.name not in names and each.place is where
    ]
    return declare_parameters(reading, model, missing)


def declare_parameters(
    reading: Reading, model: spec.ConsumedOperation, missing: Iterable[ir.Parameter]
) -> Proposal | None:
    """Declare parameters in a consumed operation."""
    typed = reading.typed(model.node)
    items: list[Fields] = [
        {"name": each.name, "in": each.place.value} for each in missing
    ]
    anchors = ("body", "outputRawFormat", "outputParameters")
    return listed(reading, typed, items, anchors) if typed else None


def listed(
    reading: Reading, holder: Mapping, items: list[Fields], anchors: tuple[str, ...]
) -> Proposal | None:
    """Add to the declared ones, or write the list in front of one of these keys.

    Without such a key it stands at the end.
    """
    entry = holder.entry(_INPUTS)
    if not items:
        return None
    if entry is not None:
        is_list = isinstance(entry.value, Sequence)
        return reading.with_items(entry, items) if is_list else None
    anchor = next((holder.entry(key) for key in anchors if key in holder), None)
    if anchor is None:
        return reading.with_list(holder, _INPUTS, items)
    return reading.with_list_before(holder, anchor, _INPUTS, items)
