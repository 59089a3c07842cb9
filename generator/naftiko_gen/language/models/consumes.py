"""Upstream APIs with their operations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from naftiko_gen.language.models.base import Model
from naftiko_gen.language.models.bodies import Body
from naftiko_gen.language.models.credentials import Authentication
from naftiko_gen.language.models.inputs import InputPart, ParameterSchema
from naftiko_gen.language.models.scalars import (
    Constant,
    Kind,
    MediaType,
    Method,
    Prose,
    Size,
)

__all__ = [
    "ConsumedInput",
    "ConsumedOperation",
    "ConsumedOutput",
    "ConsumedResource",
    "Consumes",
    "ResponseExample",
]


class ConsumedInput(Model):
    """A parameter of a consumed operation; a `value` fixes it."""

    name: str = Field(min_length=1, description="The parameter's name on the wire.")
    place: Literal["query", "header", "path", "body", "cookie", "environment"] = Field(
        alias="in", description="Where the parameter is sent."
    )
    value: Constant | None = Field(
        default=None, description="Makes the parameter fixed: a constant or a template."
    )
    type: Kind | None = None
    required: bool | None = None
    description: Prose = None
    schema_: ParameterSchema | None = Field(default=None, alias="schema")
    style: (
        Literal[
            "form",
            "spaceDelimited",
            "pipeDelimited",
            "deepObject",
            "simple",
            "label",
            "matrix",
        ]
        | None
    ) = None
    explode: bool | None = None
    allow_reserved: bool = Field(default=False, alias="allowReserved")


class ConsumedOutput(Model):
    """A named part of the upstream's response; only steps can refer to it."""

    name: str
    type: Kind
    value: str = Field(
        description="A JSONPath into the response, from `$`, or a constant."
    )

    @property
    def is_path(self) -> bool:
        """Return whether the value is a JSONPath, maybe in braces."""
        return self.value.strip().removeprefix("{{").lstrip().startswith("$")


class ResponseExample(Model):
    """A response of the upstream, with which the mock answers."""

    status: Annotated[int, Field(ge=200, le=299)] = Field(
        default=200, description="The status, 200 by default."
    )
    media_type: MediaType | None = Field(
        default=None,
        alias="mediaType",
        description="The media type; by default JSON, of the operation's schema.",
    )
    text: str | None = Field(
        default=None,
        description=(
            "The body. An empty one without a media type is no body; without this"
            " key, the body is any of its media type."
        ),
    )


class ConsumedOperation(Model):
    """A consumed operation."""

    name: str
    label: Prose = None
    description: Prose = None
    method: Method = "GET"
    inputs: list[ConsumedInput] = Field(
        default=[], alias="inputParameters", description="The operation's parameters."
    )
    raw_format: str = Field(
        default="json",
        alias="outputRawFormat",
        description="The format of the response.",
    )
    output_schema: str | InputPart | None = Field(
        default=None,
        alias="outputSchema",
        description=(
            "For JSON, the schema of the response. For Avro and Protocol Buffers, the"
            " path of the schema. For HTML a CSS selector, for Markdown the start of"
            " headings."
        ),
    )
    example: ResponseExample | None = Field(
        default=None,
        alias="outputExample",
        description="A response, with which the mock answers.",
    )
    media_type: MediaType | None = Field(default=None, alias="outputMediaType")
    size_limit: Size | None = Field(default=None, alias="maxBinarySize")
    outputs: list[ConsumedOutput] = Field(
        default=[],
        alias="outputParameters",
        description="Names for parts of the response.",
    )
    body: Body | None = Field(
        default=None, description="The request's body; {{name}} in it is a parameter."
    )


class ConsumedResource(Model):
    """A path of the upstream, and its operations."""

    name: str
    label: Prose = None
    description: Prose = None
    path: str = Field(
        description="The path below the base URI; {{name}} is a variable in it."
    )
    inputs: list[ConsumedInput] = Field(
        default=[],
        alias="inputParameters",
        description="Parameters of every operation of the path.",
    )
    operations: list[ConsumedOperation] = Field(
        default=[], description="The operations of the path."
    )


class Consumes(Model):
    """An upstream HTTP API."""

    type: Literal["http"] = Field(description="The kind of API.")
    namespace: str
    description: Prose = None
    base_uri: str = Field(
        alias="baseUri",
        description=(
            "The base URI of the API: http or https, a host, and optionally a path."
        ),
    )
    inputs: list[ConsumedInput] = Field(
        default=[],
        alias="inputParameters",
        description="Parameters of every operation.",
    )
    authentication: Authentication | None = Field(
        default=None, description="How requests are authenticated."
    )
    resources: list[ConsumedResource] = Field(
        default=[], description="The paths of the API."
    )
