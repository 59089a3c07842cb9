"""Agent Skills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.diagnostics.span import Origin
from naftiko_gen.language import models
from naftiko_gen.language.names import skill_name
from naftiko_gen.resolve.exposed.descriptions import humanise, note_description
from naftiko_gen.resolve.exposed.own_skill import with_front_matter
from naftiko_gen.resolve.exposed.skill_files import (
    SKILL_FILE,
    check_instruction,
    read_files,
)
from naftiko_gen.resolve.exposed.skill_permissions import allowed_tools
from naftiko_gen.syntax.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.resolve.exposed.exposure import ByName
    from naftiko_gen.resolve.exposed.skill_files import SkillDirectory
    from naftiko_gen.resolve.guards import GuardResolver
    from naftiko_gen.resolve.served_files import ServedFiles
    from naftiko_gen.resolve.units import Name

_GUESSED = 50
"""Unknown tools up to which a hint is worth the time of comparing names."""


def check_names(adapters: Sequence[models.Adapter], slug: str, report: Report) -> None:
    """Report skills that are renamed, and skills that would share a directory."""
    owners: dict[str, str] = {}
    catalogues = (a for a in adapters if isinstance(a, models.Skills))
    for skill in (skill for adapter in catalogues for skill in adapter.skills):
        span, name = skill.node.value_span("name"), skill_name(skill.name, slug)
        if name in owners:
            other = quote(owners[name])
            message = (
                f"{quote(skill.name)} and {other} both become the skill {quote(name)}"
            )
            report.add(Code.DUPLICATE_SKILL, message, span)
        elif name != skill.name:
            message = f"the skill {quote(skill.name)} is renamed to {quote(name)}"
            report.add(Code.SKILL_NAME, message, span)
        owners.setdefault(name, skill.name)


@dataclass(frozen=True)
class SkillResolver:
    """Resolver of skills; `units` are the routes and tools by name."""

    units: ByName
    left_out: Collection[Name]
    guards: GuardResolver
    served: ServedFiles
    report: Report

    def adapters(
        self, adapters: Sequence[models.Adapter]
    ) -> Iterator[ir.SkillAdapter | ir.SkillServer]:
        """Yield the adapters with skills, and a server of each that has a port."""
        for adapter in adapters:
            if not isinstance(adapter, models.Skills):
                continue
            skills = tuple(self._skills(adapter))
            if skills:
                yield ir.SkillAdapter(skills)
            if skills and adapter.port is not None:
                guard = self.guards.guard(adapter)
                yield ir.SkillServer(adapter.namespace, adapter.port, skills, guard)

    def _skills(self, adapter: models.Skills) -> Iterator[ir.Skill]:
        """Yield the skills of an adapter, except those whose tools are all left out.

        Without tools, a skill would cover the whole capability.
        """
        for skill in adapter.skills:
            tools = tuple(_tools(skill, self.units, self.left_out, self.report))
            sources = [_name(tool.source) for tool in skill.tools if tool.source]
            if not tools and any(name in self.left_out for name in sources):
                continue
            note_description(skill, self.report)
            yield self._skill(skill, tools)

    def _skill(self, model: models.Skill, tools: tuple[ir.SkillTool, ...]) -> ir.Skill:
        files = read_files(model, self.served, self.report)
        skill, text = self._with_own_document(model, files)
        return ir.Skill(
            skill.name,
            skill.description or humanise(skill.name),
            tools,
            self._header(skill),
            files.named,
            files.own,
            text,
        )

    def _with_own_document(
        self, skill: models.Skill, files: SkillDirectory
    ) -> tuple[models.Skill, str | None]:
        """Return a skill with the keys and the text of the author's own `SKILL.md`."""
        if files.document is None or skill.location is None:
            return skill, None
        span = skill.node.value_span("location")
        origin = Origin(self.served.name(skill.location, SKILL_FILE, span), span)
        return with_front_matter(skill, files.document, origin, self.report)

    def _header(self, skill: models.Skill) -> ir.SkillHeader:
        names = (name for _, name in self.units)
        return ir.SkillHeader(
            skill.license,
            skill.compatibility,
            tuple(_metadata(skill, self.report)),
            tuple(allowed_tools(skill, names, self.report)),
            skill.argument_hint,
            skill.user_invocable,
            not skill.model_invocation_off,
        )


def _metadata(skill: models.Skill, report: Report) -> Iterator[tuple[str, str]]:
    """Yield the metadata that Agent Skills allow: texts."""
    for entry in skill.metadata.entries if skill.metadata else ():
        if isinstance(entry.value, Scalar) and entry.value.value is not None:
            yield entry.key, ir.as_text(entry.value.value)
        else:
            message = f"the metadata {quote(entry.key)} is ignored: it isn't a text"
            report.add(Code.IGNORED_KEY, message, entry.span)


def _tools(
    skill: models.Skill,
    units: ByName,
    left_out: Collection[Name],
    report: Report,
) -> Iterator[ir.SkillTool]:
    for tool in skill.tools:
        if tool.source is None:
            _check_file(tool, skill, report)
            continue
        unit = units.get(_name(tool.source))
        if unit is None and _name(tool.source) in left_out:
            # The route or tool has a diagnostic of its own.
            continue
        if unit is None:
            _report_unknown(tool.source, units, report)
        else:
            note_description(tool, report)
            description = tool.description or unit.description
            yield ir.SkillTool(tool.name, description, unit)


def _check_file(tool: models.SkillTool, skill: models.Skill, report: Report) -> None:
    check_instruction(tool, report)
    if tool.instruction is None or skill.location is None:
        message = f"{quote(tool.name)} is ignored: it is a file without a location"
        report.add(Code.IGNORED_INSTRUCTION, message, tool.node.value_span("name"))


def _name(source: models.Source) -> Name:
    return source.namespace, source.action


def _report_unknown(source: models.Source, units: ByName, report: Report) -> None:
    name = f"{source.namespace}.{source.action}"
    message = f"no adapter exposes {quote(name)}"
    is_few = report.times(Code.UNKNOWN_SKILL_TOOL) < _GUESSED
    close = nearest(name, [".".join(key) for key in units]) if is_few else None
    hint = f"did you mean {quote(close)}?" if close else None
    report.add(Code.UNKNOWN_SKILL_TOOL, message, source.node.value_span("action"), hint)
