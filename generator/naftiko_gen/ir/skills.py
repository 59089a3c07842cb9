"""Agent Skills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.ir.exposed import Invocable

__all__ = ["Skill", "SkillFile", "SkillHeader", "SkillTool"]


@dataclass(frozen=True)
class SkillTool:
    """An entry of a skill: a route or tool with the skill's own name for it."""

    name: str
    description: str
    exposed: Invocable


@dataclass(frozen=True)
class SkillHeader:
    """The front matter of a skill, besides its name and description."""

    license: str | None = None
    compatibility: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    allowed_tools: tuple[str, ...] = ()
    argument_hint: str | None = None
    user_invocable: bool = True
    model_invocation: bool = True


@dataclass(frozen=True)
class SkillFile:
    """A file of a skill, at its installed path.

    `tool` is the name of the tool whose instructions it has, and `instruction` its path
    in the skill's directory.
    """

    path: str
    description: str | None = None
    tool: str = ""
    instruction: str = ""


@dataclass(frozen=True)
class Skill:
    """An Agent Skill; without tools of its own, it covers every tool and route.

    `files` starts with the directory of the other files.
    """

    name: str
    description: str
    tools: tuple[SkillTool, ...] = ()
    header: SkillHeader = SkillHeader()
    files: tuple[SkillFile, ...] = ()
