"""`SKILL.md`: how an agent uses the routes and tools, and the other files of skills."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.naming import distribution_name, free_name
from naftiko_gen.emit.code.render import View, markdown_file
from naftiko_gen.emit.code.statements import Keyword
from naftiko_gen.emit.docs.calls import (
    address,
    arguments,
    client_views,
    curl,
    has_ports,
    root,
)
from naftiko_gen.emit.docs.entries import Entry, effect, entries, references
from naftiko_gen.emit.literals import (
    Code,
    bare,
    fill,
    first_paragraph,
    join,
    markdown,
    markdown_code,
    markdown_document,
    py,
    verbatim,
    yaml_string,
)
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.plain_text import first_sentence, plain
from naftiko_gen.emit.tools.arguments import argument_inputs
from naftiko_gen.language.names import skill_name

# The limits of the Agent Skills format, in characters.
DESCRIPTION_LIMIT = 1024
COMPATIBILITY_LIMIT = 500
WHOLE_LIMIT = 300
"""The most characters of the description of a skill for a whole capability."""
SHOWN_FILES = 100
SHOWN_VALUES = 20
"""The listed values of an input are shown up to this number."""


def _with_names(
    skills: Iterable[ir.Skill], capability: ir.Capability
) -> Iterator[tuple[str, ir.Skill]]:
    """Yield each skill with its name, which its directory has too."""
    for skill in skills:
        yield skill_name(skill.name, capability.slug), skill


def skill_view(name: str, skill: ir.Skill, emission: Emission) -> View:
    """Return the view of a skill's front matter and body."""
    capability = emission.capability
    all_entries = list(entries(skill, capability))
    contents = (
        [] if skill.tools else [c for mcp in capability.mcp for c in mcp.contents]
    )
    resources = [(c.template, first_paragraph(c.description)) for c in contents]
    files = references(all_entries, capability, reference_directory(skill))
    is_served = bool(capability.tools or resources)
    more_files = len(skill.files) - SHOWN_FILES
    return View(
        source=emission.source,
        name=name,
        description=_description(skill, all_entries, capability.tags),
        header=[*_front_matter(skill.header)],
        metadata=skill.header.metadata,
        title=capability.label,
        command=distribution_name(capability.slug),
        tools=[address(a, capability) for a in capability.mcp if is_served],
        has_tools=bool(capability.tools),
        routes=[address(adapter, capability) for adapter in capability.rest],
        clients=client_views(capability),
        # The URIs of resources, with their descriptions.
        resources=resources,
        has_ports=has_ports(capability),
        has_upstream=bool(capability.operations or capability.forwards),
        # Only the first of many are named, further ones are counted.
        files=skill.files[:SHOWN_FILES],
        other_files=py(more_files) if more_files > 0 else None,
        has_own_files=bool(skill.own_files),
        references=files,
        entries=[] if files else [_entry(entry, capability) for entry in all_entries],
    )


def own_text_view(skill: ir.Skill, text: str, emission: Emission) -> View:
    """Return the view of the author's own text, with a link to the references."""
    index = bare(f"{reference_directory(skill)}.md")
    return View(source=emission.source, text=markdown_document(text), index=index)


def reference_views(skill: ir.Skill, emission: Emission) -> Iterator[tuple[str, View]]:
    """Yield the views of a large skill's references with their paths."""
    capability, source = emission.capability, emission.source
    all_entries, directory = [*entries(skill, capability)], reference_directory(skill)
    for reference in references(all_entries, capability, directory):
        views = [_entry(entry, capability) for entry in reference.entries]
        yield reference.path, View(source=source, title=reference.name, entries=views)


def reference_directory(skill: ir.Skill) -> str:
    """Return a name that none of a skill's own files has, nor begins with."""
    names = {re.split(r"[/.]", file.path)[0].casefold() for file in skill.own_files}
    return free_name("references", names, "-")


