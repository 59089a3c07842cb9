"""`SKILL.md`: what an agent reads to use the routes and tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir import (
    Anything,
    Array,
    InBody,
    InHeader,
    InPath,
    InQuery,
    Object,
    Primitive,
    RestOperation,
)
from naftiko_gen.literals import (
    Code,
    fill,
    join,
    markdown,
    markdown_code,
    verbatim,
    yaml_string,
)
from naftiko_gen.naming import slug
from naftiko_gen.targets.routing import route_template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.ir import Capability, Input, Skill, Tool
    from naftiko_gen.targets.emission import Emission

# Agent Skills allow 64 characters of name and 1,024 of description.
NAME_LIMIT = 64
DESCRIPTION_LIMIT = 1024
READ_ONLY_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REPEATABLE_METHODS = frozenset({"PUT", "DELETE"})


@dataclass(frozen=True)
class Entry:
    """Something that an agent can do: an operation's tool, its route, or both."""

    title: str
    description: str
    tool: Tool | None
    route: RestOperation | None


@dataclass(frozen=True)
class EntryView:
    """An entry as the skill shows it."""

    title: Code
    description: Code
    facts: tuple[Code, ...]


@dataclass(frozen=True)
class SkillView:
    """What `SKILL.md.jinja` shows."""

    source: Code
    name: Code
    description: Code
    title: Code
    tools: tuple[Code, ...]
    routes: tuple[Code, ...]
    entries: tuple[EntryView, ...]


def skill_name(skill: Skill) -> str:
    """Return the name of a skill and of its directory."""
    return slug(skill.name)[:NAME_LIMIT].strip("-") or "skill"


def skill_view(skill: Skill, emission: Emission) -> SkillView:
    """Return the view of a skill."""
    capability = emission.capability
    entries = _entries(skill, capability)
    return SkillView(
        source=emission.source,
        name=yaml_string(skill_name(skill)),
        description=yaml_string(_summary(skill, entries)),
        title=markdown(capability.label),
        tools=tuple(
            fill(
                "{} at {}",
                markdown_code(adapter.namespace),
                markdown_code(f"http://127.0.0.1:{adapter.port}/mcp"),
            )
            for adapter in capability.mcp
        ),
        routes=tuple(
            markdown_code(f"http://127.0.0.1:{adapter.port}")
            for adapter in capability.rest
        ),
        entries=tuple(map(_entry, entries)),
    )


def _summary(skill: Skill, entries: list[Entry]) -> str:
    """Say what the skill is and when to use it, which decides whether it is read."""
    purposes = "; ".join(_uncapitalised(one.description) for one in entries)
    text = f"{skill.description.rstrip('.')}. Use it to: {purposes}."
    if len(text) <= DESCRIPTION_LIMIT:
        return text
    return text[: DESCRIPTION_LIMIT - 1].rstrip() + "…"


def _uncapitalised(sentence: str) -> str:
    first = sentence.split(maxsplit=1)[0] if sentence.strip() else ""
    acronym = len(first) > 1 and first[:2].isupper()
    plain = sentence.strip().rstrip(".")
    return plain if acronym or not plain else plain[0].lower() + plain[1:]


def _entries(skill: Skill, capability: Capability) -> list[Entry]:
    if skill.tools:
        return [
            Entry(
                one.name,
                one.description,
                tool=None if isinstance(one.unit, RestOperation) else one.unit,
                route=one.unit if isinstance(one.unit, RestOperation) else None,
            )
            for one in skill.tools
        ]
    return _all_entries(capability)


def _all_entries(capability: Capability) -> list[Entry]:
    """Return every tool with the route to the same operation, then the other routes."""
    routes = list(capability.routes)
    entries = []
    for tool in capability.tools:
        same = (r for r in routes if r.call.operation is tool.call.operation)
        route = next(same, None)
        if route is not None:
            routes.remove(route)
        entries.append(Entry(tool.call.operation.name, tool.description, tool, route))
    rest = [Entry(route.name, route.description, None, route) for route in routes]
    return entries + rest


def _entry(entry: Entry) -> EntryView:
    facts = [*_ways(entry), *map(_input, _inputs(entry)), _effect(entry)]
    return EntryView(
        title=markdown(entry.title),
        description=markdown(entry.description),
        facts=tuple(facts),
    )


def _ways(entry: Entry) -> Iterable[Code]:
    if entry.tool:
        yield fill("MCP tool: {}", markdown_code(entry.tool.name))
    if entry.route:
        route = f"{entry.route.method} {route_template(entry.route.route)}"
        yield fill("REST: {}", markdown_code(route))


def _inputs(entry: Entry) -> tuple[Input, ...]:
    """Return the route's inputs, which also say where they stand, else the tool's."""
    if entry.route:
        return entry.route.inputs
    return entry.tool.inputs if entry.tool else ()


def _input(source: Input) -> Code:
    """Return one input: its name, type, place and description."""
    words = [verbatim("required") if source.required else verbatim("optional")]
    words.insert(0, _type_word(source))
    place = _place(source)
    if place:
        words.append(place)
    line = fill("Input {} ({})", markdown_code(source.name), join(", ", words))
    if source.description and source.description.strip():
        return fill("{}: {}", line, markdown(source.description))
    return line


def _type_word(source: Input) -> Code:
    match source.type:
        case Primitive():
            return markdown(source.type.value)
        case Anything():
            return verbatim("any JSON")
        case Array():
            return verbatim("array")
        case Object():
            return verbatim("object")
        case _:
            assert_never(source.type)


def _place(source: Input) -> Code | None:
    match source.location:
        case InPath():
            return verbatim("in the path")
        case InQuery():
            return verbatim("in the query")
        case InHeader():
            return verbatim("a header")
        case InBody():
            return verbatim("over REST the JSON request body")
        case _:
            return None


def _effect(entry: Entry) -> Code:
    """Say what a call changes, and what to do about it first."""
    unit = entry.tool or entry.route
    if unit is None:
        raise ValueError("an entry has a tool or a route")
    method = unit.call.operation.method
    if method in READ_ONLY_METHODS:
        return verbatim("Reads only.")
    hints = entry.tool.hints if entry.tool else None
    repeatable = method in REPEATABLE_METHODS or bool(hints and hints.idempotent)
    again = (
        verbatim("Repeating it is safe.")
        if repeatable
        else verbatim("Repeating it repeats the effect.")
    )
    if method == "DELETE" or (hints and hints.destructive):
        return fill(
            "**Destructive: ask the user for confirmation first.** Changes state. {}",
            again,
        )
    return fill("Changes state. {}", again)
