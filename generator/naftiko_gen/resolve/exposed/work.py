"""The work of units: the inputs of a route or tool, and how it produces its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.resolve.consumed.upstreams import upstream_variables
from naftiko_gen.resolve.exposed.calls import CallReader, used_variables, uses_by_name
from naftiko_gen.resolve.exposed.flows import FlowReader
from naftiko_gen.resolve.exposed.forwards import ForwardResolver
from naftiko_gen.resolve.exposed.inputs import InputResolver
from naftiko_gen.resolve.exposed.outputs import output
from naftiko_gen.resolve.exposed.routes import variables as route_variables
from naftiko_gen.resolve.exposed.uses import RouteVariables
from naftiko_gen.resolve.units import FlowUnit, ForwardUnit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.resolve.consumed.upstreams import CalledOperations
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.exposed.calls import ResolvedCall
    from naftiko_gen.resolve.exposed.flows import Scripts
    from naftiko_gen.resolve.exposed.uses import Use
    from naftiko_gen.resolve.units import Unit, Units


@dataclass(frozen=True)
class UnitWork:
    """The work of a unit.

    Attributes:
        inputs: The inputs by their names in references.
        calls: The calls, in the order of the spec.
        flow: The steps, if the unit has steps.
        forward: The forward, if the unit passes requests on.
    """

    inputs: Mapping[str, ir.Input]
    calls: tuple[ResolvedCall, ...]
    flow: FlowReader | None
    forward: ir.Forward | None = None

    @property
    def operation(self) -> ir.Operation | None:
        """Return the operation that names and describes the unit by default."""
        if self.flow or self.forward:
            return None
        return self.calls[0].call.operation

    @property
    def variables(self) -> Iterator[ir.Variable]:
        """Yield the environment variables, in their order, some several times."""
        yield from used_variables(self.calls)
        if self.forward is not None:
            yield from upstream_variables(self.forward.upstream)
            yield from self.forward.variables

    def implementation(
        self, unit: Unit, inputs: Mapping[str, ir.Input], report: Report
    ) -> ir.Implementation:
        """Return the implementation, with the inputs by their names in references."""
        if self.forward is not None:
            return self.forward
        if self.flow is not None:
            return self.flow.flow(self.calls, inputs)
        call = self.calls[0].call
        return ir.ProjectedCall(call, output(unit, inputs, report))


def resolve_work(
    units: Units,
    operations: CalledOperations,
    environment: Environment,
    scripts: Scripts,
    report: Report,
) -> dict[Unit, UnitWork]:
    """Resolve the work of all units, that of routes first."""
    return {
        unit: _WorkReader(unit, operations, environment, scripts, report).read()
        for unit in units.in_order
    }


@dataclass(frozen=True)
class _WorkReader:
    """Reader of a unit: first all uses of inputs, then the inputs, then the values."""

    unit: Unit
    called: CalledOperations
    environment: Environment
    scripts: Scripts
    report: Report

    def read(self) -> UnitWork:
        if isinstance(self.unit, ForwardUnit):
            return self._forward(self.unit)
        return self._work()

    def _forward(self, unit: ForwardUnit) -> UnitWork:
        upstream = self.called.upstream_of(unit.target)
        resolver = ForwardResolver(unit, upstream, self.environment, self.report)
        inputs = resolver.inputs()
        return UnitWork(inputs, (), None, resolver.forward(inputs))

    def _work(self) -> UnitWork:
        resource = self.unit.resource
        names = route_variables(resource) if resource else ()
        callers = self.unit.callers
        operations = [self.called.find(caller.declared) for caller in callers]
        variables = RouteVariables(self.unit, operations, names)
        readers = [
            CallReader.of(caller, operation, variables, self.environment, self.report)
            for caller, operation in zip(callers, operations, strict=True)
        ]
        flow = self._flow()
        uses = tuple(self._uses(readers, flow))
        left_out = {name for reader in readers for name in reader.left_out()}
        resolver = InputResolver(
            self.unit, variables, uses_by_name(uses), left_out, self.report
        )
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