def _description(skill: ir.Skill, all_entries: list[Entry], tags: Iterable[str]) -> str:
    """Return the description by which agents choose a skill: the author's, if any.

    Else it is the purpose and the uses of the skill. Agents read all descriptions all
    the time, so that of a whole capability is short.
    """
    text = skill.description or skill.name
    if skill.text is not None:
        return _cut(" ".join(text.split()), DESCRIPTION_LIMIT)
    purposes = "; ".join(dict.fromkeys(map(_purpose, all_entries)))
    uses = f" Use it to: {purposes}." if purposes else ""
    description = f"{' '.join(plain(text).split()).rstrip('.')}.{uses}"
    if skill.tools or len(description) <= WHOLE_LIMIT:
        return _cut(description, DESCRIPTION_LIMIT)
    subjects = f" It is about {', '.join(tags)}." if tags else uses
    sentence = first_sentence(text, WHOLE_LIMIT // 2)
    return _cut(f"{sentence.rstrip('.')}.{subjects}", WHOLE_LIMIT)


def _cut(text: str, limit: int) -> str:
    """Shorten a text to a limit, at the end of a word."""
    if len(text) <= limit:
        return text
    start = text[: limit - 1]
    whole_words, _, _ = start.rpartition(" ")
    return f"{(whole_words or start).rstrip(',;.')}…"


def _front_matter(header: ir.SkillHeader) -> Iterator[Keyword]:
    facts = dict(_header(header))
    for key in _KEYS:
        match facts.get(key):
            case str() as text:
                is_cut = key == "compatibility"
                value = yaml_string(_cut(text, COMPATIBILITY_LIMIT) if is_cut else text)
                yield Keyword(bare(key), value)
            case bool() as flag:
                yield Keyword(bare(key), bare(str(flag).lower()))
            case _:
                pass


def _purpose(entry: Entry) -> str:
    """Return the first sentence of an entry, as a part of a longer sentence."""
    text = first_paragraph(entry.description) or entry.title
    first, _, _ = text.partition(". ")
    plain = first.rstrip(".")
    is_acronym = plain[:2].isupper()
    return plain if is_acronym else plain[:1].lower() + plain[1:]


def _entry(entry: Entry, capability: ir.Capability) -> View:
    """Return an entry with examples of its calls; paragraphs describe it."""
    tool, route, command = entry.tool, entry.route, None
    if route is not None:
        adapter = capability.exposing(route)
        command = curl(route, root(adapter), adapter.guard)
    return View(
        title=entry.title,
        description=[*filter(str.strip, entry.description.split("\n\n"))],
        tool=tool.name if tool else None,
        arguments=arguments(tool) if tool else "",
        command=command,
        inputs=[*_inputs(entry)],
        effect=effect(entry),
    )


def _inputs(entry: Entry) -> Iterator[View]:
    """Yield the inputs of the route, then inputs that only the tool has."""
    in_route = entry.route.inputs if entry.route else ()
    in_tool = argument_inputs(entry.tool) if entry.tool else ()
    shared_names = {source.name for source in in_route}
    yield from map(_input, in_route)
    yield from (_input(source) for source in in_tool if source.name not in shared_names)


def _input(source: ir.Input) -> View:
    description, default = source.description, source.default
    return View(
        name=source.name,
        type=_type(source),
        is_required=source.is_demanded,
        # In an HTTP request; the arguments of tools have none.
        place=_place(source.location),
        default=None if default is None else _text(default.value),
        description=description if description and description.strip() else None,
    )


def _place(location: ir.Location) -> Code | None:
    if isinstance(location, ir.InField):
        return fill("in the JSON body as {}", markdown_code(".".join(location.path)))
    return _PLACES[type(location)]


_PLACES = {
    ir.InPath: verbatim("in the path"),
    ir.InQuery: verbatim("in the query"),
    ir.InHeader: verbatim("a header"),
    ir.InCookie: verbatim("a cookie"),
    ir.InBody: verbatim("over REST the JSON body"),
    ir.InText: verbatim("over REST the body, as text"),
    ir.InContent: verbatim("over REST the body, as it is"),
    ir.InArguments: None,
}
_TYPES = {
    ir.Anything: verbatim("any JSON"),
    ir.Bytes: verbatim("bytes in base64"),
    ir.Array: verbatim("array"),
    ir.Object: verbatim("object"),
}


def _type(source: ir.Input) -> Code:
    """Return the type of an input, with the restrictions of its own values."""
    kind = ir.base_type(source.type)
    if isinstance(kind, ir.Primitive):
        word = markdown(kind.value)
    else:
        word = _TYPES[type(kind)]
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


@dataclass(frozen=True)
class SkillFiles:
    """The files of each skill, rendered once."""

    emission: Emission

    @cached_property
    def contents(self) -> dict[str, dict[str, bytes]]:
        """Return the files of each skill by its name: their contents by path."""
        capability = self.emission.capability
        named_skills = _with_names(capability.skills, capability)
        return {name: dict(self._files(name, skill)) for name, skill in named_skills}

    def _files(self, name: str, skill: ir.Skill) -> Iterator[tuple[str, bytes]]:
        """Yield the files of a skill; beside the author's text, ours is a reference."""
        view = skill_view(name, skill, self.emission)
        front = markdown_file("skill/front_matter.md.jinja", view)
        body = markdown_file("skill/body.md.jinja", view)
        if skill.text is None:
            yield "SKILL.md", front + body
        else:
            own_view = own_text_view(skill, skill.text, self.emission)
            text = markdown_file("skill/own_text.md.jinja", own_view)
            yield "SKILL.md", front + text
            yield f"{reference_directory(skill)}.md", body
        for path, reference in reference_views(skill, self.emission):
            yield path, markdown_file("skill/reference.md.jinja", reference)
        for file in skill.own_files:
            yield file.path, file.content


def skills_document(
    adapter: ir.SkillServer,
    capability: ir.Capability,
    contents: Mapping[str, Mapping[str, bytes]],
) -> list[Plain]:
    """Return the skills of an adapter; `contents` are their files by name."""
    return [
        {"about": _about(name, skill, capability), **_files(contents[name])}
        for name, skill in _with_names(adapter.skills, capability)
    ]


def _files(contents: Mapping[str, bytes]) -> dict[str, Plain]:
    """Return the files of a skill: texts, and others in base64."""
    texts: dict[str, Plain] = {}
    others: dict[str, Plain] = {}
    for path, content in contents.items():
        try:
            texts[path] = content.decode()
        except ValueError:
            others[path] = b64encode(content).decode()
    return {"files": texts, "bytes": others} if others else {"files": texts}


def _about(name: str, skill: ir.Skill, capability: ir.Capability) -> dict[str, Plain]:
    return {
        "name": name,
        "description": skill.description,
        **dict(_header(skill.header)),
        "tools": [*_tools(skill, capability)],
    }


_KEYS = (
    *("license", "compatibility", "allowed-tools", "argument-hint"),
    *("user-invocable", "disable-model-invocation"),
)
"""The keys of front matters, apart from metadata."""


def _header(header: ir.SkillHeader) -> Iterator[tuple[str, Plain]]:
    texts = {
        "license": header.license,
        "compatibility": header.compatibility,
        "argument-hint": header.argument_hint,
        "allowed-tools": " ".join(header.allowed_tools),
    }
    yield from ((key, text) for key, text in texts.items() if text)
    if not header.user_invocable:
        yield "user-invocable", False
    if not header.model_invocation:
        yield "disable-model-invocation", True
    if header.metadata:
        yield "metadata", dict(header.metadata)


def _tools(skill: ir.Skill, capability: ir.Capability) -> Iterator[dict[str, Plain]]:
    for tool in skill.tools:
        match tool.exposed:
            case ir.Route():
                mode = "rest"
            case ir.Tool():
                mode = "mcp"
            case _:
                assert_never(tool.exposed)
        yield {
            "name": tool.name,
            "description": tool.description,
            "type": "derived",
            "invocationRef": {
                "targetNamespace": capability.exposing(tool.exposed).namespace,
                "action": tool.exposed.name,
                "mode": mode,
            },
        }
    for file in skill.files:
        if file.tool:
            yield {
                "name": file.tool,
                "description": file.description or file.tool,
                "type": "instruction",
                "instruction": file.instruction,
            }
