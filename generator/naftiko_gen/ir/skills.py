"""Agent Skills."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.ir.exposed import Invocable

__all__ = ["OwnFile", "Skill", "SkillFile", "SkillHeader", "SkillTool"]


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
    """A file that `SKILL.md` names: at its installed path, or one of the skill's own.

    `tool` is the name of the tool whose instructions it has, and `instruction` its path
    in the skill's directory.
    """

    path: str
    description: str | None = None
    tool: str = ""
    instruction: str = ""


@dataclass(frozen=True)
class OwnFile:
    """A file of the author in a skill, by its path in the skill's directory."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Skill:
    """An Agent Skill; without tools of its own, it covers every tool and route.

    Attributes:
        files: The files that `SKILL.md` names; of an installed skill, the first one is
            the directory of the others.
        own_files: The files of the author that the package has copies of.
        text: The author's own `SKILL.md` without its front matter, if there is one.
    """

    name: str
    description: str
    tools: tuple[SkillTool, ...] = ()
    header: SkillHeader = SkillHeader()
    files: tuple[SkillFile, ...] = ()
    own_files: tuple[OwnFile, ...] = ()
    text: str | None = None
