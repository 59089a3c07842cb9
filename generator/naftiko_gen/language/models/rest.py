"""REST APIs: their routes, and the operations of routes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from naftiko_gen.language.models.adapter import AdapterModel
from naftiko_gen.language.models.base import (
    SHARED,
    MediaType,
    Method,
    Model,
    Port,
    Prose,
    Size,
    read_members,
)
from naftiko_gen.language.models.units import (
    Output,
    RestInput,
    Step,
    StepMapping,
    ToolInput,
    Unit,
)
from naftiko_gen.syntax.tree import Mapping

__all__ = [
    "BinaryResponse",
    "DeclaredResponse",
    "Forward",
    "ResponseContent",
    "Rest",
    "RestOperation",
    "RestResource",
]


class ResponseContent(Model):
    """The body of a response: bytes, or a value that fits a JSON Schema."""

    binary: bool = Field(default=False, description="Whether the body is bytes.")
    schema_: Mapping | None = Field(default=None, alias="schema")


class DeclaredResponse(Model):
    """A response with some status, for documents; its bodies by their media types."""

    description: Prose = None
    content: Annotated[
        dict[MediaType, ResponseContent], BeforeValidator(read_members)
    ] = Field(default_factory=dict, description="The bodies, by their media types.")


class BinaryResponse(Model):
    """The only successful response, whose body is bytes."""

    status: int = Field(
        default=200, ge=100, le=599, description="The status of the response."
    )
    media_type: MediaType = Field(alias="mediaType", description="The media type.")
    description: Prose = None


_Status = Annotated[str, Field(pattern=r"^[1-5]([0-9]{2}|XX)$")]


class RestOperation(Unit):
    """A method of a route. The dialect rules replace `ref` by the function.

    `shared` are the restricted inputs of the function that the route doesn't declare.
    """

    ref: str | None = None
    shared: list[ToolInput] = Field(default=[], alias=SHARED)

    name: str | None = None
    method: Method = "GET"
    inputs: list[RestInput] = Field(default=[], alias="inputParameters")
    responses: Annotated[
        dict[_Status, DeclaredResponse], BeforeValidator(read_members)
    ] = Field(
        default_factory=dict, description="The responses, by status, for OpenAPI."
    )
    binary_response: BinaryResponse | None = Field(
        default=None,
        alias="responseBinary",
        description="The successful response, which is bytes.",
    )


class Forward(Model):
    """The API to which a route passes requests on, with these headers of clients."""

    namespace: str = Field(
        alias="targetNamespace",
        min_length=1,
        description="The namespace of the consumed API.",
    )
    trusted: list[str] = Field(
        default=[],
        alias="trustedHeaders",
        description="The headers of clients that are passed on.",
    )
    name: ClassVar[None] = None
    label: ClassVar[None] = None
    description: ClassVar[None] = None
    call: ClassVar[None] = None
    ref: ClassVar[None] = None
    arguments: ClassVar[None] = None
    steps: ClassVar[list[Step]] = []
    mappings: ClassVar[list[StepMapping]] = []
    outputs: ClassVar[list[Output]] = []
    advertised: ClassVar[None] = None
    inputs: ClassVar[list[RestInput]] = []


class RestResource(Model):
    """A route: its operations, and the API that gets requests of other methods."""

    path: str = Field(description="The path of the routes; {name} is a variable in it.")
    name: str | None = None
    label: Prose = None
    description: Prose = None
    inputs: list[RestInput] = Field(
        default=[],
        alias="inputParameters",
        description="Inputs of every operation of the path.",
    )
    operations: list[RestOperation] = Field(
        default=[], description="The operations of the path, one per method."
    )
    forward: Forward | None = Field(
        default=None,
        description=(
            "The API that gets all requests that no operation of the route takes."
        ),
    )


class Rest(AdapterModel):
    """A REST API."""

    type: Literal["rest"] = Field(description="The kind of adapter.")
    port: Port
    size_limit: Size | None = Field(default=None, alias="maxBinarySize")
    resources: list[RestResource] = Field(default=[], description="The routes.")
