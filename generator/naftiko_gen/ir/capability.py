"""Capabilities: whole specs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from naftiko_gen.ir.adapters import (
    Adapter,
    McpAdapter,
    RestAdapter,
    Server,
    Skill,
    SkillAdapter,
)
from naftiko_gen.ir.exposed import Exposed, Invocable, Resource, Route, Tool
from naftiko_gen.ir.flows import Flow
from naftiko_gen.ir.implementation import Forward, arguments, calls, projected_calls
from naftiko_gen.ir.operations import Operation, Upstream
from naftiko_gen.ir.outputs import Projection
from naftiko_gen.ir.parameters import Parameter
from naftiko_gen.ir.templates import Template, Variable, variables
from naftiko_gen.ir.types import of_kind
from naftiko_gen.syntax.tree import IdentityMap

__all__ = ["Capability"]

_ORDER: tuple[type[Route] | type[Tool] | type[Resource], ...] = (Route, Tool, Resource)
"""The order of all units."""


@dataclass(frozen=True)
class Capability:
    """A whole spec; `operations` are the called ones, in the order of the spec.

    `adapters` are in the order of their kinds, REST and MCP first.
    """

    slug: str
    source: str
    label: str
    description: str | None
    tags: tuple[str, ...]
    version: str
    variables: tuple[Variable, ...]
    upstreams: tuple[Upstream, ...]
    operations: tuple[Operation, ...]
    adapters: tuple[Adapter, ...]
    website: str | None = None

    @cached_property
    def rest(self) -> tuple[RestAdapter, ...]:
        """Return the REST adapters."""
        return of_kind(RestAdapter, self.adapters)

    @cached_property
    def mcp(self) -> tuple[McpAdapter, ...]:
        """Return the MCP adapters."""
        return of_kind(McpAdapter, self.adapters)

    @cached_property
    def skills(self) -> tuple[Skill, ...]:
        """Return the skills of all skill adapters."""
        adapters = of_kind(SkillAdapter, self.adapters)
        return tuple(skill for adapter in adapters for skill in adapter.skills)

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """Return the adapters that can listen on a port."""
        return tuple(a for a in self.adapters if not isinstance(a, SkillAdapter))

    @cached_property
    def guard_variables(self) -> tuple[Variable, ...]:
        """Return the environment variables of guards, each once."""
        guards = (adapter.guard for adapter in self.servers if adapter.guard)
        return tuple(dict.fromkeys(v for guard in guards for v in guard.variables))

    @property
    def all_variables(self) -> tuple[Variable, ...]:
        """Return the environment variables of the client and of guards, each once."""
        return tuple(dict.fromkeys((*self.variables, *self.guard_variables)))

    @cached_property
    def exposed(self) -> tuple[Exposed, ...]:
        """Return all routes, then all tools, then all resources that calls answer."""
        units = tuple(unit for server in self.servers for unit in server.exposed)
        return tuple(unit for kind in _ORDER for unit in of_kind(kind, units))

    @cached_property
    def invocable(self) -> tuple[Invocable, ...]:
        """Return all routes, then all tools."""
        return tuple(unit for unit in self.exposed if not isinstance(unit, Resource))

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Return the routes of all adapters."""
        return of_kind(Route, self.exposed)

    @cached_property
    def tools(self) -> tuple[Tool, ...]:
        """Return the tools of all adapters."""
        return of_kind(Tool, self.exposed)

    def exposing(self, unit: Exposed) -> Server:
        """Return the adapter that exposes a unit."""
        return self._exposing[unit]

    @cached_property
    def _exposing(self) -> IdentityMap[Exposed, Server]:
        exposing: IdentityMap[Exposed, Server] = IdentityMap()
        for server in self.servers:
            for unit in server.exposed:
                exposing.put(unit, server)
        return exposing

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """Return the flows of all units: their steps, and the mocks."""
        return of_kind(Flow, (unit.implementation for unit in self.exposed))

    @cached_property
    def forwards(self) -> tuple[Forward, ...]:
        """Return the forwards of all units."""
        return of_kind(Forward, (unit.implementation for unit in self.exposed))

    def forwards_to(self, upstream: Upstream) -> tuple[Forward, ...]:
        """Return the forwards to an upstream."""
        return tuple(f for f in self.forwards if f.upstream is upstream)

    @property
    def has_steps(self) -> bool:
        """Return whether a route, a tool or a resource has steps: is no mock."""
        return any(unit.implementation.steps for unit in self.exposed)

    @property
    def has_client(self) -> bool:
        """Return whether the package needs an API client: for calls or steps."""
        return bool(self.operations or self.forwards) or self.has_steps

    def calling(self, operation: Operation) -> Sequence[Exposed]:
        """Return the routes, the tools and the resources that call an operation."""
        return self._callers.get(operation) or ()

    @cached_property
    def _callers(self) -> IdentityMap[Operation, list[Exposed]]:
        callers: IdentityMap[Operation, list[Exposed]] = IdentityMap()
        for unit in self.exposed:
            operations: IdentityMap[Operation, Operation] = IdentityMap()
            for call in calls(unit.implementation):
                operations.put(call.operation, call.operation)
            for operation in operations.values():
                callers.add(operation, []).append(unit)
        return callers

    def passed_variables(self, operation: Operation) -> Sequence[Variable]:
        """Return the variables that calls pass to an operation, as often as they do."""
        return self._passed_variables.get(operation) or ()

    @cached_property
    def _passed_variables(self) -> IdentityMap[Operation, list[Variable]]:
        by_operation: IdentityMap[Operation, list[Variable]] = IdentityMap()
        for unit in self.exposed:
            for call in calls(unit.implementation):
                in_call = variables(value for _, value in call.arguments)
                by_operation.add(call.operation, []).extend(in_call)
        return by_operation

    def projections(self, operation: Operation) -> Iterator[Projection]:
        """Yield the projections that read the responses of an operation."""
        for unit in self.calling(operation):
            for call, projection in projected_calls(unit.implementation):
                if call.operation is operation:
                    yield projection

    def arguments(self, parameter: Parameter) -> Sequence[Template]:
        """Return the arguments that calls pass to a parameter."""
        return self._arguments.get(parameter) or ()

    @cached_property
    def _arguments(self) -> IdentityMap[Parameter, list[Template]]:
        by_parameter: IdentityMap[Parameter, list[Template]] = IdentityMap()
        for unit in self.exposed:
            for parameter, template in arguments(unit.implementation):
                by_parameter.add(parameter, []).append(template)
        return by_parameter
