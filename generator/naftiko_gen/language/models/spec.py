"""The document: a whole spec."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from naftiko_gen.language.models.aggregates import Aggregate
from naftiko_gen.language.models.base import Model, refusal
from naftiko_gen.language.models.bindings import Binding
from naftiko_gen.language.models.consumes import Consumes
from naftiko_gen.language.models.exposes import Adapter
from naftiko_gen.language.models.scalars import Prose

__all__ = ["About", "Capability", "Person", "Spec"]


class Person(Model):
    """A stakeholder of the capability."""

    role: str = Field(description="The person's role.")
    full_name: str = Field(alias="fullName", description="First and last name.")
    email: str | None = Field(default=None, description="The address of the person.")


class About(Model):
    """The `info` of a spec."""

    label: Prose = Field(
        default=None, description="The name of the capability, shown to people."
    )
    description: Prose = None
    tags: list[str] = Field(default=[], description="Keywords for search.")
    created: str | None = Field(
        default=None, description="The day of creation: YYYY-MM-DD."
    )
    modified: str | None = Field(
        default=None,
        description=(
            "The day of the last change: YYYY-MM-DD. It is the version of the package"
            " if 'version' is absent."
        ),
    )
    version: str | None = Field(default=None, description="The version of the package.")
    stakeholders: list[Person] = Field(
        default=[], description="The people who have a stake in the capability."
    )


class Capability(Model):
    """The consumed APIs and the exposed adapters."""

    binds: list[Binding] = Field(default=[])
    consumes: list[Consumes] = Field(default=[], description="The upstream APIs.")
    exposes: list[Adapter] = Field(
        default=[],
        description=(
            "The adapters: a REST API, an MCP server, Agent Skills, and the health of"
            " the process."
        ),
    )
    aggregates: list[Aggregate] = Field(
        default=[], description="Functions that several routes and tools share."
    )


class Spec(Model):
    """A whole spec."""

    naftiko: Literal["1.0.0-alpha1", "1.0.0-alpha2"] = Field(
        description="The version of the language."
    )
    about: About | None = Field(
        default=None, alias="info", description="Facts about the capability."
    )
    binds: list[Binding] = Field(default=[])
    consumes: Annotated[None, refusal("consumes outside of capability")] = Field(
        default=None, description="Write upstreams below 'capability'."
    )
    capability: Capability = Field(
        description="The consumed APIs and the exposed adapters."
    )
