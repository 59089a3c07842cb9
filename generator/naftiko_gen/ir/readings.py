"""Readings: the parts of responses that the steps of a flow read."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from naftiko_gen.ir.flows import CallStep, LastResponse, LookupStep, Mapped, ScriptStep
from naftiko_gen.ir.outputs import Find, Identity, Items, Pick, Shape, view_shape
from naftiko_gen.ir.paths import Each
from naftiko_gen.ir.templates import ObjectTemplate, StepValue, step_values
from naftiko_gen.ir.types import Anything, Array

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from naftiko_gen.ir.flows import Flow, FlowStep
    from naftiko_gen.ir.outputs import Projection
    from naftiko_gen.ir.paths import PathSegment
    from naftiko_gen.ir.templates import Template
    from naftiko_gen.ir.types import Type

    Reading = tuple[str, Projection]
    """The name of a step, and a part of its answer."""

__all__ = ["joined_projection", "plural_lookups", "readings"]


def readings(flow: Flow) -> Iterator[tuple[CallStep, Projection]]:
    """Yield each call step with a projection of all parts that the flow reads."""
    projections: dict[str, list[Projection]] = {}
    for name, projection in (*_in_answer(flow), *_in_steps(flow)):
        projections.setdefault(name, []).append(projection)
    for step in flow.call_steps:
        yield step, joined_projection(projections.get(step.name, []))


def plural_lookups(flow: Flow) -> frozenset[str]:
    """Return the names of the lookups whose answers are declared or read as arrays."""
    names = (value.step for value in flow.step_values if _is_in_array(value))
    return frozenset((*names, *_declared_arrays(flow)))


def _is_in_array(value: StepValue) -> bool:
    return bool(value.path) and not isinstance(value.path[0], str)


def _declared_arrays(flow: Flow) -> Iterator[str]:
    """Yield the names of the steps whose whole answers are declared as arrays."""
    if isinstance(flow.answer, Mapped):
        for value, projection in _references(flow.answer.template, flow.answer.type):
            if not value.parts and _is_array(projection):
                yield value.step


def _is_array(projection: Projection) -> bool:
    match projection:
        case Items() | Find() | Pick(type=Array()):
            return True
        case _:
            return False


def joined_projection(parts: Sequence[Projection]) -> Projection:
    """Return one projection of several parts of a response."""
    shapes = [part for part in parts if not isinstance(part, Identity)]
    if len(shapes) <= 1:
        return next(iter(shapes), Identity())
    return Shape((), tuple((str(at), part) for at, part in enumerate(shapes)))


def _in_answer(flow: Flow) -> Iterator[Reading]:
    match flow.answer:
        case LastResponse(output=output):
            yield flow.steps[-1].name, output
        case Mapped(template=template, type=output):
            for value, projection in _references(template, output):
                yield value.step, _place_in_answer(projection, value)


def _references(
    template: Template, projection: Projection
) -> Iterator[tuple[StepValue, Projection]]:
    """Yield the references of a template with their declared types."""
    match template, projection:
        case StepValue(), _:
            yield template, projection
        case ObjectTemplate(entries=entries), Shape(members=members):
            types = dict(members)
            for key, inner in entries:
                yield from _references(inner, types.get(key, Pick((), Anything())))
        case _:
            for value in step_values(template):
                yield value, Pick((), Anything())


def _place_in_answer(projection: Projection, value: StepValue) -> Projection:
    """Return a projection of a value at its place in the answer.

    Each wildcard of the path makes an array of values, which isn't part of them, and so
    does a query.
    """
    for _ in range(value.path.count(Each.ELEMENT)):
        projection = _item(projection)
    return _at(value, projection)


def _at(value: StepValue, projection: Projection) -> Projection:
    """Return a projection of a whole value at its place in the answer."""
    if value.view and value.query is None:
        place = tuple(takewhile(lambda step: not isinstance(step, str), value.path))
        return _with_path(place, _with_view(projection, view_shape(value.view)))
    if value.query is not None:
        return Find(value.query, _with_path((), _item(projection)))
    return _with_path(value.path, projection)


def _with_view(projection: Projection, view: Shape) -> Projection:
    """Return the parts of an answer from which its view has a value."""
    match projection:
        case Items(item=Shape(members=members)):
            return Items(
                (), Shape((), tuple({**dict(members), **dict(view.members)}.items()))
            )
        case Items() | Pick(type=Array()):
            return Items((), view)
        case _:
            return view


def _with_path(path: tuple[PathSegment, ...], projection: Projection) -> Projection:
    match projection:
        case Pick() | Shape() | Items():
            return replace(projection, path=path)
        case _:
            return projection


def _item(projection: Projection) -> Projection:
    """Return the projection of an item of a declared array."""
    match projection:
        case Items(item=item) | Find(item=item):
            return item
        case Pick(type=Array(items=items)):
            return replace(projection, type=items)
        case _:
            return projection


def _in_steps(flow: Flow) -> Iterator[Reading]:
    plural, types = plural_lookups(flow), dict(_field_types(flow))
    for step in flow.steps:
        yield from _of_step(step, types, is_plural=step.name in plural)


def _field_types(flow: Flow) -> Iterator[tuple[tuple[str, str], Type]]:
    """Yield the declared types of members of answers, by step and name."""
    if not isinstance(flow.answer, Mapped):
        return
    for value, projection in _references(flow.answer.template, flow.answer.type):
        match value.path, projection:
            case (str() as name,), Pick(type=kind):
                yield (value.step, name), kind
            case (), Items(item=Shape(members=members)) | Shape(members=members):
                for name, member in members:
                    if isinstance(member, Pick):
                        yield (value.step, name), member.type
            case _:
                pass


def _of_step(
    step: FlowStep, types: Mapping[tuple[str, str], Type], *, is_plural: bool
) -> Iterator[Reading]:
    match step:
        case CallStep(call=call):
            for parameter, template in call.arguments:
                is_whole = isinstance(template, StepValue)
                kind = parameter.type if is_whole else Anything()
                for value in step_values(template):
                    yield value.step, _at(value, Pick((), kind))
        case LookupStep(index=index, key=key, wanted=wanted, fields=fields):
            members = tuple(
                (name, Pick(path, types.get((step.name, name), Anything())))
                for name, path in fields
            )
            row = (("key", Pick(key, Anything(is_key=True))), *members)
            yield index.step, _at(index, Items((), Shape((), row)))
            key_type = Anything(is_key=True)
            for value in step_values(wanted):
                wanted_type = Array(key_type) if is_plural else key_type
                yield value.step, _at(value, Pick((), wanted_type))
        case ScriptStep(context=context):
            for value in step_values(context):
                yield value.step, _at(value, Pick((), Anything()))
