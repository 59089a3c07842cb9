"""Uses of inputs: the parameters that the inputs of a route or tool feed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, Scope
from naftiko_gen.resolve.consumed.operations import ResolvedOperation
from naftiko_gen.resolve.environment import Environment, is_constant_name
from naftiko_gen.resolve.units import Unit, canonical
from naftiko_gen.syntax.tree import Entry, Node, Scalar


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


@dataclass(frozen=True)
class UseReader:
    """Reader of the uses of a unit's inputs.

    It runs before the inputs are resolved, which depend on all of their uses.
    """

    unit: Unit
    resolved: ResolvedOperation
    variables: RouteVariables
    environment: Environment
    report: Report

    def explicit(self, parameter: ir.Parameter, entry: Entry) -> Iterator[Use]:
        """Yield the uses in an argument for a parameter."""
        share = self._share(entry.value)
        for placeholder in self.unit.placeholders(entry.value):
            if self.is_input(placeholder, entry.value.span):
                name = self.unit.declared_name(placeholder.name)
                yield Use(name, parameter, share, entry.value.span, self.resolved)

    def _share(self, node: Node) -> Share:
        if self.unit.whole(node) is not None:
            return Share.ALL
        return Share.TEXT if isinstance(node, Scalar) else Share.MEMBER

    def is_input(self, placeholder: Placeholder, span: Span) -> bool:
        """Return whether a placeholder in `with` names an input, not a variable."""
        if (
            placeholder.scope is not Scope.ANY
            or self.unit.input(placeholder.name) is not None
        ):
            return placeholder.scope is not Scope.ENVIRONMENT
        is_bound = self.environment.bound_variable(placeholder, span) is not None
        return not is_bound and not is_constant_name(placeholder.name)

    def passed_through(self, explicit: Collection[str]) -> Iterator[Use]:
        """Yield the parameters that are fed by the input of their own name.

        These are the parameters with a declared input of that name, the required ones,
        and those that only templates of the operation name. A unit that declares
        nothing passes all parameters. An undescribed body is passed on if the request
        can have one. Extra parameters of other units are not passed.
        """
        span = self.unit.name_span
        for parameter in self.resolved.own.values():
            if parameter.name in explicit:
                continue
            name = self._declared_name(parameter)
            if name is not None:
                yield self._whole(name, parameter, span)
            elif parameter == self.resolved.undescribed:
                if self.unit.has_room_for_body:
                    yield self._whole(parameter.name, parameter, span)
            elif parameter.required or self._is_exposed(parameter):
                self._report_added(parameter, span)
                yield self._whole(parameter.name, parameter, span)

    def _whole(self, name: str, parameter: ir.Parameter, span: Span) -> Use:
        return Use(name, parameter, Share.ALL, span, self.resolved)

    def _is_exposed(self, parameter: ir.Parameter) -> bool:
        """Return whether an optional parameter becomes an input by itself.

        A GET has no place for a whole body.
        """
        is_placeholder = parameter.name in self.resolved.placeholders
        is_wanted = self.unit.is_bare or (is_placeholder and self.unit.is_open)
        return is_wanted and not self._has_no_place_for(parameter)

    def _has_no_place_for(self, parameter: ir.Parameter) -> bool:
        """Return whether a parameter is the whole body, in a request without a body."""
        is_without_body = is_read_without_body(self.unit)
        return is_without_body and is_entity(parameter, self.resolved)

    def _declared_name(self, parameter: ir.Parameter) -> str | None:
        """Return the declared input with a parameter's name.

        Variables of the route match ignoring case and punctuation.
        """
        if self.unit.input(parameter.name) is not None:
            return parameter.name
        if not self.variables.match(parameter.name):
            return None
        same = canonical(parameter.name)
        close = [i.name for i in self.unit.inputs if canonical(i.name) == same]
        return next(iter(close), None)

    @property
    def _is_imported(self) -> bool:
        declaration = self.unit.first_declared
        return (
            declaration is not None
            and declaration.operation.node.span.origin is not None
        )

    def _report_added(self, parameter: ir.Parameter, span: Span) -> None:
        if isinstance(self.unit.model, models.Resource):
            return  # an error follows: it has no inputs but the variables of its URI
        if self.unit.shared_input(parameter.name) is not None:
            return  # the function declares it
        if self._is_imported and self.unit.is_bare:
            return  # the imported file declares it
        name = quote(parameter.name)
        if (
            not parameter.required
            or self.unit.is_bare
            or self.variables.match(parameter.name)
        ):
            message = f"the parameter {name} becomes an input"
            self.report.add(Code.EXPOSED_PARAMETER, message, span)
        else:
            message = f"{name} is required and gets no value: it becomes an input"
            self.report.add(Code.ADDED_INPUT, message, span)


def is_read_without_body(unit: Unit) -> bool:
    """Return whether a unit is a route whose requests have no body."""
    return unit.method in {"GET", "HEAD"}


def is_entity(parameter: ir.Parameter, resolved_operation: ResolvedOperation) -> bool:
    """Return whether a parameter is the whole body of the operation's request."""
    body = resolved_operation.operation.body
    return body is not None and body.whole == parameter
