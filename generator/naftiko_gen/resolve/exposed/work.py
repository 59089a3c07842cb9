"""The work of units: the inputs of a route or tool, and how it produces its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.resolve.exposed.calls import CallReader, grouped
from naftiko_gen.resolve.exposed.flows import FlowReader
from naftiko_gen.resolve.exposed.inputs import InputResolver
from naftiko_gen.resolve.exposed.outputs import output
from naftiko_gen.resolve.exposed.routes import variables as route_variables
from naftiko_gen.resolve.exposed.uses import RouteVariables
from naftiko_gen.resolve.units import FlowUnit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.resolve.catalogue import Declared
    from naftiko_gen.resolve.consumed.operations import ResolvedOperation
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.exposed.calls import ResolvedCall
    from naftiko_gen.resolve.exposed.flows import Scripts
    from naftiko_gen.resolve.exposed.uses import Use
    from naftiko_gen.resolve.units import Unit, Units

    Operations = Callable[[Declared], ResolvedOperation]
    """Returns the operation of a declaration."""


@dataclass(frozen=True)
class UnitWork:
    """The work of a unit.

    Attributes:
        inputs: The inputs by their names in references.
        calls: The calls, in the order of the spec.
        flow: The steps, if the unit has steps.
    """

    inputs: Mapping[str, ir.Input]
    calls: tuple[ResolvedCall, ...]
    flow: FlowReader | None

    @property
    def operation(self) -> ir.Operation | None:
        """Return the operation that names and describes the unit by default."""
        return None if self.flow else self.calls[0].call.operation

    def implementation(
        self, unit: Unit, inputs: Mapping[str, ir.Input], report: Report
    ) -> ir.Implementation:
        """Return the implementation, with the inputs by their names in references."""
        if self.flow is not None:
            return self.flow.flow(self.calls, inputs)
        call = self.calls[0].call
        return ir.ProjectedCall(call, output(unit, inputs, report))


def resolve_work(
    units: Units,
    operation: Operations,
    environment: Environment,
    scripts: Scripts,
    report: Report,
) -> dict[Unit, UnitWork]:
    """Resolve the work of all units, that of routes first."""
    return {
        unit: _WorkReader(unit, operation, environment, scripts, report).read()
        for unit in units.routes_first
    }


@dataclass(frozen=True)
class _WorkReader:
    """Reader of a unit: first all uses of inputs, then the inputs, then the values."""

    unit: Unit
    operation: Operations
    environment: Environment
    scripts: Scripts
    report: Report

    def read(self) -> UnitWork:
        resource = self.unit.resource
        names = route_variables(resource) if resource else ()
        resolved = [self.operation(caller.declared) for caller in self.unit.callers]
        variables = RouteVariables(self.unit, resolved, names)
        readers = [
            CallReader.of(caller, operation, variables, self.environment, self.report)
            for caller, operation in zip(self.unit.callers, resolved, strict=True)
        ]
        flow = self._flow()
        uses = tuple(self._uses(readers, flow))
        resolver = InputResolver(self.unit, variables, grouped(uses), self.report)
        inputs = resolver.resolve()
        resolver.report_unused()
        calls = tuple(reader.call(resolver, inputs) for reader in readers)
        return UnitWork(inputs, calls, flow)

    def _flow(self) -> FlowReader | None:
        match self.unit:
            case FlowUnit() as unit:
                return FlowReader(unit, self.scripts, self.report)
            case _:
                return None

    def _uses(
        self, readers: list[CallReader], flow: FlowReader | None
    ) -> Iterator[Use]:
        for reader in readers:
            yield from reader.explicit()
            yield from reader.passed
        if flow is not None:
            yield from flow.uses()
