"""Agent Skills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir, spec
from naftiko_gen.codes import Code
from naftiko_gen.quoting import nearest, shown
from naftiko_gen.resolve.descriptions import humanised

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from naftiko_gen.diagnostics import Report

    Name = tuple[str, str]
    """Of a route or tool: its adapter's namespace and its own."""
    Exposed = dict[Name, ir.RestOperation | ir.Tool]

_NOT_CARRIED = (
    "license",
    "compatibility",
    "metadata",
    "allowed-tools",
    "argument-hint",
    "user-invocable",
    "disable-model-invocation",
    "location",
)


def exposed(
    rest: Sequence[ir.RestAdapter], mcp: Sequence[ir.McpAdapter], aliases: Exposed
) -> Exposed:
    """Return what skills can refer to; `aliases` are tools under their own names."""
    routes = {(a.namespace, o.name): o for a in rest for o in a.operations}
    tools = {(a.namespace, t.name): t for a in mcp for t in a.tools}
    return {**routes, **tools, **aliases}


def skills(
    adapter: spec.Skills, units: Exposed, left_out: Collection[Name], report: Report
) -> Iterator[ir.Skill]:
    """Yield the skills of an adapter; one that has lost all its tools is left out.

    A skill without tools would be one that covers everything.
    """
    for skill in adapter.skills:
        for key in _NOT_CARRIED:
            if key in skill.node:
                message = f"{shown(key)} isn't carried into the generated skill"
                report.add(Code.IGNORED_KEY, message, skill.node.key_span(key))
        tools = tuple(_tools(skill, units, left_out, report))
        sources = [_name(tool.source) for tool in skill.tools if tool.source]
        if not tools and any(name in left_out for name in sources):
            continue
        yield ir.Skill(skill.name, skill.description or humanised(skill.name), tools)


def _tools(
    skill: spec.Skill, units: Exposed, left_out: Collection[Name], report: Report
) -> Iterator[ir.SkillTool]:
    for tool in skill.tools:
        if tool.source is None:
            message = f"{shown(tool.name)} is a file, which isn't copied"
            report.add(Code.IGNORED_INSTRUCTION, message, tool.node.value_span("name"))
            continue
        unit = units.get(_name(tool.source))
        if unit is None and _name(tool.source) in left_out:
            # That it is left out has been said of the unit itself.
            continue
        if unit is None:
            _report_unknown(tool.source, units, report)
        else:
            description = tool.description or unit.description
            yield ir.SkillTool(tool.name, description, unit)


def _name(source: spec.Source) -> Name:
    return source.namespace, source.action


def _report_unknown(source: spec.Source, units: Exposed, report: Report) -> None:
    name = f"{source.namespace}.{source.action}"
    message = f"no adapter exposes {shown(name)}"
    close = nearest(name, [".".join(key) for key in units])
    hint = f"did you mean {shown(close)}?" if close else None
    report.add(Code.UNKNOWN_SKILL_TOOL, message, source.node.value_span("action"), hint)
