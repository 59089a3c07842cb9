"""Resolution of a validated spec into the intermediate representation.

This stage relates the parts of a spec: it replaces names by the objects they refer to,
and infers undeclared parameters, inputs and bodies from their uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import Code, Report
from naftiko_gen.language import models
from naftiko_gen.language.package_settings import SCRIPTS
from naftiko_gen.resolve.addresses import note_addresses
from naftiko_gen.resolve.answers import AnswerSchemas
from naftiko_gen.resolve.capability import (
    check_adapters,
    check_exposure,
    describe,
    report_collisions,
    report_ignored_json_paths,
)
from naftiko_gen.resolve.catalogue import (
    Catalogue,
    check_namespaces,
    names_of_upstreams,
)
from naftiko_gen.resolve.consumed.credentials import secret_placeholders
from naftiko_gen.resolve.consumed.upstreams import CalledOperations, declared_settings
from naftiko_gen.resolve.environment import Bindings, Environment
from naftiko_gen.resolve.exposed.adapters import AdapterResolver
from naftiko_gen.resolve.exposed.exposure import Exposure, Origins
from naftiko_gen.resolve.exposed.skills import SkillResolver, check_names
from naftiko_gen.resolve.exposed.work import WorkResolver
from naftiko_gen.resolve.guards import (
    GuardResolver,
    guard_placeholders,
    note_unused,
    warn_of_shared,
)
from naftiko_gen.resolve.scripts import ScriptFiles, note_scripts, script_settings
from naftiko_gen.resolve.served_files import ServedFiles
from naftiko_gen.resolve.units import UnitReader, declared_units

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


@dataclass(frozen=True)
class Resolution:
    """The capability of a spec, and the declarations that its parts come from."""

    capability: ir.Capability
    origins: Origins


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
    model, served_files = document.capability, files.served
    check_adapters(model, report)
    check_namespaces(model, report)
    catalogue = Catalogue.of(model.consumes, report)
    upstream_names = names_of_upstreams(model.consumes)
    all_units = tuple(declared_units(model.exposes))
    skip = options.skip_unresolved
    unknown = Code.SKIPPED_UNIT if skip else Code.UNKNOWN_OPERATION
    units = UnitReader(catalogue, upstream_names, unknown, report).units(all_units)
    script_models = (unit.model for unit in all_units)
    scripts = files.scripts.scripts(script_models, script_settings(model))
    note_scripts(scripts, SCRIPTS.variable(names.slug), report)
    environment = _environment(document, report)
    schemas = AnswerSchemas(served_files, report)
    operation_set = CalledOperations(
        catalogue, units, upstream_names, environment, schemas, report
    )
    work = WorkResolver(operation_set, environment, scripts, report).work(units)
    guards = GuardResolver(environment, report)
    adapters = AdapterResolver(
        units, work, guards, served_files, report, options.max_description
    )
    exposure = adapters.expose(model.exposes, names.language)
    by_name, left_out = exposure.by_name, units.left_out
    resolver = SkillResolver(by_name, left_out, guards, served_files, report)
    skills = tuple(resolver.adapters(model.exposes))
    check_exposure(model, exposure, units, report)
    about = describe(document, names.slug, report)
    exposure = exposure.with_skills(skills)
    used_variables = (v for w in work.values() for v in w.variables)
    variables = environment.in_order(used_variables)
    _check_package(document, names.slug, variables, exposure, environment, report)
    if report.has_errors:
        return None
    if not skills and any(exposure.units):
        # Without skills, one skill covers the capability.
        skill = ir.Skill(names.slug, about.description or about.label)
        skills = (ir.SkillAdapter((skill,)),)
    upstreams = operation_set.upstreams(model.consumes)
    operations = operation_set.operations
    origins = Origins(tuple(exposure.units), operations, upstreams)
    capability = ir.Capability(
        names.slug,
        names.file,
        about.label,
        about.description,
        about.tags,
        about.version,
        variables,
        origins.distinct_upstreams,
        tuple(operation for _, operation in operations),
        (*exposure.adapters, *ir.of_kind(ir.SkillAdapter, skills)),
        about.website,
    )
    return Resolution(capability, origins)


def _environment(document: models.Spec, report: Report) -> Environment:
    model = document.capability
    secrets = [
        *secret_placeholders(model.consumes, report),
        *guard_placeholders(model.exposes, report),
    ]
    bindings = Bindings.of((*document.binds, *model.binds), report)
    settings = declared_settings(model.consumes, bindings)
    matches = ((bindings.find(*secret), secret[0].name) for secret in secrets)
    secret_names = (binding.variable if binding else name for binding, name in matches)
    return Environment(bindings, frozenset(secret_names), frozenset(settings), report)


def _check_package(
    document: models.Spec,
    slug: str,
    variables: tuple[ir.Variable, ...],
    exposure: Exposure,
    environment: Environment,
    report: Report,
) -> None:
    """Report faults of the package as a whole; upstreams get the variables."""
    adapters = document.capability.exposes
    all_variables = (*variables, *exposure.guard_variables)
    report_collisions(document, all_variables, slug, report)
    note_addresses(adapters, slug, report)
    note_unused(adapters, report)
    check_names(adapters, slug, report)
    report_ignored_json_paths(document.capability, report)
    environment.bindings.report_used(all_variables, report)
    warn_of_shared(adapters, environment, variables, report)
