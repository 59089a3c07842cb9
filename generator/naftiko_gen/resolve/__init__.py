"""Resolution of a validated spec into the intermediate representation.

This stage relates the parts of a spec: it replaces names by the objects they refer to,
and infers undeclared parameters, inputs and bodies from their uses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.language.package_settings import SCRIPTS
from naftiko_gen.resolve.addresses import note_addresses
from naftiko_gen.resolve.answers import AnswerSchemas
from naftiko_gen.resolve.capability import (
    about,
    check_adapters,
    check_exposure,
    report_collisions,
    report_ignored_json_paths,
)
from naftiko_gen.resolve.catalogue import (
    Catalogue,
    UpstreamNames,
    call_targets,
    check_namespaces,
    forward_targets,
)
from naftiko_gen.resolve.consumed.credentials import secret_placeholders
from naftiko_gen.resolve.consumed.upstreams import CalledOperations, declared_settings
from naftiko_gen.resolve.environment import Bindings, Environment
from naftiko_gen.resolve.exposed.adapters import AdapterResolver, control_adapters
from naftiko_gen.resolve.exposed.exposure import Origins
from naftiko_gen.resolve.exposed.skills import SkillResolver, check_names
from naftiko_gen.resolve.exposed.work import resolve_work
from naftiko_gen.resolve.guards import (
    GuardResolver,
    guard_placeholders,
    note_unused,
    warn_of_shared,
)
from naftiko_gen.resolve.scripts import note_scripts
from naftiko_gen.resolve.units import Units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.capability import Description
    from naftiko_gen.resolve.exposed.exposure import Exposure
    from naftiko_gen.resolve.exposed.work import UnitWork
    from naftiko_gen.resolve.scripts import ScriptFiles
    from naftiko_gen.resolve.served_files import ServedFiles
    from naftiko_gen.resolve.units import Unit


__all__ = ["Resolution", "resolve"]


@dataclass(frozen=True)
class SpecNames:
    """The names of a spec that its package has.

    Attributes:
        slug: The name of the package.
        file: The shown name of the spec's file.
        language: The version of the language that the spec states, or "".
    """

    slug: str
    file: str
    language: str


@dataclass(frozen=True)
class SpecFiles:
    """Readers of the files that adapters of one spec serve, and of its scripts."""

    served: ServedFiles
    scripts: ScriptFiles

    @property
    def contents(self) -> Mapping[str, bytes]:
        """Return the content of each file, by its path from the spec's directory."""
        return {**self.scripts.contents, **self.served.contents}


def resolve(
    document: models.Spec,
    names: SpecNames,
    files: SpecFiles,
    report: Report,
    *,
    skip_unresolved: bool = False,
) -> Resolution | None:
    """Return the resolved capability, or report all errors and return None.

    `files` reads the files that the package has copies of. With `skip_unresolved`,
    routes and tools that call no known operation are left out.
    """
    unknown = Code.SKIPPED_UNIT if skip_unresolved else Code.UNKNOWN_OPERATION
    passes = _Passes(document, names, files, report)
    relations = passes.relate_adapters(unknown)
    adapters = passes.resolve_adapters(relations)
    variables = passes.variables(relations.environment, adapters)
    if report.has_errors:
        return None
    return passes.resolution(relations.called, adapters, variables)


@dataclass(frozen=True)
class Resolution:
    """The capability of a spec, and the declarations that its parts come from."""

    capability: ir.Capability
    origins: Origins


@dataclass(frozen=True)
class _Relations:
    """The variables of a spec, its routes and tools, and the operations they call."""

    environment: Environment
    units: Units
    called: CalledOperations


@dataclass(frozen=True)
class _ResolvedAdapters:
    """The adapters of a spec, the work behind them, and the description of all."""

    work: Mapping[Unit, UnitWork]
    exposure: Exposure
    skills: tuple[ir.SkillAdapter | ir.SkillServer, ...]
    description: Description

    @property
    def sent_variables(self) -> Iterator[ir.Variable]:
        """Yield the variables that upstreams get."""
        for work in self.work.values():
            yield from work.variables


