"""The exposed adapters of a capability, and the units of their routes and tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.resolve.units import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.resolve.units import Unit

ByName = Mapping[Name, ir.Invocable]
"""Routes and tools by the namespace of their adapter and their name."""


@dataclass(frozen=True)
class ExposedRest:
    """A REST adapter, and its units with their routes in the order of the spec."""

    adapter: ir.RestAdapter
    units: tuple[tuple[Unit, ir.Route], ...]


@dataclass(frozen=True)
class ExposedMcp:
    """An MCP adapter, and its units with their tools and resources."""

    adapter: ir.McpAdapter
    units: tuple[tuple[Unit, ir.Tool], ...]
    resources: tuple[tuple[Unit, ir.Resource], ...]
    aliases: ByName
    """Tools with an alias for clients, by their declared names."""


@dataclass(frozen=True)
class Exposure:
    """The exposed adapters of a capability, without its skills."""

    rest: tuple[ExposedRest, ...]
    mcp: tuple[ExposedMcp, ...]
    controls: tuple[ir.ControlAdapter, ...] = ()
    skill_servers: tuple[ir.SkillServer, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether no adapter exposes anything."""
        return next(self.adapters, None) is None

    @property
    def adapters(self) -> Iterator[ir.Server]:
        """Yield the adapters that expose something, or have pages of their own."""
        yield from (e.adapter for e in self.rest if e.adapter.routes)
        yield from (e.adapter for e in self.mcp if _exposes_something(e.adapter))
        yield from self.skill_servers
        yield from self.controls

    def with_skills(
        self, skills: Iterable[ir.SkillAdapter | ir.SkillServer]
    ) -> Exposure:
        """Return these adapters, with the servers among adapters of skills."""
        servers = (adapter for adapter in skills if isinstance(adapter, ir.SkillServer))
        return replace(self, skill_servers=tuple(servers))

    @property
    def guard_variables(self) -> Iterator[ir.Variable]:
        """Yield the environment variables of the adapters' guards."""
        for adapter in self.adapters:
            if adapter.guard is not None:
                yield from adapter.guard.variables

    @property
    def units(self) -> Iterator[tuple[Unit, ir.Exposed]]:
        """Yield each unit with its route, tool or resource."""
        for rest in self.rest:
            yield from rest.units
        for mcp in self.mcp:
            yield from mcp.units
            yield from mcp.resources

    @property
    def by_name(self) -> ByName:
        """Return the routes and tools by name; a declared name also finds its alias."""
        rest, mcp = (e.adapter for e in self.rest), (e.adapter for e in self.mcp)
        routes = {(a.namespace, r.name): r for a in rest for r in a.routes}
        tools = {(a.namespace, t.name): t for a in mcp for t in a.tools}
        aliases = {n: t for e in self.mcp for n, t in e.aliases.items()}
        return {**routes, **tools, **aliases}


def _exposes_something(adapter: ir.McpAdapter) -> bool:
    return bool(adapter.tools or adapter.contents or adapter.prompts)
