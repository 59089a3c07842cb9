"""The exposed adapters of a capability, and the declarations of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.diagnostics import Span
from naftiko_gen.language import models
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.units import Caller, Name, Unit
from naftiko_gen.syntax.tree import IdentityMap

ByName = Mapping[Name, ir.Invocable]
"""Routes and tools by the namespace of their adapter and their name."""


@dataclass(frozen=True)
class ExposedAdapter:
    """An adapter, and its units with their routes, tools and resources.

    Attributes:
        aliases: Tools with an alias for clients, by their declared names.
    """

    adapter: ir.Server
    units: tuple[tuple[Unit, ir.Exposed], ...] = ()
    aliases: ByName = field(default_factory=dict)

    @property
    def by_name(self) -> ByName:
        """Return the routes and tools; a declared name also finds its alias."""
        namespace, units = self.adapter.namespace, (
            exposed for _, exposed in self.units
        )
        own = {(namespace, u.name): u for u in units if not isinstance(u, ir.Resource)}
        return {**own, **self.aliases}


@dataclass(frozen=True)
class Exposure:
    """The adapters that expose something, or have pages of their own."""

    exposing: tuple[ExposedAdapter, ...]
    controls: tuple[ir.ControlAdapter, ...]

    @property
    def adapters(self) -> tuple[ir.Server, ...]:
        """Return the adapters without their units."""
        return (*(exposed.adapter for exposed in self.exposing), *self.controls)

    def with_skills(
        self, skills: Iterable[ir.SkillAdapter | ir.SkillServer]
    ) -> Exposure:
        """Return these adapters, with the servers among adapters of skills."""
        servers = (adapter for adapter in skills if isinstance(adapter, ir.SkillServer))
        return replace(self, exposing=(*self.exposing, *map(ExposedAdapter, servers)))

    @property
    def guard_variables(self) -> Iterator[ir.Variable]:
        """Yield the environment variables of the adapters' guards."""
        for adapter in self.adapters:
            if adapter.guard is not None:
                yield from adapter.guard.variables

    @property
    def units(self) -> Iterator[tuple[Unit, ir.Exposed]]:
        """Yield each unit with its route, tool or resource."""
        for exposed in self.exposing:
            yield from exposed.units

    @property
    def by_name(self) -> ByName:
        """Return the routes and tools by name."""
        pairs = (exposed.by_name.items() for exposed in self.exposing)
        return dict(chain.from_iterable(pairs))


@dataclass(frozen=True)
class Origins:
    """Declarations by the parts of one capability.

    Parts are compared by identity: two of them may be equal.
    """

    units: tuple[tuple[Unit, ir.Exposed], ...]
    operations: tuple[tuple[DeclaredOperation, ir.Operation], ...]
    upstreams: tuple[tuple[models.Consumes, ir.Upstream], ...]

    def unit(self, exposed: ir.Exposed) -> Unit:
        """Return the unit of a route or tool: its declaration and operation."""
        return self._units[exposed]

    @property
    def callers(self) -> Iterator[tuple[Caller, ir.Exposed]]:
        """Yield each caller of an operation with its route or tool."""
        for unit, exposed in self.units:
            for caller in unit.callers:
                yield caller, exposed

    def calling(self, declaration: DeclaredOperation) -> Sequence[Caller]:
        """Return the callers of an operation."""
        return self._calling.get(declaration.operation, ())

    def exposed_at(self, span: Span) -> tuple[Unit, ir.Exposed] | None:
        """Return the route or tool whose declaration starts there, or None."""
        return self._places.get((span.origin, span.line, span.column))

    def operation(self, model: models.ConsumedOperation) -> ir.Operation | None:
        """Return the resolved operation of a declaration; None if it isn't called."""
        return self._operations.get(model)

    def blocks(self, upstream: ir.Upstream) -> Sequence[models.Consumes]:
        """Return the consumes blocks that share an upstream."""
        return self._blocks.get(upstream) or ()

    @property
    def distinct_upstreams(self) -> tuple[ir.Upstream, ...]:
        """Return the upstreams, each once, in the order of their first blocks."""
        by_name = {upstream.namespace: upstream for _, upstream in self.upstreams}
        return tuple(by_name.values())

    @cached_property
    def _units(self) -> IdentityMap[ir.Exposed, Unit]:
        units: IdentityMap[ir.Exposed, Unit] = IdentityMap()
        for unit, exposed in self.units:
            units.put(exposed, unit)
        return units

    @cached_property
    def _calling(self) -> Mapping[models.ConsumedOperation, Sequence[Caller]]:
        callers: dict[models.ConsumedOperation, list[Caller]] = {}
        for caller, _ in self.callers:
            callers.setdefault(caller.declared.operation, []).append(caller)
        return callers

    @cached_property
    def _places(self) -> Mapping[object, tuple[Unit, ir.Exposed]]:
        spans = [(pair[0].model.node.span, pair) for pair in self.units]
        return {(s.origin, s.line, s.column): pair for s, pair in spans}

    @cached_property
    def _operations(self) -> Mapping[models.ConsumedOperation, ir.Operation]:
        return {source.operation: operation for source, operation in self.operations}

    @cached_property
    def _blocks(self) -> IdentityMap[ir.Upstream, list[models.Consumes]]:
        blocks: IdentityMap[ir.Upstream, list[models.Consumes]] = IdentityMap()
        for block, upstream in self.upstreams:
            blocks.add(upstream, []).append(block)
        return blocks
