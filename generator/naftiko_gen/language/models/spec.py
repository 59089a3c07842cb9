"""The document: a whole spec, with names, functions and adapters in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from naftiko_gen.language.models.adapters import (
    Forward,
    Mcp,
    Resource,
    Rest,
    RestOperation,
    Tool,
)
from naftiko_gen.language.models.base import Members, Model, Prose, kind_of, refusal
from naftiko_gen.language.models.consumes import Consumes
from naftiko_gen.language.models.pages import Control, Skills
from naftiko_gen.language.models.units import ToolInput, Unit

__all__ = ["About", "Adapter", "Aggregate", "Binding", "Capability", "ExposedUnit"]
__all__ += ["Function", "Person", "Semantics", "Spec"]


class Binding(Model):
    """Names for templates: each means a variable, or a key of a `location`."""

    namespace: str
    description: Prose = None
    location: str | None = None
    """The source of the values: a file (`file:///./x.yaml`) or a provider (`vault://`);
    the environment if left out."""
    keys: Members[str, str] = {}
    """Names for templates, each with its environment variable, or with its key in the
    file or at the provider."""
    defaults: Members[str, str] = {}
    """The values of variables that aren't set."""
    choices: Members[str, list[str]] = {}
    """The values that variables may have."""


class Semantics(Model):
    """The effects of a function, from which the hints of tools follow."""

    safe: bool | None = None
    """Whether calls change nothing."""
    idempotent: bool | None = None
    """Whether a second equal call changes nothing more."""
    cacheable: bool | None = None
    """For documentation."""


class Function(Unit):
    """The common work of several routes and tools."""

    name: str = Field(min_length=1)
    semantics: Semantics | None = None
    """The effects of the function."""
    inputs: list[ToolInput] = Field(default=[], alias="inputParameters")


class Aggregate(Model):
    """A group of functions."""

    label: Prose = None
    description: Prose = None
    namespace: str = Field(min_length=1)
    functions: list[Function] = []
    """The functions."""


ExposedUnit = RestOperation | Tool | Resource | Forward
"""A part of an adapter that a call, steps, values or any response answer."""

Adapter = Annotated[
    Annotated[Rest, Tag("rest")]
    | Annotated[Mcp, Tag("mcp")]
    | Annotated[Skills, Tag("skill")]
    | Annotated[Control, Tag("control")],
    Discriminator(kind_of),
]


class Person(Model):
    """A stakeholder of the capability."""

    role: str
    """The person's role."""
    full_name: str = Field(alias="fullName")
    """First and last name."""
    email: str | None = None
    """The address of the person."""


class About(Model):
    """The `info` of a spec."""

    label: Prose = None
    """The name of the capability, shown to people."""
    description: Prose = None
    tags: list[str] = []
    """Keywords for search."""
    created: str | None = None
    """The day of creation: YYYY-MM-DD."""
    modified: str | None = None
    """The day of the last change: YYYY-MM-DD. It is the version of the package if
    'version' is absent."""
    version: str | None = None
    """The version of the package."""
    website: str | None = Field(default=None, pattern=r"^https://[!-~]+$")
    """The address of a page about the API, for people."""
    stakeholders: list[Person] = []
    """The people who have a stake in the capability."""


class Capability(Model):
    """The consumed APIs and the exposed adapters."""

    binds: list[Binding] = []
    consumes: list[Consumes] = []
    """The upstream APIs."""
    exposes: list[Adapter] = []
    """The adapters: a REST API, an MCP server, Agent Skills, and the health of the
    process."""
    aggregates: list[Aggregate] = []
    """Functions that several routes and tools share."""


class Spec(Model):
    """A whole spec."""

    naftiko: Literal["1.0.0-alpha1", "1.0.0-alpha2"]
    """The version of the language."""
    about: About | None = Field(default=None, alias="info")
    """Facts about the capability."""
    binds: list[Binding] = []
    consumes: Annotated[None, refusal("consumes outside of capability")] = None
    """Write upstreams below 'capability'."""
    capability: Capability
    """The consumed APIs and the exposed adapters."""
