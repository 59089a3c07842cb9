"""Implementations: how an exposed route or tool produces its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, assert_never

from naftiko_gen.ir.credentials import SlotPlace
from naftiko_gen.ir.flows import (
    CallStep,
    Flow,
    FlowStep,
    LastResponse,
    LookupStep,
    Mapped,
    ScriptStep,
    readings,
)
from naftiko_gen.ir.operations import Call, Operation, Upstream
from naftiko_gen.ir.outputs import Filled, Identity, Projection, with_leaves
from naftiko_gen.ir.parameters import Input, Parameter
from naftiko_gen.ir.templates import Template, Variable, variables
from naftiko_gen.ir.types import Type

Change = Callable[[Template], Template]

__all__ = ["ANY_METHOD", "Forward", "Implementation"]
__all__ += ["ProjectedCall", "answer_type", "answering_operation", "arguments"]
__all__ += ["called_parameters", "calls", "flow_with_templates", "is_shaped"]
__all__ += ["projected_calls", "request_methods", "with_templates"]


ANY_METHOD = "*"
"""The method of a route that forwards: every method without a route of its own."""


@dataclass(frozen=True)
class Forward:
    """A request of any method, passed on to an upstream; its response is the answer.

    Attributes:
        tail: The variable of the route that is the path below the upstream's base URI;
            None if requests go to the base URI itself.
        trusted: The headers of clients that are passed on.
        query: Parameters that the spec sets, in place of those of clients.
        headers: Headers that the spec sets, in place of those of clients.
        cookies: Cookies that the spec sets; those of clients aren't passed on.
    """

    steps: ClassVar[tuple[FlowStep, ...]] = ()
    is_composed: ClassVar[bool] = False
    operation: ClassVar[None] = None

    upstream: Upstream
    tail: Input | None
    trusted: tuple[str, ...]
    query: tuple[tuple[str, Template], ...] = ()
    headers: tuple[tuple[str, Template], ...] = ()
    cookies: tuple[tuple[str, Template], ...] = ()

    @property
    def output(self) -> Identity:
        """Return the type of the answer: it is passed on unchanged."""
        return Identity()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Return the variables in requests, except in the credential."""
        pairs = (*self.query, *self.headers, *self.cookies)
        return tuple(variables(value for _, value in pairs))

    @property
    def hidden_queries(self) -> tuple[str, ...]:
        """Return the parameters of clients that aren't passed on."""
        credential = self.upstream.credential
        slots = credential.slots if credential else ()
        keys = (slot.name for slot in slots if slot.place is SlotPlace.QUERY)
        return tuple(dict.fromkeys(keys))


@dataclass(frozen=True)
class ProjectedCall:
    """One call; its projected response is the answer."""

    steps: ClassVar[tuple[FlowStep, ...]] = ()
    is_composed: ClassVar[bool] = False
    trusted: ClassVar[tuple[str, ...]] = ()

    call: Call
    output: Projection

    @property
    def operation(self) -> Operation:
        """Return the operation whose name and description a unit has by default."""
        return self.call.operation


Implementation = ProjectedCall | Flow | Forward
"""A sum type: a new way to produce an answer is another member.

The functions of this module, and the `match` of each emitter, handle every member. Each
knows its `steps`, the `trusted` headers of clients that it passes on, its answer, which
is the `output`, whether it `is_composed`, and the `operation` that names a unit.
"""


def calls(implementation: Implementation) -> tuple[Call, ...]:
    """Return the calls that an implementation may make, in their order."""
    return tuple(call for call, _ in projected_calls(implementation))


def request_methods(implementation: Implementation) -> frozenset[str]:
    """Return the methods of requests; `ANY_METHOD` if clients choose the method."""
    match implementation:
        case ProjectedCall() | Flow():
            return frozenset(call.operation.method for call in calls(implementation))
        case Forward():
            return frozenset((ANY_METHOD,))
        case _:
            assert_never(implementation)


def called_parameters(implementation: Implementation) -> Iterator[Parameter]:
    """Yield the parameters of all called operations."""
    for call in calls(implementation):
        yield from call.operation.parameters


def arguments(implementation: Implementation) -> Iterator[tuple[Parameter, Template]]:
    """Yield the arguments of all calls, each with its parameter."""
    for call in calls(implementation):
        yield from call.arguments


def projected_calls(
    implementation: Implementation,
) -> tuple[tuple[Call, Projection], ...]:
    """Return each call with the projection that reads its response."""
    match implementation:
        case ProjectedCall(call=call, output=output):
            return ((call, output),)
        case Flow():
            return tuple((step.call, parts) for step, parts in readings(implementation))
        case Forward():
            return ()
        case _:
            assert_never(implementation)


def answer_type(implementation: Implementation) -> Type | None:
    """Return the declared type of an answer that is a response of an upstream."""
    output = implementation.output
    operation = answering_operation(implementation)
    is_plain = isinstance(output, Identity) and output.is_plain
    return operation.answer if operation and is_plain else None


def answering_operation(implementation: Implementation) -> Operation | None:
    """Return the operation whose response is the answer, None if it is shaped."""
    if is_shaped(implementation):
        return None
    match implementation:
        case ProjectedCall(call=call):
            return call.operation
        case Flow(answer=LastResponse(), call_steps=(*_, last)):
            return last.call.operation
        case Flow() | Forward():
            return None
        case _:
            assert_never(implementation)


def is_shaped(implementation: Implementation) -> bool:
    """Return whether the answer differs from the response of an upstream."""
    return not isinstance(implementation.output, Identity)


def with_templates(implementation: Implementation, change: Change) -> Implementation:
    """Return an implementation with other templates; references to steps must stay."""
    match implementation:
        case ProjectedCall(call=call, output=output):
            return ProjectedCall(_call(call, change), _projection(output, change))
        case Flow():
            return flow_with_templates(implementation, change)
        case Forward():
            return implementation
        case _:
            assert_never(implementation)


def flow_with_templates(flow: Flow, change: Change) -> Flow:
    """Return a flow with other templates; references to steps must stay."""
    steps = tuple(_step(step, change) for step in flow.steps)
    return replace(flow, steps=steps, answer=_answer(flow.answer, change))


def _step(step: FlowStep, change: Change) -> FlowStep:
    match step:
        case CallStep(call=call):
            return replace(step, call=_call(call, change))
        case LookupStep(wanted=wanted):
            return replace(step, wanted=change(wanted))
        case ScriptStep(context=context):
            return replace(step, context=change(context))
        case _:
            assert_never(step)


def _answer(answer: Mapped | LastResponse, change: Change) -> Mapped | LastResponse:
    match answer:
        case Mapped(template=template, type=output):
            return Mapped(change(template), _projection(output, change))
        case LastResponse(output=output):
            return LastResponse(_projection(output, change))
        case _:
            assert_never(answer)


def _call(call: Call, change: Change) -> Call:
    arguments = tuple((p, change(template)) for p, template in call.arguments)
    return replace(call, arguments=arguments)


def _projection(projection: Projection, change: Change) -> Projection:
    def fill(leaf: Projection) -> Projection:
        return Filled(change(leaf.template)) if isinstance(leaf, Filled) else leaf

    return with_leaves(projection, fill)
