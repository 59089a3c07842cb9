"""The requests and the answer of a flow whose upstreams answer with samples.

This module reads the IR by itself and shares no function with the emitters of flows: a
mistake of either side makes a test of the package fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.emit.samples.answers import apply_projection, value_at
from naftiko_gen.emit.samples.samples import Samples
from naftiko_gen.emit.tests.expectations import expected_request, template_value
from naftiko_gen.ir import (
    CallStep,
    Identity,
    LastResponse,
    LookupStep,
    Mapped,
    ScriptStep,
    Shape,
    StepValue,
    readings,
    view_shape,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.tests.expectations import Expectation
    from naftiko_gen.ir import Exposed, Flow, FlowStep, Operation, Template

    Documents = Callable[[Operation], Plain]
    """Returns the sample that the mock upstream answers an operation with."""


def is_testable(flow: Flow, is_mocked: Callable[[Operation], bool]) -> bool:
    """Return whether the answer is known without running a script.

    The mock upstream also needs readable answers to all calls. Those to which queries
    lead are empty objects.
    """
    if any(isinstance(step, ScriptStep) for step in flow.steps):
        return False
    call_names = {step.name for step in flow.call_steps}
    query_names = {value.step for value in flow.step_values if value.query is not None}
    return query_names <= call_names and all(
        isinstance(parts, Identity) or is_mocked(step.call.operation)
        for step, parts in readings(flow)
    )


@dataclass(frozen=True)
class FlowRun:
    """A run of a unit's flow with samples."""

    unit: Exposed
    flow: Flow
    documents: Documents

    @property
    def is_complete(self) -> bool:
        """Return whether the samples have every value that a call can't do without."""
        return not any(
            parameter.required and self._value(template) is None
            for step in self.flow.call_steps
            for parameter, template in step.call.arguments
            if isinstance(template, StepValue)
        )

    @property
    def requests(self) -> tuple[Expectation, ...]:
        """Return the requests of all calls."""
        return tuple(
            expected_request(step.call, self._value) for step in self.flow.call_steps
        )

    @property
    def has_known_output(self) -> bool:
        """Return whether the output is no description of a request by the mock."""
        return not isinstance(self.flow.answer, LastResponse) or not isinstance(
            self.flow.answer.output, Identity
        )

    @property
    def output(self) -> Plain:
        """Return the answer of the flow."""
        match self.flow.answer:
            case Mapped(template=template):
                return self._value(template)
            case LastResponse(output=output):
                last = self._answers[self.flow.steps[-1].name]
                return apply_projection(output, last, self._value)
            case _:
                assert_never(self.flow.answer)

    @cached_property
    def _answers(self) -> dict[str, Plain]:
        answers: dict[str, Plain] = {}
        for step in self.flow.steps:
            answers[step.name] = self._answer(step, answers)
        return answers

    def _answer(self, step: FlowStep, answers: dict[str, Plain]) -> Plain:
        match step:
            case CallStep(call=call):
                return self.documents(call.operation)
            case LookupStep():
                wanted = self._fill(step.wanted, answers)
                return _look_up(step, _part(step.index, answers), wanted)
            case ScriptStep():
                raise TypeError("the result of a script isn't known")
            case _:
                assert_never(step)

    def _value(self, template: Template) -> Plain:
        return self._fill(template, self._answers)

    def _fill(self, template: Template, answers: dict[str, Plain]) -> Plain:
        samples = Samples(self.unit)
        return template_value(template, samples, lambda value: _part(value, answers))


def _part(value: StepValue, answers: dict[str, Plain]) -> Plain:
    if value.query is not None:
        # The answer is an empty object.
        return []
    answer = answers[value.step]
    if value.view:
        answer = _with_view(view_shape(value.view), answer)
    return value_at(answer, value.path)


def _with_view(view: Shape, answer: Plain) -> Plain:
    def members(document: Plain) -> Plain:
        return apply_projection(view, document, _no_template)

    if isinstance(answer, list):
        pairs = ((item, members(item)) for item in answer)
        return [
            item | more if isinstance(item, dict) and isinstance(more, dict) else item
            for item, more in pairs
        ]
    return None if answer is None else members(answer)


def _no_template(template: Template) -> Plain:
    raise TypeError(f"a declared output refers to {template}")


def _look_up(step: LookupStep, index: Plain, wanted: Plain) -> Plain:
    rows = index if isinstance(index, list) else [index]
    pairs = [(value_at(row, step.key), row) for row in rows]
    if isinstance(wanted, list):
        matches = (_first(pairs, value) for value in wanted)
        return [_fields(step, row) for row in matches if row is not None]
    row = _first(pairs, wanted)
    return None if row is None else _fields(step, row)


def _first(pairs: list[tuple[Plain, Plain]], wanted: Plain) -> Plain:
    if wanted is None:
        return None
    texts = ((wire_text(key), row) for key, row in pairs if key is not None)
    return next((row for text, row in texts if text == wire_text(wanted)), None)


def _fields(step: LookupStep, row: Plain) -> Plain:
    return {name: value_at(row, path) for name, path in step.fields}
