"""Implementations: how an exposed route or tool produces its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir.flows import Flow, LastResponse, Mapped
from naftiko_gen.ir.forwards import ANY_METHOD, Forward
from naftiko_gen.ir.outputs import Identity
from naftiko_gen.ir.readings import readings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.ir.calls import Call
    from naftiko_gen.ir.flows import FlowStep
    from naftiko_gen.ir.operations import Operation
    from naftiko_gen.ir.outputs import Projection
    from naftiko_gen.ir.parameters import Parameter
    from naftiko_gen.ir.templates import Template
    from naftiko_gen.ir.types import Type

__all__ = [
    "Implementation",
    "ProjectedCall",
    "answer_type",
    "arguments",
    "called_parameters",
    "calls",
    "is_composed",
    "is_shaped",
    "passed_headers",
    "primary_operation",
    "projected_calls",
    "projection_of",
    "request_methods",
    "steps",
]


@dataclass(frozen=True)
class ProjectedCall:
    """One call; its projected response is the answer."""

    call: Call
    output: Projection


Implementation = ProjectedCall | Flow | Forward
"""A sum type: a new way to produce an answer is another member.

The functions of this module, and the `match` of each emitter, handle every member.
"""


def calls(implementation: Implementation) -> tuple[Call, ...]:
    """Return the calls that an implementation may make, in their order."""
    return tuple(call for call, _ in projected_calls(implementation))


def primary_operation(implementation: Implementation) -> Operation | None:
    """Return the operation whose name and description a unit has by default."""
    match implementation:
        case ProjectedCall(call=call):
            return call.operation
        case Flow() | Forward():
            return None
        case _:
            assert_never(implementation)


def steps(implementation: Implementation) -> tuple[FlowStep, ...]:
    """Return the steps; a mock has none, like a single call."""
    match implementation:
        case Flow(steps=steps):
            return steps
        case ProjectedCall() | Forward():
            return ()
        case _:
            assert_never(implementation)


def request_methods(implementation: Implementation) -> frozenset[str]:
    """Return the methods of requests; `ANY_METHOD` if clients choose the method."""
    match implementation:
        case ProjectedCall() | Flow():
            return frozenset(call.operation.method for call in calls(implementation))
        case Forward():
            return frozenset((ANY_METHOD,))
        case _:
            assert_never(implementation)


def passed_headers(implementation: Implementation) -> tuple[str, ...]:
    """Return the headers of clients that are passed on as they are."""
    match implementation:
        case Forward(trusted=headers):
            return headers
        case ProjectedCall() | Flow():
            return ()
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


def projection_of(implementation: Implementation) -> Projection:
    """Return the type of the answer: a projection, which names members and types."""
    match implementation:
        case ProjectedCall(output=output) | Forward(output=output):
            return output
        case Flow(answer=LastResponse(output=output) | Mapped(type=output)):
            return output
        case _:
            assert_never(implementation)


def answer_type(implementation: Implementation) -> Type | None:
    """Return the declared type of an answer that is a response of an upstream."""
    output = projection_of(implementation)
    if not isinstance(output, Identity) or not output.is_plain:
        return None
    match implementation:
        case ProjectedCall(call=call):
            return call.operation.answer
        case Flow(answer=LastResponse(), call_steps=(*_, last)):
            return last.call.operation.answer
        case Flow() | Forward():
            return None
        case _:
            assert_never(implementation)


def is_composed(implementation: Implementation) -> bool:
    """Return whether the answer is composed, so that its status is always 200."""
    match implementation:
        case Flow(answer=answer):
            return isinstance(answer, Mapped)
        case ProjectedCall() | Forward():
            return False
        case _:
            assert_never(implementation)


def is_shaped(implementation: Implementation) -> bool:
    """Return whether the answer differs from the response of an upstream."""
    return not isinstance(projection_of(implementation), Identity)
