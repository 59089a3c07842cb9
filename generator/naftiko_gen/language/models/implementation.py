"""How routes, tools and functions produce their answers: calls, steps and outputs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from naftiko_gen.language.models.base import Model, kind_of, read_members
from naftiko_gen.language.models.scalars import Constant, Kind, MediaType, Prose
from naftiko_gen.syntax.tree import Mapping

__all__ = ["CallStep", "LookupStep", "Output", "ScriptStep", "Step", "StepMapping"]


class Output(Model):
    """The shape of a response: a value at a path, a literal, an object or an array."""

    type: Kind = Field(description="The type of the value.")
    name: str | None = None
    description: Prose = None
    mapping: str | None = Field(
        default=None, description="A JSONPath into the response."
    )
    value: Constant | None = Field(
        default=None, description="The value, if it is always the same."
    )
    const: object = Field(
        default=None, description="The value, if it is always the same."
    )
    properties: Annotated[dict[str, Output], BeforeValidator(read_members)] | None = (
        Field(default=None, description="The members of an object.")
    )
    items: Output | None = Field(
        default=None, description="The shape of each element of an array."
    )


class CallStep(Model):
    """A step that calls an operation."""

    type: Literal["call"] = Field(description="The kind of step.")
    name: str = Field(
        min_length=1,
        description="The name by which later steps and mappings refer to the answer.",
    )
    call: str = Field(description="The operation: namespace.name.")
    arguments: Mapping | None = Field(
        default=None,
        alias="with",
        description="The arguments; {{step.member}} is a part of an earlier answer.",
    )


class LookupStep(Model):
    """A step that finds entries in the answer of an earlier step."""

    type: Literal["lookup"] = Field(description="The kind of step.")
    name: str = Field(
        min_length=1,
        description="The name by which later steps and mappings refer to the answer.",
    )
    index: str = Field(description="The earlier step whose answer is searched.")
    match: str = Field(description="The member of its entries that is compared.")
    value: Constant = Field(
        alias="lookupValue",
        description=(
            "The wanted value or values: a JSONPath that starts with a step, or a"
            " template."
        ),
    )
    fields: list[str] = Field(
        alias="outputParameters",
        description="The members of an entry that are returned.",
    )


class ScriptStep(Model):
    """A step that computes a value by a script; its dependencies run before it."""

    type: Literal["script"] = Field(description="The kind of step.")
    name: str = Field(
        min_length=1,
        description="The name by which later steps and mappings refer to the result.",
    )
    language: str | None = Field(
        default=None, description="The language of the script: python."
    )
    location: str | None = Field(
        default=None,
        description="The directory of the script, inside the spec's directory.",
    )
    file: str = Field(
        min_length=1, description="The script, which assigns to 'result'."
    )
    dependencies: list[str] = Field(
        default=[],
        description="Scripts that run before it and share their names with it.",
    )
    arguments: Mapping | None = Field(
        default=None,
        alias="with",
        description="Further members of the script's 'context'.",
    )


Step = Annotated[
    Annotated[CallStep, Tag("call")]
    | Annotated[LookupStep, Tag("lookup")]
    | Annotated[ScriptStep, Tag("script")],
    Discriminator(kind_of),
]


class StepMapping(Model):
    """A member of the answer, whose dots separate the names of nested objects."""

    target: str = Field(
        alias="targetName",
        min_length=1,
        description="A member of the answer; dots nest objects.",
    )
    value: Constant = Field(
        description="A JSONPath that starts with a step, or a template."
    )


class Unit(Model):
    """The common part of routes, tools and functions: a call or steps, and outputs."""

    label: Prose = None
    description: Prose = None
    call: str | None = Field(
        default=None, description="The upstream operation to call: namespace.operation."
    )
    arguments: Mapping | None = Field(
        default=None,
        alias="with",
        description=(
            "Values for the operation's parameters: a reference such as"
            " {namespace}.input, a template such as {{input}}, or a constant."
        ),
    )
    steps: list[Step] = Field(
        default=[], description="Calls and lookups, whose answers later steps refer to."
    )
    mappings: list[StepMapping] = Field(
        default=[],
        description="The members of the answer, made of the answers of steps.",
    )
    outputs: list[Output] = Field(
        default=[],
        alias="outputParameters",
        description=(
            "The shape of the response. Without it, the upstream response is returned"
            " unchanged."
        ),
    )
    advertised: MediaType | None = Field(default=None, alias="outputMediaType")
