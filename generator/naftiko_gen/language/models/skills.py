"""Catalogues of Agent Skills."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from naftiko_gen.language.models.adapter import AdapterModel
from naftiko_gen.language.models.base import Model
from naftiko_gen.language.models.scalars import Port, Prose
from naftiko_gen.syntax.tree import Mapping

__all__ = ["Skill", "SkillTool", "Skills", "Source"]


class Source(Model):
    """The route or tool to which a skill's entry refers."""

    namespace: str = Field(
        alias="sourceNamespace", description="The adapter's namespace."
    )
    action: str = Field(description="The name of the tool or of the route's operation.")


class SkillTool(Model):
    """An entry of a skill: a route, a tool, or a file of instructions."""

    name: str = Field(min_length=1)
    description: Prose = None
    source: Source | None = Field(
        default=None, alias="from", description="The tool or route."
    )
    instruction: str | None = Field(default=None, description="A file of instructions.")


class Skill(Model):
    """An Agent Skill."""

    name: str = Field(min_length=1)
    description: Prose = None
    license: str | None = Field(default=None, description="The license of the skill.")
    compatibility: str | None = Field(
        default=None, description="Requirements of the skill."
    )
    metadata: Mapping | None = Field(
        default=None,
        description="Additional values; their meaning is up to the author.",
    )
    allowed_tools: str | None = Field(
        default=None,
        alias="allowed-tools",
        description="Tools that may be used without asking.",
    )
    argument_hint: str | None = Field(
        default=None,
        alias="argument-hint",
        description="The arguments to give when calling the skill by its name.",
    )
    user_invocable: bool = Field(
        default=True,
        alias="user-invocable",
        description="Whether people may call the skill by its name.",
    )
    model_invocation_off: bool = Field(
        default=False,
        alias="disable-model-invocation",
        description="Whether only people may call the skill.",
    )
    location: str | None = Field(
        default=None, description="A directory with further files."
    )
    tools: list[SkillTool] = Field(
        default=[], description="The tools and routes that the skill describes."
    )


class Skills(AdapterModel):
    """A catalogue of Agent Skills."""

    type: Literal["skill"] = Field(description="The kind of adapter.")
    port: Port | None = None
    skills: list[Skill] = Field(default=[], description="The skills.")
