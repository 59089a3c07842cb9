"""Implementations whose templates are replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir.flows import (
    CallStep,
    Flow,
    LastResponse,
    LookupStep,
    Mapped,
    ScriptStep,
)
from naftiko_gen.ir.forwards import Forward
from naftiko_gen.ir.implementation import ProjectedCall
from naftiko_gen.ir.outputs import (
    Filled,
    Find,
    Identity,
    Items,
    Literal,
    Pick,
    Shape,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.ir.calls import Call
    from naftiko_gen.ir.flows import FlowStep
    from naftiko_gen.ir.implementation import Implementation
    from naftiko_gen.ir.outputs import Projection
    from naftiko_gen.ir.templates import Template

    Change = Callable[[Template], Template]

__all__ = ["flow_with_templates", "with_templates"]


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
    match projection:
        case Filled(template=template):
            return Filled(change(template))
        case Shape(path=path, members=members):
            return Shape(path, tuple((n, _projection(m, change)) for n, m in members))
        case Items(path=path, item=item):
            return Items(path, _projection(item, change))
        case Find(query=query, item=item):
            return Find(query, _projection(item, change))
        case Identity() | Literal() | Pick():
            return projection
        case _:
            assert_never(projection)
