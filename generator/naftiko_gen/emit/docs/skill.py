"""`SKILL.md`: how an agent uses the routes and tools."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.code.statements import Keyword
from naftiko_gen.emit.docs.calls import (
    AddressView,
    ClientView,
    address,
    arguments,
    client_views,
    curl,
    has_ports,
    root,
)
from naftiko_gen.emit.docs.entries import Entry, Reference, effect, entries, references
from naftiko_gen.emit.literals import (
    Code,
    bare,
    fill,
    join,
    markdown,
    markdown_code,
    markdown_document,
    py,
    verbatim,
    yaml_string,
)
from naftiko_gen.emit.literals.prose import first_paragraph
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.emit.tools.arguments import argument_inputs
from naftiko_gen.language.names import skill_name

# The limits of the Agent Skills format, in characters.
DESCRIPTION_LIMIT = 1024
COMPATIBILITY_LIMIT = 500
SHOWN_FILES = 100
SHOWN_VALUES = 20
"""The listed values of an input are shown up to this number."""


@dataclass(frozen=True)
class InputLine:
    """An input: its name, its type and place in words, and its description."""

    name: str
    words: tuple[Code, ...]
    description: str | None


@dataclass(frozen=True)
class EntryView:
    """An entry as the skill shows it; its description consists of paragraphs."""

    title: str
    description: tuple[str, ...]
    tool: str | None
    arguments: str
    """An example of the tool's arguments."""
    command: str | None
    """An example that calls the route."""
    inputs: tuple[InputLine, ...]
    effect: Code


@dataclass(frozen=True)
class SkillView:
    """The variables of `front_matter.md.jinja` and `body.md.jinja`."""

    source: Code
    name: str
    description: str
    header: tuple[Keyword, ...]
    metadata: tuple[tuple[str, str], ...]
    title: str
    command: str
    tools: tuple[AddressView, ...]
    has_tools: bool
    routes: tuple[AddressView, ...]
    clients: tuple[ClientView, ...]
    resources: tuple[tuple[str, str], ...]
    """The URIs of resources, with their descriptions."""
    has_ports: bool
    has_upstream: bool
    files: tuple[ir.SkillFile, ...]
    """Those that are named: only the first of many."""
    other_files: Code | None
    """The number of further ones."""
    has_own_files: bool
    references: tuple[Reference, ...]
    entries: tuple[EntryView, ...]


@dataclass(frozen=True)
class OwnTextView:
    """The variables of `own_text.md.jinja`."""

    source: Code
    text: Code
    index: Code


@dataclass(frozen=True)
class ReferenceView:
    """The variables of `reference.md.jinja`."""

    source: Code
    title: str
    entries: tuple[EntryView, ...]


def named_skills(capability: ir.Capability) -> Iterator[tuple[str, ir.Skill]]:
    """Yield each skill with its name, which its directory has too."""
    for skill in capability.skills:
        yield skill_name(skill.name, capability.slug), skill


def skill_view(name: str, skill: ir.Skill, emission: Emission) -> SkillView:
    """Return the view of a skill."""
    capability = emission.capability
    all_entries = list(entries(skill, capability))
    resources = tuple(_resources(skill, capability))
    files = references(all_entries, capability, reference_directory(skill))
    is_served = bool(capability.tools or resources)
    servers = _Servers.of(capability)
    more_files = len(skill.files) - SHOWN_FILES
    return SkillView(
        source=emission.source,
        name=name,
        description=_description(skill, all_entries),
        header=tuple(_header(skill.header)),
        metadata=tuple(skill.header.metadata),
        title=capability.label,
        command=distribution_name(capability.slug),
        tools=tuple(servers.mcp) if is_served else (),
        has_tools=bool(capability.tools),
        routes=tuple(servers.rest),
        clients=client_views(capability),
        resources=resources,
        has_ports=has_ports(capability),
        has_upstream=bool(capability.operations or capability.forwards),
        files=skill.files[:SHOWN_FILES],
        other_files=py(more_files) if more_files > 0 else None,
        has_own_files=bool(skill.own_files),
        references=files,
        entries=tuple(
            _entry(entry, capability) for entry in (() if files else all_entries)
        ),
    )


