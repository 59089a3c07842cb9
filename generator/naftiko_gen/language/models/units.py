"""Routes, tools and functions: their inputs, and how they produce their answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from naftiko_gen.language.models.base import (
    Constant,
    Kind,
    MediaType,
    Model,
    Prose,
    kind_of,
    read_members,
)
from naftiko_gen.syntax.tree import Mapping

__all__ = [
    "CallStep",
    "InputPart",
    "LookupStep",
    "Output",
    "ParameterSchema",
    "RestInput",
    "ScriptStep",
    "Step",
    "StepMapping",
    "ToolInput",
]


_KINDS_OF_VALUES: dict[type, Kind] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}

_Number = int | float
_Count = Annotated[int, Field(ge=0, le=100_000)]


class _RestrictedValue(Model):
    """A value of a client, with its type and further restrictions.

    `others` describes members of an object that `properties` doesn't list; `assumed` is
    the value that the upstream assumes if it gets none.
    """

    type: Kind | None = None
    description: Prose = None
    enum: list[Constant] | None = Field(
        default=None, min_length=1, description="The values that are accepted."
    )
    pattern: str | None = Field(
        default=None,
        description="A regular expression that matches somewhere in the value.",
    )
    items: InputPart | None = Field(
        default=None, description="The type of an array's items."
    )
    properties: (
        Annotated[dict[str, InputPart], BeforeValidator(read_members)] | None
    ) = Field(default=None, description="The members of an object.")
    others: bool | InputPart | None = Field(
        default=None,
        alias="additionalProperties",
        description=(
            "The type of members that 'properties' doesn't list, or whether there may"
            " be some."
        ),
    )
    format: str | None = Field(
        default=None,
        pattern=r"^[!-~]+$",
        description="The form of the value, such as date-time. It isn't checked.",
    )
    minimum: _Number | None = Field(default=None, description="The least value.")
    maximum: _Number | None = Field(default=None, description="The greatest value.")
    exclusive_minimum: _Number | None = Field(
        default=None,
        alias="exclusiveMinimum",
        description="A bound that the value exceeds.",
    )
    exclusive_maximum: _Number | None = Field(
        default=None,
        alias="exclusiveMaximum",
        description="A bound that the value stays below.",
    )
    min_length: _Count | None = Field(
        default=None, alias="minLength", description="The least number of characters."
    )
    max_length: _Count | None = Field(
        default=None,
        alias="maxLength",
        description="The greatest number of characters.",
    )
    min_items: _Count | None = Field(
        default=None, alias="minItems", description="The least number of items."
    )
    max_items: _Count | None = Field(
        default=None, alias="maxItems", description="The greatest number of items."
    )
    any_of: list[InputPart] | None = Field(
        default=None,
        alias="anyOf",
        min_length=1,
        description="Types of which the value has at least one.",
    )
    one_of: list[InputPart] | None = Field(
        default=None,
        alias="oneOf",
        min_length=1,
        description="Types of which the value has exactly one.",
    )
    assumed: object = Field(
        default=None,
        alias="apiDefault",
        description="The value that the upstream assumes if it gets none.",
    )
    example: object = Field(default=None, description="A value that clients are shown.")

    @property
    def kind(self) -> Kind | None:
        """Return the type, declared or implied by a restriction."""
        if self.type is not None:
            return self.type
        if self.properties is not None or self.others is not None:
            return "object"
        if {self.items, self.min_items, self.max_items} != {None}:
            return "array"
        if self.enum:
            return _KINDS_OF_VALUES[type(self.enum[0])]
        return self._implied_scalar

    @property
    def _implied_scalar(self) -> Kind | None:
        texts = (self.pattern, self.min_length, self.max_length, self.format)
        if any(limit is not None for limit in texts):
            return "string"
        bounds = (
            *(self.minimum, self.maximum),
            *(self.exclusive_minimum, self.exclusive_maximum),
        )
        return "number" if any(limit is not None for limit in bounds) else None

    @property
    def limits(self) -> dict[str, int | float]:
        """Return the limits of the value, by their keys."""
        limits = {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "exclusiveMinimum": self.exclusive_minimum,
            "exclusiveMaximum": self.exclusive_maximum,
            "minLength": self.min_length,
            "maxLength": self.max_length,
            "minItems": self.min_items,
            "maxItems": self.max_items,
        }
        return {key: bound for key, bound in limits.items() if bound is not None}


class InputPart(_RestrictedValue):
    """A part of a value that a client passes, such as an item of an array.

    The schema of a response has the same keys.
    """

    required: bool = False
    nullable: bool = Field(
        default=False, description="Whether the value may also be null."
    )


class ParameterSchema(InputPart):
    """The type of a consumed parameter, and of undeclared inputs that feed it."""

    default: object = Field(
        default=None, description="The value if the client passes none."
    )


class _Input(_RestrictedValue):
    """An input, which has a value of its own if a client passes none."""

    name: str = Field(min_length=1)
    default: object = Field(
        default=None, description="The value if the client passes none."
    )
    check: Literal["strict", "shallow", "none"] = Field(
        default="strict",
        description=(
            "How much of the value is checked: all restrictions, only the types of it"
            " and of its members or items, or nothing."
        ),
    )


class RestInput(_Input):
    """A declared input of a route; a `value` is a JSONPath into the request body."""

    place: Literal["query", "header", "path", "body", "cookie"] = Field(
        alias="in", description="Where the client sends the input."
    )
    required: bool | None = None
    value: str | None = Field(
        default=None, description="A JSONPath into the body of the request."
    )


class ToolInput(_Input):
    """A declared input of a tool."""

    required: bool = True


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
