"""`skills.json`: the skills that an adapter serves, with their files."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir import Route, Tool
from naftiko_gen.language.names import skill_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import Capability, Invocable, Skill, SkillServer, SkillTool


def skills_document(
    adapter: SkillServer,
    capability: Capability,
    contents: Mapping[str, Mapping[str, bytes]],
) -> list[Plain]:
    """Return the skills of an adapter; `contents` are their files by name."""
    named_skills = (
        (skill_name(skill.name, capability.slug), skill) for skill in adapter.skills
    )
    return [
        {
            "about": _about(name, skill, capability),
            **_files(contents[name]),
        }
        for name, skill in named_skills
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


def _about(name: str, skill: Skill, capability: Capability) -> dict[str, Plain]:
    tools: list[Plain] = [*_tools(skill, capability)]
    return {
        "name": name,
        "description": skill.description,
        **dict(_header(skill)),
        "tools": tools,
    }


def _header(skill: Skill) -> Iterator[tuple[str, Plain]]:
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


def _tools(skill: Skill, capability: Capability) -> Iterator[dict[str, Plain]]:
    for tool in skill.tools:
        yield {
            "name": tool.name,
            "description": tool.description,
            "type": "derived",
            "invocationRef": _reference(tool, capability),
        }
    for file in skill.files:
        if file.tool:
            yield {
                "name": file.tool,
                "description": file.description or file.tool,
                "type": "instruction",
                "instruction": file.instruction,
            }


def _reference(tool: SkillTool, capability: Capability) -> dict[str, Plain]:
    return {
        "targetNamespace": capability.exposing(tool.exposed).namespace,
        "action": tool.exposed.name,
        "mode": _mode(tool.exposed),
    }


def _mode(unit: Invocable) -> str:
    match unit:
        case Route():
            return "rest"
        case Tool():
            return "mcp"
        case _:
            assert_never(unit)