def own_text_view(skill: ir.Skill, text: str, emission: Emission) -> OwnTextView:
    """Return the view of the author's own text, with a link to the references."""
    index = bare(f"{reference_directory(skill)}.md")
    return OwnTextView(emission.source, markdown_document(text), index)


def reference_views(
    skill: ir.Skill, emission: Emission
) -> Iterator[tuple[str, ReferenceView]]:
    """Yield the views of a large skill's references with their paths."""
    capability = emission.capability
    directory = reference_directory(skill)
    for reference in references(
        list(entries(skill, capability)), capability, directory
    ):
        entry_views = tuple(_entry(entry, capability) for entry in reference.entries)
        view = ReferenceView(emission.source, reference.name, entry_views)
        yield reference.path, view


def reference_directory(skill: ir.Skill) -> str:
    """Return a name that none of a skill's own files has, nor begins with."""
    names = {re.split(r"[/.]", file.path)[0].casefold() for file in skill.own_files}
    candidates = chain(["references"], (f"references-{n}" for n in count(2)))
    return next(name for name in candidates if name not in names)


@dataclass(frozen=True)
class _Servers:
    """The addresses of the adapters that an agent calls."""

    mcp: list[AddressView] = field(default_factory=list)
    rest: list[AddressView] = field(default_factory=list)

    @classmethod
    def of(cls, capability: ir.Capability) -> _Servers:
        """Collect the addresses of a capability's adapters."""
        servers = cls()
        for adapter in capability.servers:
            match adapter:
                case ir.McpAdapter():
                    servers.mcp.append(address(adapter, capability))
                case ir.RestAdapter():
                    servers.rest.append(address(adapter, capability))
                case ir.ControlAdapter() | ir.SkillServer():
                    pass
                case _:
                    assert_never(adapter)
        return servers


def _resources(skill: ir.Skill, capability: ir.Capability) -> Iterator[tuple[str, str]]:
    """Yield the resources of MCP servers, unless the skill lists its own tools."""
    if skill.tools:
        return
    for adapter in capability.mcp:
        for resource in adapter.contents:
            yield resource.template, first_paragraph(resource.description)


def _description(skill: ir.Skill, all_entries: list[Entry]) -> str:
    """Return the description by which agents choose a skill: the author's, if any."""
    text = skill.description or skill.name
    if skill.text is None:
        return _summary(text, all_entries)
    return _cut(" ".join(text.split()), DESCRIPTION_LIMIT)


def _summary(description: str, all_entries: list[Entry]) -> str:
    """Return the purpose and the uses of a skill, by which agents choose it."""
    purposes = "; ".join(dict.fromkeys(map(_purpose, all_entries)))
    text = f"{' '.join(plain(description).split()).rstrip('.')}."
    if purposes:
        text += f" Use it to: {purposes}."
    return _cut(text, DESCRIPTION_LIMIT)


def _cut(text: str, limit: int) -> str:
    """Shorten a text to a limit, at the end of a word."""
    if len(text) <= limit:
        return text
    start = text[: limit - 1]
    whole_words, _, _ = start.rpartition(" ")
    return f"{(whole_words or start).rstrip(',;.')}…"


def _header(header: ir.SkillHeader) -> Iterator[Keyword]:
    """Yield the lines of the front matter that the spec declares."""
    compatibility = header.compatibility and _cut(
        header.compatibility, COMPATIBILITY_LIMIT
    )
    texts = (
        ("license", header.license),
        ("compatibility", compatibility),
        ("allowed-tools", " ".join(header.allowed_tools)),
        ("argument-hint", header.argument_hint),
    )
    for key, value in texts:
        if value:
            yield Keyword(bare(key), yaml_string(value))
    if not header.user_invocable:
        yield Keyword(verbatim("user-invocable"), verbatim("false"))
    if not header.model_invocation:
        yield Keyword(verbatim("disable-model-invocation"), verbatim("true"))


