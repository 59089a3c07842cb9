"""`SKILL.md`: what an agent reads to use the routes and tools."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir import (
    Anything,
    Array,
    InArguments,
    InBody,
    InField,
    InHeader,
    InPath,
    InQuery,
    Object,
    Primitive,
    RestOperation,
    Tool,
)
from naftiko_gen.literals import (
    Code,
    bare,
    fill,
    join,
    markdown,
    markdown_code,
    verbatim,
    yaml_string,
)
from naftiko_gen.naming import slug
from naftiko_gen.targets.addresses import (
    has_ports,
    mcp_addresses,
    rest_addresses,
    rest_root,
)
from naftiko_gen.targets.examples import arguments, curl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.ir import Capability, Input, Skill
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
    """An entry as the skill shows it; without a description its title says it all."""

    title: Code
    description: tuple[Code, ...]
    facts: tuple[Code, ...]


@dataclass(frozen=True)
class SkillView:
    """What `SKILL.md.jinja` shows."""

    source: Code
    name: Code
    description: Code
    title: Code
    slug: Code
    tools: tuple[Code, ...]
    routes: tuple[Code, ...]
    has_ports: bool
    entries: tuple[EntryView, ...]


def named_skills(capability: Capability) -> Iterator[tuple[str, Skill]]:
    """Yield the skills by their names, which are those of their directories."""
    taken: set[str] = set()
    for skill in capability.skills:
        wanted = slug(skill.name) or capability.slug
        numbered = (f"-{number}" for number in count(2))
        ends = chain([""], numbered)
        name = next(n for end in ends if (n := _limited(wanted, end)) not in taken)
        taken.add(name)
        yield name, skill


def _limited(name: str, end: str) -> str:
    return name[: NAME_LIMIT - len(end)].strip("-") + end


def skill_view(name: str, skill: Skill, emission: Emission) -> SkillView:
    """Return the view of a skill."""
    capability = emission.capability
    entries = list(_entries(skill, capability))
    return SkillView(
        source=emission.source,
        name=yaml_string(name),
        description=yaml_string(_summary(skill.description or skill.name, entries)),
        title=markdown(capability.label),
        slug=bare(capability.slug),
        tools=tuple(mcp_addresses(capability)),
        routes=tuple(rest_addresses(capability)),
        has_ports=has_ports(capability),
        entries=tuple(_entry(entry, capability) for entry in entries),
    )


def _summary(about: str, entries: list[Entry]) -> str:
    """Say what the skill is and when to use it, which decides whether it is read."""
    purposes = "; ".join(dict.fromkeys(map(_purpose, entries)))
    text = f"{' '.join(about.split()).rstrip('.')}. Use it to: {purposes}."
    if len(text) <= DESCRIPTION_LIMIT:
        return text
    whole_words, _, _ = text[: DESCRIPTION_LIMIT - 1].rpartition(" ")
    return f"{whole_words.rstrip(',;.')}…"


def _purpose(entry: Entry) -> str:
    """Return the first sentence of an entry as a part of one."""
    text = " ".join(entry.description.split()) or entry.title
    first, _, _ = text.partition(". ")
    plain = first.rstrip(".")
    is_acronym = plain[:2].isupper()
    return plain if is_acronym else plain[:1].lower() + plain[1:]


def _entries(skill: Skill, capability: Capability) -> Iterator[Entry]:
    """Yield the skill's own entries, else every tool and route."""
    if not skill.tools:
        yield from _all_entries(capability)
    for listed in skill.tools:
        match listed.unit:
            case Tool() as tool:
                yield Entry(listed.name, listed.description, tool, route=None)
            case RestOperation() as route:
                yield Entry(listed.name, listed.description, tool=None, route=route)
            case _:
                assert_never(listed.unit)


def _all_entries(capability: Capability) -> Iterator[Entry]:
    """Yield every tool with the route to the same operation, then the other routes."""
    routes = list(capability.routes)
    names = [operation.name for operation in capability.operations]
    for tool in capability.tools:
        operation = tool.call.operation
        route = next((r for r in routes if r.call.operation is operation), None)
        if route is not None:
            routes.remove(route)
        is_unique = names.count(operation.name) == 1
        title = operation.name if is_unique else tool.name
        yield Entry(title, tool.description, tool, route)
    for route in routes:
        yield Entry(route.name, route.description, None, route)


def _entry(entry: Entry, capability: Capability) -> EntryView:
    paragraphs = entry.description.split("\n\n")
    facts = [*_ways(entry, capability), *_inputs(entry), _effect(entry)]
    return EntryView(
        title=markdown(entry.title),
        description=tuple(map(markdown, filter(str.strip, paragraphs))),
        facts=tuple(facts),
    )


def _ways(entry: Entry, capability: Capability) -> Iterator[Code]:
    """Yield how the tool and the route are called."""
    if entry.tool:
        given = markdown_code(arguments(entry.tool))
        yield fill("MCP: tool {} with {}", markdown_code(entry.tool.name), given)
    if entry.route:
        command = curl(entry.route, rest_root(entry.route, capability))
        yield fill("REST: {}", markdown_code(command))


def _inputs(entry: Entry) -> Iterator[Code]:
    """Yield the inputs: those of the route, then those that the tool alone has."""
    in_route = entry.route.inputs if entry.route else ()
    in_tool = entry.tool.inputs if entry.tool else ()
    shared = {source.name for source in in_route}
    yield from map(_input, in_route)
    yield from (_input(source) for source in in_tool if source.name not in shared)


def _input(source: Input) -> Code:
    """Return one input: its name, type, place and description."""
    words = [
        _type_word(source),
        verbatim("required") if source.required else verbatim("optional"),
        *_place(source),
    ]
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


def _place(source: Input) -> Iterable[Code]:
    """Return where REST has an input; a tool's are arguments."""
    match source.location:
        case InPath():
            return (verbatim("in the path"),)
        case InQuery():
            return (verbatim("in the query"),)
        case InHeader():
            return (verbatim("a header"),)
        case InBody():
            return (verbatim("over REST the JSON body"),)
        case InField(path=path):
            return (fill("in the JSON body as {}", markdown_code(".".join(path))),)
        case InArguments():
            return ()
        case _:
            assert_never(source.location)


def _effect(entry: Entry) -> Code:
    """Say what a call changes, and what to do about it first."""
    method, hints = _method(entry), entry.tool.hints if entry.tool else None
    if method in READ_ONLY_METHODS and not (hints and hints.destructive):
        return verbatim("Reads only.")
    is_repeatable = method in REPEATABLE_METHODS or bool(hints and hints.idempotent)
    again = (
        verbatim("Repeating it is safe.")
        if is_repeatable
        else verbatim("Repeating it repeats the effect.")
    )
    if method == "DELETE" or (hints and hints.destructive):
        return fill("**Destructive: ask the user first.** Changes state. {}", again)
    return fill("Changes state. {}", again)


def _method(entry: Entry) -> str:
    unit = entry.tool or entry.route
    if unit is None:
        raise ValueError("an entry has a tool or a route")
    return unit.call.operation.method
