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
from naftiko_gen.resolve.answer_schemas import AnswerSchemas
from naftiko_gen.resolve.binds import Bindings
from naftiko_gen.resolve.call_targets import call_targets
from naftiko_gen.resolve.capability import about, check_adapters, check_exposure
from naftiko_gen.resolve.catalogue import Catalogue
from naftiko_gen.resolve.consumed.called import CalledOperations
from naftiko_gen.resolve.consumed.credentials import secret_placeholders
from naftiko_gen.resolve.consumed.upstreams import declared_settings
from naftiko_gen.resolve.control import control_adapters
from naftiko_gen.resolve.environment import Environment
from naftiko_gen.resolve.exposed.adapters import AdapterResolver
from naftiko_gen.resolve.exposed.skills import check_names, skill_adapters
from naftiko_gen.resolve.exposed.work import resolve_work
from naftiko_gen.resolve.forward_targets import forward_targets
from naftiko_gen.resolve.guards import (
    GuardResolver,
    guard_placeholders,
    note_unused,
    warn_of_shared,
)
from naftiko_gen.resolve.ignored import report_ignored
from naftiko_gen.resolve.namespaces import UpstreamNames, check_namespaces
from naftiko_gen.resolve.origins import Origins
from naftiko_gen.resolve.safety import note_addresses
from naftiko_gen.resolve.scripts import note_scripts
from naftiko_gen.resolve.setting_collisions import report_collisions
from naftiko_gen.resolve.units import Units

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.capability import Description
    from naftiko_gen.resolve.spec_files import SpecFiles

__all__ = ["Resolution", "resolve"]


def resolve(
    document: models.Spec,
    report: Report,
    *,
    slug: str,
    source: str,
    files: SpecFiles,
    skip_unresolved: bool = False,
) -> Resolution | None:
    """Return the resolved capability, or report all errors and return None.

    `slug` is the name of the package, `source` the shown name of the spec's file, and
    `files` reads the files that the package has copies of.
    With `skip_unresolved`, routes and tools that call no known operation are left out.
    """
    capability, adapters = document.capability, document.capability.exposes
    check_adapters(capability, report)
    check_namespaces(capability, report)
    environment = _environment(document, report)
    catalogue = Catalogue.of(capability.consumes, report)
    unknown = Code.SKIPPED_UNIT if skip_unresolved else Code.UNKNOWN_OPERATION
    targets = call_targets(adapters, catalogue, unknown, report)
    names = UpstreamNames.of(capability.consumes)
    forwards = forward_targets(capability, names, report)
    units = Units.of(adapters, targets, forwards)
    schemas = AnswerSchemas(files.served, report)
    called = CalledOperations(catalogue, units, names, environment, schemas, report)
    scripted = files.scripts.scripts(capability)
    note_scripts(scripted, SCRIPTS.variable(slug), report)
    work = resolve_work(units, called, environment, scripted, report)
    guards = GuardResolver(environment, report)
    resolver = AdapterResolver(units, work, guards, files.served, report)
    exposure = resolver.expose(adapters)
    controls = control_adapters(adapters, guards, report)
    exposure = replace(exposure, controls=tuple(controls))
    check_exposure(capability, exposure, units, report)
    description = about(document, slug, report)
    skills = tuple(
        skill_adapters(adapters, exposure.by_name, units.left_out, guards, report)
    )
    exposure = exposure.with_skills(skills)
    used_by_units = (one for unit in work.values() for one in unit.variables)
    variables = environment.in_order(used_by_units)
    used = (*variables, *exposure.guard_variables)
    _check_package(document, used, slug, report)
    environment.bindings.report_used(used, report)
    warn_of_shared(adapters, environment, variables, report)
    if report.has_errors:
        return None
    upstreams = called.upstreams(capability.consumes)
    origins = Origins(tuple(exposure.units), called.operations, upstreams)
    if not skills and origins.units:
        skills = _whole_skill(slug, description)
    catalogues = (one for one in skills if isinstance(one, ir.SkillAdapter))
    exposed = (*exposure.adapters, *catalogues)
    resolved = _capability(slug, source, description, variables, exposed, origins)
    return Resolution(resolved, origins)


@dataclass(frozen=True)
class Resolution:
    """The capability of a spec, and the declarations that its parts come from."""

    capability: ir.Capability
    origins: Origins


def _environment(document: models.Spec, report: Report) -> Environment:
    consumed = document.capability.consumes
    secrets = [
        *secret_placeholders(consumed, report),
        *guard_placeholders(document.capability.exposes, report),
    ]
    bindings = Bindings.of(_bindings(document), report)
    settings = declared_settings(consumed, bindings)
    return Environment.of(bindings, secrets, settings, report)


def _bindings(document: models.Spec) -> tuple[models.Binding, ...]:
    return (*document.binds, *document.capability.binds)


def _check_package(
    document: models.Spec, variables: tuple[ir.Variable, ...], slug: str, report: Report
) -> None:
    """Report the faults of the package, and the parts of the spec without a meaning."""
    adapters = document.capability.exposes
    report_collisions(document, variables, slug, report)
    note_addresses(adapters, slug, report)
    note_unused(adapters, report)
    check_names(adapters, slug, report)
    report_ignored(document.capability, report)


def _whole_skill(slug: str, about: Description) -> tuple[ir.SkillAdapter, ...]:
    """Return the skill of a spec without skills: it covers the whole capability."""
    skill = ir.Skill(slug, about.description or about.label)
    return (ir.SkillAdapter((skill,)),)


def _capability(
    slug: str,
    source: str,
    description: Description,
    variables: tuple[ir.Variable, ...],
    adapters: tuple[ir.Adapter, ...],
    origins: Origins,
) -> ir.Capability:
    return ir.Capability(
        slug,
        source,
        description.label,
        description.description,
        description.tags,
        description.version,
        variables,
        origins.distinct_upstreams,
        tuple(operation for _, operation in origins.operations),
        adapters,
    )
