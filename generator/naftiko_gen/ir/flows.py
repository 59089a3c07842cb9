"""Flows: several steps that produce one answer, and the parts of responses in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import ClassVar

from naftiko_gen.ir.effects import Effect
from naftiko_gen.ir.operations import Call
from naftiko_gen.ir.outputs import (
    Find,
    Identity,
    Items,
    Pick,
    Projection,
    Shape,
    view_shape,
)
from naftiko_gen.ir.queries import Each, PathSegment
from naftiko_gen.ir.templates import ObjectTemplate, StepValue, Template, step_values
from naftiko_gen.ir.types import Anything, Array, Type, of_kind

Reading = tuple[str, Projection]
"""The name of a step, and a part of its answer."""

__all__ = ["CallStep", "Flow", "FlowStep", "LastResponse", "LookupStep"]
__all__ += ["Mapped", "ScriptFile", "ScriptStep", "joined_projection", "readings"]


@dataclass(frozen=True)
class CallStep:
    """A call; later steps refer to its response by the step's name."""

    name: str
    call: Call

    @property
    def templates(self) -> tuple[Template, ...]:
        """Return the templates of the arguments."""
        return tuple(template for _, template in self.call.arguments)

    @property
    def is_read_only(self) -> bool:
        """Return whether the call changes nothing upstream."""
        return self.call.operation.effect is Effect.READ


@dataclass(frozen=True)
class LookupStep:
    """A search for the entries of an earlier answer that have a value under a key.

    Its answer is an object of `fields` for a single wanted value, and an array of them
    for an array.
    """

    name: str
    index: StepValue
    key: tuple[PathSegment, ...]
    wanted: Template
    fields: tuple[tuple[str, tuple[PathSegment, ...]], ...]

    @property
    def templates(self) -> tuple[Template, ...]:
        """Return the templates of the index and of the wanted value."""
        return (self.index, self.wanted)


@dataclass(frozen=True)
class ScriptFile:
    """A file of a script: its path in the package, and its content."""

    path: str
    content: bytes


@dataclass(frozen=True)
class ScriptStep:
    """A run of a script, which is the last of `files`; the others run before it.

    Its answer is the script's `result`, computed from the object `context`. It has
    `seconds` for it, and doesn't run unless `is_enabled`.
    """

    name: str
    files: tuple[ScriptFile, ...]
    context: Template
    seconds: float
    is_enabled: bool

    @property
    def templates(self) -> tuple[Template, ...]:
        """Return the template of the context."""
        return (self.context,)


FlowStep = CallStep | LookupStep | ScriptStep


@dataclass(frozen=True)
class Mapped:
    """An answer that is composed of the answers of steps; `type` declares its shape."""

    template: Template
    type: Projection


@dataclass(frozen=True)
class LastResponse:
    """The response of the last step, with its status; `output` shapes it."""

    output: Projection


@dataclass(frozen=True)
class Flow:
    """Steps in the order of the spec; the first refusal of an upstream ends them.

    Without steps, the answer is a value that stands in the spec: a mock.

    Two flows with the same steps and answer are equal, even if their names differ.
    """

    operation: ClassVar[None] = None
    trusted: ClassVar[tuple[str, ...]] = ()

    steps: tuple[FlowStep, ...]
    answer: Mapped | LastResponse
    name: str = field(compare=False)
    description: str = field(compare=False)

    @property
    def output(self) -> Projection:
        """Return the type of the answer."""
        answer = self.answer
        return answer.type if isinstance(answer, Mapped) else answer.output

    @property
    def is_composed(self) -> bool:
        """Return whether the answer is composed, so that its status is always 200."""
        return isinstance(self.answer, Mapped)

    @property
    def is_mock(self) -> bool:
        """Return whether the answer stands in the spec."""
        return not self.steps

    @property
    def call_steps(self) -> tuple[CallStep, ...]:
        """Return the steps that call an operation."""
        return of_kind(CallStep, self.steps)

    @property
    def templates(self) -> Iterator[Template]:
        """Yield the templates of the steps, then of the answer."""
        for step in self.steps:
            yield from step.templates
        if isinstance(self.answer, Mapped):
            yield self.answer.template

    @property
    def step_values(self) -> Iterator[StepValue]:
        """Yield all references to answers of steps."""
        for template in self.templates:
            yield from step_values(template)

    @property
    def groups(self) -> Iterator[tuple[FlowStep, ...]]:
        """Yield the steps in groups that run one after the other.

        Read-only calls run beside the first one that needs no other answers either,
        unless a call that may change something stands between them. The steps of a
        group are in the order of the spec.
        """
        ends_with_response = isinstance(self.answer, LastResponse)
        pending = list(self.steps[:-1] if ends_with_response else self.steps)
        done_names: set[str] = set()
        while pending:
            group = _group(pending, done_names)
            yield group
            done_names.update(step.name for step in group)
            pending = [step for step in pending if step.name not in done_names]
        if ends_with_response:
            yield self.steps[-1:]


def _group(pending: list[FlowStep], done_names: set[str]) -> tuple[FlowStep, ...]:
    """Return the first pending step with the calls that may run beside it.

    The first step is always one of them: a flow with mistakes may refer to a step that
    comes later, or that doesn't exist.
    """
    first, *others = pending
    if not _is_read_only(first):
        return (first,)
    before_change = takewhile(lambda step: not _is_change(step), others)
    beside = (
        step
        for step in before_change
        if _is_read_only(step)
        and {value.step for t in step.templates for value in step_values(t)}
        <= done_names
    )
    return (first, *beside)


def _is_read_only(step: FlowStep) -> bool:
    return isinstance(step, CallStep) and step.is_read_only


def _is_change(step: FlowStep) -> bool:
    return isinstance(step, CallStep) and not step.is_read_only


def readings(flow: Flow) -> Iterator[tuple[CallStep, Projection]]:
    """Yield each call step with a projection of all parts that the flow reads."""
    projections: dict[str, list[Projection]] = {}
    for name, projection in (*_in_answer(flow), *_in_steps(flow)):
        projections.setdefault(name, []).append(projection)
    for step in flow.call_steps:
        yield step, joined_projection(projections.get(step.name, []))


def _plural_lookups(flow: Flow) -> frozenset[str]:
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
    plural, types = _plural_lookups(flow), dict(_field_types(flow))
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
