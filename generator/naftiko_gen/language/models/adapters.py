"""Adapters: their keys, the guards of their clients, REST APIs and MCP servers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from naftiko_gen.language.models.base import (
    SHARED,
    MediaType,
    Members,
    Method,
    Model,
    Port,
    Prose,
    Size,
    kind_of,
    unsupported_value,
)
from naftiko_gen.language.models.credentials import ApiKey, Basic, Bearer, Digest
from naftiko_gen.language.models.units import (
    Output,
    Pagination,
    RestInput,
    Step,
    StepMapping,
    ToolInput,
    Unit,
)
from naftiko_gen.language.urls import uri_variables
from naftiko_gen.syntax.tree import Mapping, Scalar, mapping

__all__ = ["BinaryResponse", "ConstantGuard", "DeclaredResponse", "Forward", "Hints"]
__all__ += ["Mcp", "Prompt", "PromptArgument", "PromptMessage", "Resource"]
__all__ += ["ResourceServer", "ResponseContent", "Rest", "RestOperation"]
__all__ += ["RestResource", "Tool"]


class ResourceServer(Model):
    """Access tokens of an authorization server, which clients of an adapter send."""

    type: Literal["oauth2"]
    """The kind of credential."""
    authorization_server: str = Field(alias="authorizationServerUri")
    """The server that issues tokens: their issuer."""
    resource: str | None = None
    """The URL of this adapter, and the audience of tokens."""
    audience: str | None = None
    """The audience of tokens, if it isn't 'resource'."""
    scopes: list[str] = []
    """The permissions that a token must grant."""
    token_endpoint: str | None = Field(default=None, alias="tokenEndpoint")
    """The URL that issues tokens, for the OpenAPI document."""
    validation: Annotated[
        Literal["jwks"],
        unsupported_value(
            "introspection", "validation of tokens by introspection (RFC 7662)"
        ),
    ] = Field(default="jwks", alias="tokenValidation")
    """How tokens are checked: by the keys of their issuer."""


ConstantGuard = Bearer | Basic | Digest | ApiKey

Guard = Annotated[
    Annotated[Bearer, Tag("bearer")]
    | Annotated[Basic, Tag("basic")]
    | Annotated[Digest, Tag("digest")]
    | Annotated[ApiKey, Tag("apikey")]
    | Annotated[ResourceServer, Tag("oauth2")],
    Discriminator(kind_of),
]


class AdapterModel(Model):
    """An adapter of any type."""

    namespace: str = Field(min_length=1)
    address: str | None = None
    """The address of the adapter. Its package listens only on this machine, unless
    <NAMESPACE>_HOST sets another address."""
    authentication: Guard | None = None
    """How clients of the adapter are authenticated."""
    description: Prose = None


class ResponseContent(Model):
    """The body of a response: bytes, or a value that fits a JSON Schema."""

    binary: bool = False
    """Whether the body is bytes."""
    schema_: Mapping | None = Field(default=None, alias="schema")


class DeclaredResponse(Model):
    """A response with some status, for documents; its bodies by their media types."""

    description: Prose = None
    content: Members[MediaType, ResponseContent] = {}
    """The bodies, by their media types."""


class BinaryResponse(Model):
    """The only successful response, whose body is bytes."""

    status: int = Field(default=200, ge=100, le=599)
    """The status of the response."""
    media_type: MediaType = Field(alias="mediaType")
    """The media type."""
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
    responses: Members[_Status, DeclaredResponse] = {}
    """The responses, by status, for OpenAPI."""
    binary_response: BinaryResponse | None = Field(default=None, alias="responseBinary")
    """The successful response, which is bytes."""


class Forward(Model):
    """The API to which a route passes requests on, with these headers of clients."""

    namespace: str = Field(alias="targetNamespace", min_length=1)
    """The namespace of the consumed API."""
    trusted: list[str] = Field(default=[], alias="trustedHeaders")
    """The headers of clients that are passed on."""
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
    on_mismatch: ClassVar[None] = None
    inputs: ClassVar[list[RestInput]] = []