@dataclass(frozen=True)
class _Passes:
    """The passes over a spec: each reports its errors and returns values for others."""

    document: models.Spec
    names: SpecNames
    files: SpecFiles
    report: Report

    @property
    def _capability(self) -> models.Capability:
        return self.document.capability

    def relate_adapters(self, unknown: Code) -> _Relations:
        """Relate adapters to operations; `unknown` reports an unknown one."""
        capability, report = self._capability, self.report
        check_adapters(capability, report)
        check_namespaces(capability, report)
        environment = self._environment()
        catalogue = Catalogue.of(capability.consumes, report)
        targets = call_targets(capability.exposes, catalogue, unknown, report)
        names = UpstreamNames.of(capability.consumes)
        forwards = forward_targets(capability, names, report)
        units = Units.of(capability.exposes, targets, forwards)
        schemas = AnswerSchemas(self.files.served, report)
        operations = CalledOperations(
            catalogue, units, names, environment, schemas, report
        )
        return _Relations(environment, units, operations)

    def _environment(self) -> Environment:
        consumed, report = self._capability.consumes, self.report
        secrets = [
            *secret_placeholders(consumed, report),
            *guard_placeholders(self._capability.exposes, report),
        ]
        binds = (*self.document.binds, *self._capability.binds)
        bindings = Bindings.of(binds, report)
        settings = declared_settings(consumed, bindings)
        return Environment.of(bindings, secrets, settings, report)

    def resolve_adapters(self, relations: _Relations) -> _ResolvedAdapters:
        """Resolve the calls of routes and tools, and then the adapters around them."""
        adapters, units, report = self._capability.exposes, relations.units, self.report
        work = self._work(relations)
        guards = GuardResolver(relations.environment, report)
        servers = self._servers(units, work, guards)
        description = about(self.document, self.names.slug, report)
        resolver = SkillResolver(
            servers.by_name, units.left_out, guards, self.files.served, report
        )
        skills = tuple(resolver.adapters(adapters))
        return _ResolvedAdapters(work, servers.with_skills(skills), skills, description)

    def _work(self, relations: _Relations) -> dict[Unit, UnitWork]:
        units, operations, environment = (
            relations.units,
            relations.called,
            relations.environment,
        )
        scripts = self.files.scripts.scripts(self._capability)
        note_scripts(scripts, SCRIPTS.variable(self.names.slug), self.report)
        return resolve_work(units, operations, environment, scripts, self.report)

    def _servers(
        self, units: Units, work: Mapping[Unit, UnitWork], guards: GuardResolver
    ) -> Exposure:
        """Return all adapters except for skills, which name routes and tools."""
        adapters, report = self._capability.exposes, self.report
        resolver = AdapterResolver(units, work, guards, self.files.served, report)
        exposure = resolver.expose(adapters)
        controls = control_adapters(adapters, guards, self.names.language, report)
        exposure = replace(exposure, controls=tuple(controls))
        check_exposure(self._capability, exposure, units, report)
        return exposure

    def variables(
        self, environment: Environment, adapters: _ResolvedAdapters
    ) -> tuple[ir.Variable, ...]:
        """Return the variables that upstreams get, after a check of all variables."""
        sent_variables = environment.in_order(adapters.sent_variables)
        used_variables = (*sent_variables, *adapters.exposure.guard_variables)
        self._check_package(used_variables)
        environment.bindings.report_used(used_variables, self.report)
        warn_of_shared(
            self._capability.exposes, environment, sent_variables, self.report
        )
        return sent_variables

    def _check_package(self, variables: tuple[ir.Variable, ...]) -> None:
        """Report faults of the package, and parts of the spec without a meaning."""
        adapters, slug, report = self._capability.exposes, self.names.slug, self.report
        report_collisions(self.document, variables, slug, report)
        note_addresses(adapters, slug, report)
        note_unused(adapters, report)
        check_names(adapters, slug, report)
        report_ignored_json_paths(self._capability, report)

    def resolution(
        self,
        operations: CalledOperations,
        adapters: _ResolvedAdapters,
        variables: tuple[ir.Variable, ...],
    ) -> Resolution:
        """Return the capability of a spec without errors."""
        upstreams = operations.upstreams(self._capability.consumes)
        units = tuple(adapters.exposure.units)
        origins = Origins(units, operations.operations, upstreams)
        about = adapters.description
        capability = ir.Capability(
            self.names.slug,
            self.names.file,
            about.label,
            about.description,
            about.tags,
            about.version,
            variables,
            origins.distinct_upstreams,
            tuple(operation for _, operation in origins.operations),
            self._adapters(adapters),
        )
        return Resolution(capability, origins)

    def _adapters(self, adapters: _ResolvedAdapters) -> tuple[ir.Adapter, ...]:
        """Return all adapters; without skills, one skill covers the capability."""
        skills, about = adapters.skills, adapters.description
        if not skills and any(adapters.exposure.units):
            skill = ir.Skill(self.names.slug, about.description or about.label)
            skills = (ir.SkillAdapter((skill,)),)
        catalogues = (
            adapter for adapter in skills if isinstance(adapter, ir.SkillAdapter)
        )
        return (*adapters.exposure.adapters, *catalogues)
