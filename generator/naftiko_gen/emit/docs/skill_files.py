"""The files of skills, on the disk and in the document of an adapter."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.render import markdown_file
from naftiko_gen.emit.docs.skill import (
    named_skills,
    own_text_view,
    reference_directory,
    reference_views,
    skill_view,
)
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.language.names import skill_name


@dataclass(frozen=True)
class SkillFiles:
    """The files of each skill, rendered once."""

    emission: Emission

    @cached_property
    def contents(self) -> dict[str, dict[str, bytes]]:
        """Return the files of each skill by its name: their contents by path."""
        return {
            name: dict(self._files(name, skill))
            for name, skill in named_skills(self.emission.capability)
        }

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
    names = {skill_name(skill.name, capability.slug): skill for skill in adapter.skills}
    return [
        {"about": _about(name, skill, capability), **_files(contents[name])}
        for name, skill in names.items()
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
        **dict(_header(skill)),
        "tools": [*_tools(skill, capability)],
    }


def _header(skill: ir.Skill) -> Iterator[tuple[str, Plain]]:
    """Yield the members of the front matter that the spec declares."""
    header = skill.header
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
