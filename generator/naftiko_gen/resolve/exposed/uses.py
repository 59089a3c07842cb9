"""Uses of inputs: the parameters that the inputs of a route or tool feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from naftiko_gen import ir
from naftiko_gen.diagnostics import Report, Span
from naftiko_gen.language.expressions import Placeholder, Scope
from naftiko_gen.resolve.consumed.operations import ResolvedOperation
from naftiko_gen.resolve.steps import StepScope
from naftiko_gen.resolve.templates import Fill, Read, text_template
from naftiko_gen.resolve.units import Unit, canonical


class Share(Enum):
    """The share of an input in a parameter's value."""

    ALL = "the whole value"
    TEXT = "a part of its text; without the input, the value is absent"
    MEMBER = "one or more members of its structure"


@dataclass(frozen=True)
class Use:
    """A reference to an input, and the parameter that it feeds there.

    A reference outside of calls feeds a parameter of no operation.
    """

    name: str
    parameter: ir.Parameter
    share: Share
    span: Span
    operation: ResolvedOperation | None = field(compare=False)

    @property
    def is_entity(self) -> bool:
        """Return whether the parameter is the whole body of a request."""
        operation = self.operation
        return operation is not None and is_entity(self.parameter, operation)

    @property
    def is_undescribed(self) -> bool:
        """Return whether the parameter is a body that nothing describes."""
        operation = self.operation
        return operation is not None and self.parameter == operation.undescribed

    @property
    def body(self) -> ir.Body | None:
        """Return the body of the request."""
        return self.operation.operation.body if self.operation else None


@dataclass(frozen=True)
class RouteVariables:
    """The variables of a unit's route; a tool has none."""

    unit: Unit
    operations: Sequence[ResolvedOperation]
    names: Sequence[str]

    def match(self, name: str, references: Iterable[str] = ()) -> bool:
        """Return whether an input of that name is a variable of the route.

        Names match ignoring case and punctuation, unless another one is exact.
        `references` are the known names of inputs in references.
        """
        if name in self.names:
            return True
        letters = canonical(name)
        matches = {v for v in self.names if canonical(v) == letters}
        names = self._inputs(references) if matches else ()
        same = [other for other in names if canonical(other) == letters]
        # A variable matches its exact name, else the first of the similar names.
        return not matches.issubset(same) and (not same or same[0] == name)

    def _inputs(self, references: Iterable[str]) -> Iterator[str]:
        """Yield the names of inputs and path parameters, in order of precedence."""
        yield from (model.name for model in self.unit.inputs)
        yield from (name.removeprefix("path.") for name in references)
        for operation in self.operations:
            parameters = operation.own.values()
            yield from (p.name for p in parameters if p.place is ir.Place.PATH)


def is_read_without_body(unit: Unit) -> bool:
    """Return whether a unit is a route whose requests have no body."""
    return unit.method in {"GET", "HEAD"}


def is_entity(parameter: ir.Parameter, resolved_operation: ResolvedOperation) -> bool:
    """Return whether a parameter is the whole body of the operation's request."""
    body = resolved_operation.operation.body
    return body is not None and body.whole == parameter


def uses_by_name(uses: Iterable[Use]) -> dict[str, Sequence[Use]]:
    """Return the uses of each input, by its name in references."""
    by_name: dict[str, list[Use]] = {}
    for use in uses:
        by_name.setdefault(use.name, []).append(use)
    return {**by_name}


def text_reader(unit: Unit, scope: StepScope, fill: Fill, report: Report) -> Read:
    """Return a reader of texts that refer to steps of a scope, else to inputs.

    `fill` returns the template of a placeholder that names no step.
    """

    def fill_any(placeholder: Placeholder, span: Span) -> ir.Template:
        placeholder = unit.placeholder(placeholder)
        if scope.has(placeholder.name):
            return scope.value(placeholder.name, span, report)
        return fill(placeholder, span)

    def read(text: str, span: Span) -> ir.Template:
        if scope.refers(text):
            return scope.value(text, span, report)
        name = unit.reference(text)
        if name is None:
            return text_template(text, span, fill_any)
        return fill_any(Placeholder(name, Scope.INPUT), span)

    return read