def _purpose(entry: Entry) -> str:
    """Return the first sentence of an entry, as a part of a longer sentence."""
    text = first_paragraph(entry.description) or entry.title
    first, _, _ = text.partition(". ")
    plain = first.rstrip(".")
    is_acronym = plain[:2].isupper()
    return plain if is_acronym else plain[:1].lower() + plain[1:]


def _entry(entry: Entry, capability: ir.Capability) -> EntryView:
    paragraphs = entry.description.split("\n\n")
    return EntryView(
        title=entry.title,
        description=tuple(filter(str.strip, paragraphs)),
        tool=entry.tool.name if entry.tool else None,
        arguments=arguments(entry.tool) if entry.tool else "",
        command=_command(entry.route, capability) if entry.route else None,
        inputs=tuple(_inputs(entry)),
        effect=effect(entry),
    )


def _command(route: ir.Route, capability: ir.Capability) -> str:
    adapter = capability.exposing(route)
    return curl(route, root(adapter), adapter.guard)


def _inputs(entry: Entry) -> Iterator[InputLine]:
    """Yield the inputs of the route, then inputs that only the tool has."""
    in_route = entry.route.inputs if entry.route else ()
    in_tool = argument_inputs(entry.tool) if entry.tool else ()
    shared_names = {source.name for source in in_route}
    yield from map(_input, in_route)
    yield from (_input(source) for source in in_tool if source.name not in shared_names)


def _input(source: ir.Input) -> InputLine:
    words = (
        _type_word(source),
        verbatim("required") if source.is_demanded else verbatim("optional"),
        *_place(source),
        *_default(source),
    )
    description = source.description
    has_description = description is not None and description.strip()
    return InputLine(source.name, words, description if has_description else None)


def _type_word(source: ir.Input) -> Code:
    """Return the type of an input, with the restrictions of its own values."""
    word = _base_word(source)
    match source.type:
        case ir.OneOf(values=values):
            return fill("{}: {}", word, _choice(values))
        case ir.Matching(pattern=pattern):
            return fill("{} that matches {}", word, markdown_code(pattern))
        case _:
            return word


def _choice(values: tuple[str | int | float | bool, ...]) -> Code:
    """Return values as alternatives; only the first of many are listed."""
    codes = [markdown_code(_text(value)) for value in values[:SHOWN_VALUES]]
    others = len(values) - len(codes)
    if others:
        return fill("{} or {} more values", join(", ", codes), py(others))
    *first, last = codes
    return fill("{} or {}", join(", ", first), last) if first else last


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _default(source: ir.Input) -> Iterator[Code]:
    if source.default is not None:
        yield fill("{} by default", markdown_code(_text(source.default.value)))


def _base_word(source: ir.Input) -> Code:
    kind = ir.base_type(source.type)
    match kind:
        case ir.Primitive():
            return markdown(kind.value)
        case ir.Anything():
            return verbatim("any JSON")
        case ir.Bytes():
            return verbatim("bytes in base64")
        case ir.Array():
            return verbatim("array")
        case ir.Object():
            return verbatim("object")
        case _:
            assert_never(kind)


def _place(source: ir.Input) -> Iterable[Code]:
    """Return the place of an input in an HTTP request; tools' arguments have none."""
    match source.location:
        case ir.InPath():
            return (verbatim("in the path"),)
        case ir.InQuery():
            return (verbatim("in the query"),)
        case ir.InHeader():
            return (verbatim("a header"),)
        case ir.InCookie():
            return (verbatim("a cookie"),)
        case ir.InBody():
            return (verbatim("over REST the JSON body"),)
        case ir.InText():
            return (verbatim("over REST the body, as text"),)
        case ir.InContent():
            return (verbatim("over REST the body, as it is"),)
        case ir.InField(path=path):
            return (fill("in the JSON body as {}", markdown_code(".".join(path))),)
        case ir.InArguments():
            return ()
        case _:
            assert_never(source.location)
