"""Calls: the arguments that a route or tool passes to its operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import Placeholder, Scope
from naftiko_gen.resolve.constants import check_constants
from naftiko_gen.resolve.consumed.upstreams import upstream_variables
from naftiko_gen.resolve.exposed.arguments import ArgumentReader
from naftiko_gen.resolve.exposed.inputs import InputResolver, constant
from naftiko_gen.resolve.exposed.routes import variables as route_variables
from naftiko_gen.resolve.exposed.uses import RouteVariables, Use, UseReader
from naftiko_gen.resolve.templates import (
    as_graphql,
    check_graphql,
    fitted,
    node_template,
    object_template,
    text_template,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.catalogue import Declared
    from naftiko_gen.resolve.consumed.operations import ResolvedOperation
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.exposed.arguments import Arguments
    from naftiko_gen.resolve.units import Unit, Units
    from naftiko_gen.syntax.tree import Entry


@dataclass(frozen=True)
class UnitCall:
    """The call of a unit.

    Attributes:
        resolved: The operation.
        call: The operation and its arguments.
        inputs: The inputs by their names in references.
        variables: The environment variables in `with`.
    """

    resolved: ResolvedOperation
    call: ir.Call
    inputs: Mapping[str, ir.Input]
    variables: tuple[ir.Variable, ...]


def resolve_calls(
    units: Units,
    operation: Callable[[Declared], ResolvedOperation],
    environment: Environment,
    report: Report,
) -> dict[Unit, UnitCall]:
    """Resolve the calls of all units, those of routes first.

    `operation` returns the operation of a declaration.
    """
    return {
        unit: resolve_call(unit, operation(unit.declared), environment, report)
        for unit in units.routes_first
    }


def resolve_call(
    unit: Unit, resolved: ResolvedOperation, environment: Environment, report: Report
) -> UnitCall:
    """Resolve a unit's call: first all uses of inputs, then the inputs, then values."""
    names = route_variables(unit.resource) if unit.resource else ()
    variables = RouteVariables(unit, resolved, names)
    written = ArgumentReader(unit, resolved, report).read()
    reader = UseReader(unit, resolved, variables, environment, report)
    uses = [use for p, entry in written.entries for use in reader.explicit(p, entry)]
    passed = tuple(reader.passed_through(written.names))
    by_name = _by_name([*uses, *passed])
    resolver = InputResolver(unit, resolved, variables, by_name, report)
    inputs = resolver.resolve()
    resolver.report_unused()
    values = _Values(unit, resolved, reader, resolver, inputs, environment, report)
    filled = values.fill(written)
    arguments = (*_composed(written, filled), *values.implicit(passed))
    call = _call(resolved, arguments)
    return UnitCall(resolved, call, inputs, tuple(ir.variables(filled)))


def used_variables(calls: Mapping[Unit, UnitCall]) -> Iterator[ir.Variable]:
    """Yield the environment variables of calls, in their order, some several times.

    Those of an upstream and an operation precede those of the call.
    """
    for call in calls.values():
        yield from upstream_variables(call.resolved.operation.upstream)
        yield from call.resolved.variables
        yield from call.variables


def _by_name(uses: Iterable[Use]) -> dict[str, Sequence[Use]]:
    by_name: dict[str, list[Use]] = {}
    for use in uses:
        by_name.setdefault(use.name, []).append(use)
    return {**by_name}


def _composed(
    written: Arguments, values: Sequence[ir.Template]
) -> Iterator[tuple[ir.Parameter, ir.Template]]:
    """Yield the parameters that `with` passes; one may be composed of members."""
    members: list[tuple[str, ir.Template]] = []
    for (parameter, entry), value in zip(written.entries, values, strict=True):
        if entry.key in written.members:
            members.append((entry.key, value))
        else:
            yield parameter, value
    if written.whole is not None:
        yield written.whole, object_template(members)


def _call(
    resolved: ResolvedOperation, arguments: Iterable[tuple[ir.Parameter, ir.Template]]
) -> ir.Call:
    """Return a call with its arguments in the order of the operation's parameters."""
    by_name = {parameter.name: (parameter, value) for parameter, value in arguments}
    names = sorted(by_name, key=resolved.order.__getitem__)
    return ir.Call(resolved.operation, tuple(by_name[name] for name in names))


@dataclass(frozen=True)
class _Values:
    """The values of a call's arguments, made of resolved inputs."""

    unit: Unit
    resolved: ResolvedOperation
    reader: UseReader
    resolver: InputResolver
    inputs: Mapping[str, ir.Input]
    environment: Environment
    report: Report

    def implicit(
        self, passed: Iterable[Use]
    ) -> Iterator[tuple[ir.Parameter, ir.Template]]:
        """Yield the parameters that inputs of their own names feed."""
        for use in passed:
            yield use.parameter, self._value(use)

    def fill(self, written: Arguments) -> tuple[ir.Template, ...]:
        """Return the value of each entry of `with`."""
        queries = self.resolved.queries | (written.members & {"query"})
        return tuple(
            self._entry(parameter, entry, is_query=parameter.name in queries)
            for parameter, entry in written.entries
        )

    def _entry(
        self, parameter: ir.Parameter, entry: Entry, *, is_query: bool
    ) -> ir.Template:
        value = self._template(parameter, entry)
        filled = as_graphql(value) if is_query else value
        check_graphql(filled, entry.value.span, self.report)
        return filled

    def _template(self, parameter: ir.Parameter, entry: Entry) -> ir.Template:
        uses = {use.name: use for use in self.reader.explicit(parameter, entry)}

        def fill(placeholder: Placeholder, span: Span) -> ir.Template:
            placeholder = self.unit.placeholder(placeholder)
            if not self.reader.is_input(placeholder, span):
                return ir.Setting(self.environment.variable(placeholder, span))
            return self._argument(
                uses[self.unit.declared_name(placeholder.name)], placeholder
            )

        def read(text: str, span: Span) -> ir.Template:
            name = self.unit.reference(text)
            if name is None:
                return text_template(text, span, fill)
            return fill(Placeholder(name, Scope.INPUT), span)

        filled = fitted(node_template(entry.value, read), parameter.type)
        check_constants(filled, parameter, entry.value.span, self.report)
        return filled

    def _argument(self, use: Use, placeholder: Placeholder) -> ir.Template:
        self.resolver.note_place(use, placeholder.name)
        if self.resolver.is_inferred_at(use):
            name = shown(self.inputs[use.name].name)
            message = f"{name} isn't declared: it becomes an input"
            self.report.add(Code.INFERRED_INPUT, message, use.span)
        return self._value(use)

    def _value(self, use: Use) -> ir.Template:
        fixed = constant(self.unit.input(use.name))
        if fixed is not None:
            return fitted(fixed, use.parameter.type)
        source = self.inputs[use.name]
        self.resolver.check_inferred(use, source)
        return ir.Argument(source)
