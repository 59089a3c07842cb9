"""Flows: several steps that produce one answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from naftiko_gen.ir.templates import step_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.ir.calls import Call
    from naftiko_gen.ir.outputs import Projection
    from naftiko_gen.ir.paths import PathSegment
    from naftiko_gen.ir.templates import StepValue, Template

__all__ = [
    "READ_ONLY",
    "CallStep",
    "Flow",
    "FlowStep",
    "LastResponse",
    "LookupStep",
    "Mapped",
    "ScriptFile",
    "ScriptStep",
]

READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods of calls that may run beside each other."""


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
        return self.call.operation.method in READ_ONLY


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

    steps: tuple[FlowStep, ...]
    answer: Mapped | LastResponse
    name: str = field(compare=False)
    description: str = field(compare=False)

    @property
    def is_mock(self) -> bool:
        """Return whether the answer stands in the spec."""
        return not self.steps

    @property
    def call_steps(self) -> tuple[CallStep, ...]:
        """Return the steps that call an operation."""
        return tuple(step for step in self.steps if isinstance(step, CallStep))

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
    """Return the first pending step with the calls that may run beside it."""
    first = pending[0]
    if not _is_read_only(first):
        return (first,)
    before_change = takewhile(lambda step: not _is_change(step), pending)
    return tuple(
        step
        for step in before_change
        if _is_read_only(step) and _needs(step) <= done_names
    )


def _is_read_only(step: FlowStep) -> bool:
    return isinstance(step, CallStep) and step.is_read_only


def _is_change(step: FlowStep) -> bool:
    return isinstance(step, CallStep) and not step.is_read_only


def _needs(step: FlowStep) -> set[str]:
    """Return the names of the steps whose answers a step refers to."""
    return {value.step for t in step.templates for value in step_values(t)}