class RestResource(Model):
    """A route: its operations, and the API that gets requests of other methods."""

    path: str
    """The path of the routes; {name} is a variable in it."""
    name: str | None = None
    label: Prose = None
    description: Prose = None
    inputs: list[RestInput] = Field(default=[], alias="inputParameters")
    """Inputs of every operation of the path."""
    operations: list[RestOperation] = []
    """The operations of the path, one per method."""
    forward: Forward | None = None
    """The API that gets all requests that no operation of the route takes."""


class Rest(AdapterModel):
    """A REST API."""

    type: Literal["rest"]
    """The kind of adapter."""
    port: Port
    size_limit: Size | None = Field(default=None, alias="maxBinarySize")
    resources: list[RestResource] = []
    """The routes."""


class Hints(Model):
    """A tool's hints about its own behaviour."""

    read_only: bool | None = Field(default=None, alias="readOnly")
    """Whether calls change nothing."""
    destructive: bool | None = None
    """Whether calls may delete or overwrite something."""
    idempotent: bool | None = None
    """Whether a second equal call changes nothing more."""
    open_world: bool | None = Field(default=None, alias="openWorld")
    """Whether calls reach things beyond the server."""


class Tool(Unit):
    """An MCP tool. The dialect rules replace `ref` by the function."""

    ref: str | None = None

    name: str = Field(min_length=1)
    hints: Hints | None = None
    """Hints about the tool's effects."""
    inputs: list[ToolInput] = Field(default=[], alias="inputParameters")
    pagination: Pagination | None = None
    """How the API splits the list into pages, if it's another way."""


class Resource(Unit):
    """An MCP resource: files at a `location`, or the answer of a call or of steps.

    Braces in the URI of an answer name its inputs.
    """

    name: str = Field(min_length=1)
    uri: str = Field(min_length=1)
    """The address of the resource; {name} in it is an input."""
    media_type: str | None = Field(default=None, alias="mimeType")
    """The media type of the content."""
    binary: bool = False
    """Whether the content is bytes, even if they are text."""
    location: str | None = None
    """A file or a directory of files, below the spec."""
    ref: ClassVar[None] = None

    @property
    def inputs(self) -> list[ToolInput]:
        """Return the variables of the URI as inputs, which are texts."""
        span = self.node.value_span("uri")
        kind = Scalar("string", span)
        return [
            ToolInput.model_validate(
                mapping({"name": Scalar(name, span), "type": kind}, span)
            )
            for name in uri_variables(self.uri)
        ]


class PromptArgument(Model):
    """An argument of a prompt, which is a text."""

    name: str = Field(min_length=1)
    label: Prose = None
    description: Prose = None
    required: bool = True


class PromptMessage(Model):
    """A message of a prompt, with placeholders for arguments."""

    role: Literal["user", "assistant"]
    """Who says the message."""
    content: str
    """The text; {{name}} in it is an argument."""


class Prompt(Model):
    """An MCP prompt: its messages, or a file with a single message."""

    name: str = Field(min_length=1)
    label: Prose = None
    description: Prose = None
    arguments: list[PromptArgument] = []
    """The arguments, which are texts."""
    template: list[PromptMessage] = []
    """The messages."""
    location: str | None = None
    """A file with the only message."""


class Mcp(AdapterModel):
    """An MCP server."""

    description: Prose = None
    """A description of the server, given to clients as instructions."""
    type: Literal["mcp"]
    """The kind of adapter."""
    transport: Literal["http", "stdio"] = "http"
    """How clients connect."""
    port: Port | None = None
    size_limit: Size | None = Field(default=None, alias="maxBinarySize")
    time_to_live: int | None = Field(default=None, alias="ttlMs", ge=0)
    """How long clients may keep lists and contents, in milliseconds."""
    cache_scope: Literal["public", "private"] | None = Field(
        default=None, alias="cacheScope"
    )
    """Whether others may share them: public or private."""
    surface: Literal["full", "lean", "grouped", "search"] = "full"
    """How clients see the tools."""
    groups: Members[str, str] = {}
    """The descriptions of groups of tools, by the operations' tags."""
    tools: list[Tool] = []
    """The tools."""
    resources: list[Resource] = []
    """The resources: files, and answers of operations."""
    prompts: list[Prompt] = []
    """The prompts."""

    @property
    def answered_resources(self) -> list[Resource]:
        """Return the resources that have an answer, instead of files."""
        return [resource for resource in self.resources if resource.location is None]
