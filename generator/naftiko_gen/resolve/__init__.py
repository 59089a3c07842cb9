"""Resolution of a validated spec into the intermediate representation.

This stage relates the parts of a spec: it replaces names by the objects they refer to,
and infers undeclared parameters, inputs and bodies from their uses.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.language import models
from naftiko_gen.resolve.capability import about, check_adapters
from naftiko_gen.resolve.catalogue import Catalogue, Declared, Key
from naftiko_gen.resolve.consumed.credentials import secret_placeholders
from naftiko_gen.resolve.consumed.operations import ResolvedOperation, operation
from naftiko_gen.resolve.consumed.upstreams import upstream
from naftiko_gen.resolve.environment import Environment
from naftiko_gen.resolve.exposed.adapters import AdapterBuilder, free_port
from naftiko_gen.resolve.exposed.skills import check_names, exposed, skills
from naftiko_gen.resolve.ignored import report_ignored
from naftiko_gen.resolve.namespaces import UpstreamNames, check_namespaces
from naftiko_gen.resolve.origins import Origins
from naftiko_gen.resolve.safety import note_addresses
from naftiko_gen.resolve.setting_collisions import report_collisions
from naftiko_gen.resolve.units import Adapters, CallResolver

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.report import Report

__all__ = ["Resolution", "resolve"]


def resolve(
    document: models.Spec,
    report: Report,
    *,
    slug: str,
    source: str,
    skip_unresolved: bool = False,
) -> Resolution | None:
    """Return the resolved capability, or report all errors and return None.

    `slug` is the name of the package, `source` the shown name of the spec's file.
    With `skip_unresolved`, routes and tools that call no known operation are left out.
    """
    capability = document.capability
    check_adapters(capability, report)
    check_namespaces(capability, report)
    bindings = (*document.binds, *capability.binds)
    secrets = secret_placeholders(capability.consumes, report)
    environment = Environment.of(bindings, secrets, report)
    catalogue = Catalogue.of(capability.consumes, report)
    unknown = Code.SKIPPED_UNIT if skip_unresolved else Code.UNKNOWN_OPERATION
    units = Adapters.of(document, CallResolver(catalogue, unknown, report))
    names = UpstreamNames.of(capability.consumes)
    operations = _Operations(units, names, environment, report)
    adapters = AdapterBuilder(units, operations.find, environment, report)
    builder = CapabilityBuilder(document, catalogue, operations, adapters)
    resolved = builder.capability(slug, source)
    report_collisions(document, resolved.variables, slug, report)
    note_addresses(capability.exposes, slug, report)
    check_names(capability.exposes, slug, report)
    report_ignored(capability, report)
    environment.report_unused(bindings)
    return None if report.has_errors else Resolution(resolved, builder.origins())


@dataclass(frozen=True)
class Resolution:
    """The capability of a spec, and the declarations that its parts come from."""

    capability: ir.Capability
    origins: Origins


@dataclass
class CapabilityBuilder:
    """Builder of the capability of a spec."""

    document: models.Spec
    catalogue: Catalogue
    operations: _Operations
    adapters: AdapterBuilder

    def capability(self, slug: str, source: str) -> ir.Capability:
        """Return the capability; report one that exposes nothing."""
        adapters = self.document.capability.exposes
        build, port = self.adapters, free_port(adapters)
        rest = [build.rest(a) for a in adapters if isinstance(a, models.Rest)]
        mcp = [build.mcp(a, port) for a in adapters if isinstance(a, models.Mcp)]
        self._check_units(rest, mcp)
        info = about(self.document, slug, self.adapters.report)
        whole = ir.Skill(slug, info.description or info.label)
        return ir.Capability(
            slug,
            source,
            info.label,
            info.description,
            info.tags,
            info.version,
            build.environment.variables(),
            self.operations.upstreams_in_order(self.document.capability.consumes),
            self.operations.in_order(self.catalogue),
            (
                *(adapter for adapter in rest if adapter.routes),
                *(adapter for adapter in mcp if adapter.tools),
                *(self._skills(rest, mcp) or (ir.SkillAdapter((whole,)),)),
            ),
        )

    def origins(self) -> Origins:
        """Return the declarations of the parts resolved so far."""
        consumed = self.document.capability.consumes
        return Origins(
            tuple(self.adapters.exposed),
            tuple(self.operations.declared(self.catalogue)),
            tuple(self.operations.blocks(consumed)),
        )

    def _check_units(
        self, rest: Sequence[ir.RestAdapter], mcp: Sequence[ir.McpAdapter]
    ) -> None:
        """Report a capability without any route or tool; skills alone don't count."""
        report = self.adapters.report
        has_unit = any(a.routes for a in rest) or any(a.tools for a in mcp)
        if not has_unit and not report.has_errors:
            exposes = self.document.capability.node.key_span("exposes")
            message = "the capability exposes no route or tool"
            if self.adapters.left_out:
                message = (
                    "no route or tool is left: none of them calls a known operation"
                )
            report.add(Code.NOTHING_EXPOSED, message, exposes)

    def _skills(
        self, rest: Sequence[ir.RestAdapter], mcp: Sequence[ir.McpAdapter]
    ) -> tuple[ir.SkillAdapter, ...]:
        units = exposed(rest, mcp, self.adapters.aliases)
        left_out, report = self.adapters.left_out, self.adapters.report
        adapters = (
            ir.SkillAdapter(tuple(skills(adapter, units, left_out, report)))
            for adapter in self.document.capability.exposes
            if isinstance(adapter, models.Skills)
        )
        return tuple(adapter for adapter in adapters if adapter.skills)


@dataclass
class _Operations:
    """The called operations; each is resolved at its first use."""

    units: Adapters
    names: UpstreamNames
    environment: Environment
    report: Report
    resolved: dict[Key, ResolvedOperation] = field(default_factory=dict)
    upstreams: dict[str, ir.Upstream] = field(default_factory=dict)

    def find(self, declared: Declared) -> ResolvedOperation:
        if declared.key not in self.resolved:
            self.resolved[declared.key] = operation(
                declared,
                self._upstream(declared.consumes),
                self.units.calling(declared),
                self.environment,
                self.report,
            )
        return self.resolved[declared.key]

    def _upstream(self, consumes: models.Consumes) -> ir.Upstream:
        name = self.names.of_block(consumes)
        if name not in self.upstreams:
            resolved = upstream(consumes, self.environment, self.report)
            self.upstreams[name] = replace(resolved, namespace=name)
        return self.upstreams[name]

    def upstreams_in_order(
        self, consumed: list[models.Consumes]
    ) -> tuple[ir.Upstream, ...]:
        names = dict.fromkeys(map(self.names.of_block, consumed))
        return tuple(self.upstreams[n] for n in names if n in self.upstreams)

    def in_order(self, catalogue: Catalogue) -> tuple[ir.Operation, ...]:
        return tuple(called for _, called in self.declared(catalogue))

    def declared(self, catalogue: Catalogue) -> Iterator[tuple[Declared, ir.Operation]]:
        """Yield the called operations with their declarations, in the spec's order."""
        for key, declared in catalogue.operations.items():
            if key in self.resolved:
                yield declared, self.resolved[key].operation

    def blocks(
        self, consumed: list[models.Consumes]
    ) -> Iterator[tuple[models.Consumes, ir.Upstream]]:
        """Yield the consumes blocks with called operations, and their upstreams."""
        for block in consumed:
            called = self.upstreams.get(self.names.of_block(block))
            if called is not None:
                yield block, called
