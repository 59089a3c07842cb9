"""Adapters that serve no API: skills, and the health of the process."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from naftiko_gen.language.models.adapters import AdapterModel
from naftiko_gen.language.models.base import Model, Port, Prose
from naftiko_gen.syntax.tree import Mapping

__all__ = ["Control", "Exporter", "Exporters", "LocalEndpoint", "LogPages"]
__all__ += ["Management", "Metrics", "Observability", "Scripting", "Skill", "SkillTool"]
__all__ += ["Skills", "Source", "Traces"]


class Source(Model):
    """The route or tool to which a skill's entry refers."""

    namespace: str = Field(alias="sourceNamespace")
    """The adapter's namespace."""
    action: str
    """The name of the tool or of the route's operation."""


class SkillTool(Model):
    """An entry of a skill: a route, a tool, or a file of instructions."""

    name: str = Field(min_length=1)
    description: Prose = None
    source: Source | None = Field(default=None, alias="from")
    """The tool or route."""
    instruction: str | None = None
    """A file of instructions."""


class Skill(Model):
    """An Agent Skill."""

    name: str = Field(min_length=1)
    description: Prose = None
    license: str | None = None
    """The license of the skill."""
    compatibility: str | None = None
    """Requirements of the skill."""
    metadata: Mapping | None = None
    """Additional values; their meaning is up to the author."""
    allowed_tools: str | None = Field(default=None, alias="allowed-tools")
    """Tools that may be used without asking."""
    argument_hint: str | None = Field(default=None, alias="argument-hint")
    """The arguments to give when calling the skill by its name."""
    user_invocable: bool = Field(default=True, alias="user-invocable")
    """Whether people may call the skill by its name."""
    model_invocation_off: bool = Field(default=False, alias="disable-model-invocation")
    """Whether only people may call the skill."""
    location: str | None = None
    """A directory with further files."""
    tools: list[SkillTool] = []
    """The tools and routes that the skill describes."""


class Skills(AdapterModel):
    """A catalogue of Agent Skills."""

    type: Literal["skill"]
    """The kind of adapter."""
    port: Port | None = None
    skills: list[Skill] = []
    """The skills."""


class LocalEndpoint(Model):
    """A page of measurements on the port of a control adapter."""

    enabled: bool = True
    """For other programs: the package has health and status only."""
    buffer_size: int | None = Field(default=None, alias="buffer-size", ge=10, le=10_000)
    """For other programs: the package has health and status only."""


class Metrics(Model):
    """Measurements of requests and calls."""

    local: LocalEndpoint | None = None
    """For other programs: every control port has /metrics."""


class Traces(Model):
    """Traces of requests and calls."""

    sampling: float | None = Field(default=None, ge=0, le=1)
    """For other programs: the package has health and status only."""
    propagation: Literal["w3c", "b3"] | None = None
    """The header that tells upstreams of the trace of a call."""
    local: LocalEndpoint | None = None
    """For other programs: the package has health and status only."""


class Exporter(Model):
    """A receiver of measurements and traces (OTLP)."""

    endpoint: str
    """For other programs: the package has health and status only."""


class Exporters(Model):
    """The receivers of measurements and traces."""

    otlp: Exporter | None = None
    """For other programs: the package has health and status only."""


class Observability(Model):
    """Measurements and traces."""

    enabled: bool = True
    """Whether other programs observe calls."""
    metrics: Metrics | None = None
    """For other programs: every control port has /metrics."""
    traces: Traces | None = None
    """For other programs: the package has health and status only."""
    exporters: Exporters | None = None
    """For other programs: the package has health and status only."""


class LogPages(Model):
    """Pages that show the log and change its level."""

    level_control: bool = Field(default=True, alias="level-control")
    """For other programs: the package has health and status only."""
    stream: bool = False
    """For other programs: the package has health and status only."""
    most_subscribers: int | None = Field(
        default=None, alias="max-subscribers", ge=1, le=20
    )
    """For other programs: the package has health and status only."""


class Scripting(Model):
    """Defaults and limits of scripts; times are milliseconds."""

    enabled: bool = True
    """Whether scripts may run, if the environment permits them."""
    location: str | None = Field(default=None, alias="defaultLocation")
    """The directory of scripts."""
    language: str | None = Field(default=None, alias="defaultLanguage")
    """The language of scripts: python."""
    timeout: int | None = Field(default=None, ge=1)
    """The milliseconds that a script may take."""
    most_statements: int | None = Field(default=None, alias="statementLimit", ge=1)
    """For other programs: packages limit time and memory."""
    languages: list[str] | None = Field(default=None, alias="allowedLanguages")
    """The allowed languages: python has to be among them."""


class Management(Model):
    """The pages of a control adapter."""

    health: bool = True
    """For other programs: /health/live and /health/ready are served."""
    info: bool = False
    """For other programs: /status is served."""
    reload: bool = False
    """For other programs: the package has health and status only."""
    check: bool = Field(default=False, alias="validate")
    """For other programs: the package has health and status only."""
    logs: bool | LogPages = False
    """For other programs: the package has health and status only."""
    scripting: Scripting | None = None
    """Defaults and limits of scripts."""


class Control(AdapterModel):
    """The health of the process, for supervisors."""

    type: Literal["control"]
    """The kind of adapter."""
    port: Port
    management: Management | None = None
    """The pages of the adapter."""
    observability: Observability | None = None
    """For other programs: the package has health and status only."""
