"""Resolution of a validated spec into the intermediate representation.

This stage relates the parts of a spec: it replaces names by the objects they refer to,
and infers undeclared parameters, inputs and bodies from their uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from naftiko_gen import ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import Code, Report
from naftiko_gen.language import models
from naftiko_gen.language.package_settings import SCRIPTS
from naftiko_gen.resolve.addresses import note_addresses
from naftiko_gen.resolve.answers import AnswerSchemas
from naftiko_gen.resolve.capability import (
    Description,
    check_adapters,
    check_exposure,
    describe,
    report_collisions,
    report_ignored_json_paths,
)
from naftiko_gen.resolve.catalogue import (
    Catalogue,
    UpstreamNames,
    check_namespaces,
)
from naftiko_gen.resolve.consumed.credentials import secret_placeholders
from naftiko_gen.resolve.consumed.upstreams import CalledOperations, declared_settings
from naftiko_gen.resolve.environment import Bindings, Environment
from naftiko_gen.resolve.exposed.adapters import AdapterResolver
from naftiko_gen.resolve.exposed.exposure import Exposure, Origins
from naftiko_gen.resolve.exposed.skills import SkillResolver, check_names
from naftiko_gen.resolve.exposed.work import UnitWork, resolve_work
from naftiko_gen.resolve.guards import (
    GuardResolver,
    guard_placeholders,
    note_unused,
    warn_of_shared,
)
from naftiko_gen.resolve.scripts import ScriptFiles, note_scripts, script_settings
from naftiko_gen.resolve.served_files import ServedFiles
from naftiko_gen.resolve.units import Unit, UnitReader, Units, declared_units

__all__ = ["Resolution", "SpecFiles", "SpecNames", "resolve"]


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
    options: Options,
) -> Resolution | None:
    """Return the resolved capability, or report all errors and return None.

    `files` reads the files that the package has copies of. With `skip_unresolved`,
    routes and tools that call no known operation are left out.
    """
    return _Resolver(document, names, files, options, report).resolution()


@dataclass(frozen=True)
class Resolution:
    """The capability of a spec, and the declarations that its parts come from."""

    capability: ir.Capability
    origins: Origins


@dataclass(frozen=True)
class _Resolver:
    """The passes over a spec: each reports its errors, and others use its result."""

    document: models.Spec
    names: SpecNames
    files: SpecFiles
    options: Options
    report: Report

    def resolution(self) -> Resolution | None:
        """Return the capability and its origins; None after reporting errors."""
        model = self._model
        check_adapters(model, self.report)
        check_namespaces(model, self.report)
        exposure, skills = self._servers, self._skills
        check_exposure(model, exposure, self._units, self.report)
        about = describe(self.document, self.names.slug, self.report)
        exposure = exposure.with_skills(skills)
        variables = self._variables(exposure)
        if self.report.has_errors:
            return None
        upstreams = self._called.upstreams(model.consumes)
        units, operations = tuple(exposure.units), self._called.operations
        origins = Origins(units, operations, upstreams)
        return Resolution(
            ir.Capability(
                self.names.slug,
                self.names.file,
                about.label,
                about.description,
                about.tags,
                about.version,
                variables,
                origins.distinct_upstreams,
                tuple(operation for _, operation in operations),
                self._adapters(exposure, about),
                about.website,
            ),
            origins,
        )

    @property
    def _model(self) -> models.Capability:
        return self.document.capability

    # --- the spec's names ---

    @cached_property
    def _environment(self) -> Environment:
        consumed, report = self._model.consumes, self.report
        secrets = [
            *secret_placeholders(consumed, report),
            *guard_placeholders(self._model.exposes, report),
        ]
        bindings = Bindings.of((*self.document.binds, *self._model.binds), report)
        settings = declared_settings(consumed, bindings)
        return Environment.of(bindings, secrets, settings, report)

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue.of(self._model.consumes, self.report)

    @cached_property
    def _upstream_names(self) -> UpstreamNames:
        return UpstreamNames.of(self._model.consumes)

    @cached_property
    def _declared(self) -> tuple[Unit, ...]:
        return tuple(declared_units(self._model.exposes))

    # --- units ---

    @cached_property
    def _units(self) -> Units:
        """Return the units with a known operation or API; report the others."""
        skip = self.options.skip_unresolved
        unknown = Code.SKIPPED_UNIT if skip else Code.UNKNOWN_OPERATION
        reader = UnitReader(self._catalogue, self._upstream_names, unknown, self.report)
        return reader.units(self._declared)

    @cached_property
    def _called(self) -> CalledOperations:
        return CalledOperations(
            self._catalogue,
            self._units,
            self._upstream_names,
            self._environment,
            AnswerSchemas(self.files.served, self.report),
            self.report,
        )

    @cached_property
    def _work(self) -> Mapping[Unit, UnitWork]:
        models = (unit.model for unit in self._declared)
        scripts = self.files.scripts.scripts(models, script_settings(self._model))
        note_scripts(scripts, SCRIPTS.variable(self.names.slug), self.report)
        operations, environment = self._called, self._environment
        return resolve_work(self._units, operations, environment, scripts, self.report)

    # --- adapters ---

    @cached_property
    def _guards(self) -> GuardResolver:
        return GuardResolver(self._environment, self.report)

    @cached_property
    def _servers(self) -> Exposure:
        """Return all adapters except for skills, which name routes and tools."""
        resolver = AdapterResolver(
            self._units,
            self._work,
            self._guards,
            self.files.served,
            self.report,
            self.options.max_description,
        )
        return resolver.expose(self._model.exposes, self.names.language)

    @cached_property
    def _skills(self) -> tuple[ir.SkillAdapter | ir.SkillServer, ...]:
        names, left_out = self._servers.by_name, self._units.left_out
        served_files, report = self.files.served, self.report
        resolver = SkillResolver(names, left_out, self._guards, served_files, report)
        return tuple(resolver.adapters(self._model.exposes))

    def _adapters(
        self, exposure: Exposure, about: Description
    ) -> tuple[ir.Adapter, ...]:
        """Return all adapters; without skills, one skill covers the capability."""
        skills = self._skills
        if not skills and any(exposure.units):
            skill = ir.Skill(self.names.slug, about.description or about.label)
            skills = (ir.SkillAdapter((skill,)),)
        catalogues = (skill for skill in skills if isinstance(skill, ir.SkillAdapter))
        return (*exposure.adapters, *catalogues)

    # --- variables ---

    def _variables(self, exposure: Exposure) -> tuple[ir.Variable, ...]:
        """Return the variables that upstreams get; check all, and the whole package."""
        environment, adapters = self._environment, self._model.exposes
        slug, report = self.names.slug, self.report
        variables = environment.in_order(
            v for w in self._work.values() for v in w.variables
        )
        all_variables = (*variables, *exposure.guard_variables)
        report_collisions(self.document, all_variables, slug, report)
        note_addresses(adapters, slug, report)
        note_unused(adapters, report)
        check_names(adapters, slug, report)
        report_ignored_json_paths(self._model, report)
        environment.bindings.report_used(all_variables, report)
        warn_of_shared(adapters, environment, variables, report)
        return variables
