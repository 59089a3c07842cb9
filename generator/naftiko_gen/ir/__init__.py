"""The intermediate representation: what a capability means, every reference resolved.

It holds objects, not names: nothing behind it looks up, parses or guesses. Names are
the wire's own (`page[size]`); a target chooses the Python names. What is optional is
None or an empty tuple.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from naftiko_gen.diagnostics.span import Plain

# --- types -------------------------------------------------------


class Primitive(Enum):
    """A JSON type without parts."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Anything:
    """Any JSON value: the document says nothing about the type."""


@dataclass(frozen=True)
class Bytes:
    """Bytes; where JSON, a query or a header holds them, they are in base64."""


@dataclass(frozen=True)
class Array:
    """A JSON array; `items` is `Anything` where the document doesn't say."""

    items: Type


@dataclass(frozen=True)
class Field:
    """A known property of an object type."""

    name: str
    type: Type
    required: bool
    description: str | None = None


@dataclass(frozen=True)
class Object:
    """A JSON object; without fields it is any object."""

    fields: tuple[Field, ...] = ()


Type = Primitive | Anything | Bytes | Array | Object

# --- settings ----------------------------------------------------


@dataclass(frozen=True)
class Variable:
    """An environment variable that must be set at the start."""

    name: str
    secret: bool
    description: str | None = None


# --- templates: values with holes --------------------------------


@dataclass(frozen=True)
class Constant:
    """A literal JSON value."""

    value: Plain


@dataclass(frozen=True)
class Argument:
    """The value of a parameter (of an operation) or an input (of a call), type kept."""

    source: Parameter | Input


@dataclass(frozen=True)
class Setting:
    """The value of an environment variable."""

    variable: Variable


@dataclass(frozen=True)
class Joined:
    """Text around holes: interpolated into one string."""

    parts: tuple[str | Argument | Setting, ...]


@dataclass(frozen=True)
class GraphQL(Joined):
    """A GraphQL document around holes; values in it can't become more than values.

    It is there whatever of it is absent: nothing between quotes, `null` elsewhere.
    """


@dataclass(frozen=True)
class ObjectTemplate:
    """An object; a key whose value is an absent optional `Argument` is left out."""

    entries: tuple[tuple[str, Template], ...]


@dataclass(frozen=True)
class ArrayTemplate:
    """An array; an item that is an absent optional `Argument` is left out."""

    items: tuple[Template, ...]


Template = Constant | Argument | Setting | Joined | ObjectTemplate | ArrayTemplate
Text = Constant | Setting | Joined
"""A template of a setting's value: holds no `Argument`."""

# --- what is consumed --------------------------------------------


@dataclass(frozen=True)
class Bearer:
    """`Authorization: Bearer <token>`."""

    token: Text


@dataclass(frozen=True)
class Basic:
    """`Authorization: Basic <base64 of username:password>`."""

    username: Text
    password: Text


@dataclass(frozen=True)
class HeaderKey:
    """A credential in a header of its own."""

    name: str
    value: Text


@dataclass(frozen=True)
class QueryKey:
    """A credential in a query parameter."""

    name: str
    value: Text


@dataclass(frozen=True)
class CookieKey:
    """A credential in a cookie."""

    name: str
    value: Text


@dataclass(frozen=True)
class BodyKey:
    """A credential that is a member of every body."""

    name: str
    value: Text


@dataclass(frozen=True)
class PathKey:
    """A credential in the path.

    `tail` is the end of the base URI that holds it and follows `base_uri`; if it's
    empty, paths of operations hold it.
    """

    name: str
    value: Text
    tail: tuple[str | Text, ...]


@dataclass(frozen=True)
class SeveralKeys:
    """Credentials in headers, or in query parameters."""

    keys: tuple[HeaderKey, ...] | tuple[QueryKey, ...]


@dataclass(frozen=True)
class Digest:
    """Answers to challenges by HTTP Digest."""

    username: Text
    password: Text


@dataclass(frozen=True)
class RsaKey:
    """Signs by RSA-SHA256: PEM, or the path of its file."""

    key: Text


@dataclass(frozen=True)
class SharedSecret:
    """Signs by HMAC; `method` is the name that OAuth 1.0a has for it."""

    method: str
    secret: Text
    token_secret: Text | None


@dataclass(frozen=True)
class OAuth1:
    """A signature of OAuth 1.0a."""

    consumer_key: Text
    signature: RsaKey | SharedSecret
    token: Text | None


@dataclass(frozen=True)
class OAuth2:
    """A bearer token that an authorization server gives for the client's credentials.

    `parameters` are sent along: scope, audience, resource.
    """

    token_endpoint: Text
    client_id: Text
    client_secret: Text
    parameters: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class SigV4:
    """AWS Signature Version 4."""

    access_key_id: Text
    secret_key: Text
    session_token: Text | None
    region: Text
    service: Text


@dataclass(frozen=True)
class Hmac:
    """Veracode's HMAC scheme."""

    api_id: Text
    api_key: Text


@dataclass(frozen=True)
class Certificate:
    """A client certificate: the path of a file, and its password."""

    path: Text
    password: Text | None


Keys = HeaderKey | QueryKey | CookieKey | BodyKey | PathKey | SeveralKeys
Signing = OAuth1 | OAuth2 | SigV4 | Hmac | Digest | Certificate
Static = Bearer | Basic | HeaderKey | QueryKey | CookieKey | SeveralKeys
"""Credentials that are headers or query parameters, the same in every request."""


class Fallback(Enum):
    """How operations behave if none of several credentials is set."""

    OFF = "off"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Alternatives:
    """Credentials of which the first one counts whose variables are set."""

    credentials: tuple[Static, ...]
    fallback: Fallback = Fallback.OFF


Single = Bearer | Basic | Keys | Signing
Credential = Single | Alternatives


@dataclass(frozen=True)
class Upstream:
    """A consumed HTTP API; `base_uri` ends in no slash, its variables are settings."""

    namespace: str
    base_uri: tuple[str | Variable, ...]
    credential: Credential | None
    description: str | None = None


@dataclass(frozen=True)
class Parameter:
    """Something the caller of an operation gives it.

    `place` is for documentation: where it is sent stands in the operation.
    """

    name: str
    place: Place
    type: Type
    required: bool
    description: str | None = None


class Place(Enum):
    """Where a parameter stands in a request."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True)
class Entity:
    """The JSON request body is this parameter's value.

    Where bytes are given, they are sent as they are.
    """

    parameter: Parameter


@dataclass(frozen=True)
class BodyTemplate:
    """The JSON request body is built from parameters and settings."""

    template: Template


@dataclass(frozen=True)
class BytesBody:
    """The request body is this parameter's bytes.

    They are of this media type unless the caller names another.
    """

    media_type: str
    parameter: Parameter


class Escaping(Enum):
    """How a value is written into the text around it."""

    NONE = "none"
    XML = "xml"
    FORM = "form"


@dataclass(frozen=True)
class TextBody:
    """The request body is text.

    There is no body without a value that is all of it; any other value that is absent
    is empty text.
    """

    media_type: str
    template: Template
    escaping: Escaping = Escaping.NONE


@dataclass(frozen=True)
class FormBody:
    """The request body is URL-encoded: the members of an object, lists repeated.

    A text is encoded already.
    """

    template: Template


@dataclass(frozen=True)
class FieldPart:
    """A field of a multipart body; an absent one is left out, a list is repeated."""

    name: str
    value: Template


@dataclass(frozen=True)
class FilePart:
    """A file in a multipart body; text is sent as UTF-8."""

    name: str
    value: Template
    filename: Template
    media_type: Template


Part = FieldPart | FilePart


@dataclass(frozen=True)
class MultipartBody:
    """The request body is `multipart/form-data`."""

    parts: tuple[Part, ...]


Body = Entity | BodyTemplate | BytesBody | TextBody | FormBody | MultipartBody


JSON_MEDIA = ("application/json",)
"""The media types of JSON."""


class Format(Enum):
    """What an answer that is shaped is written in."""

    JSON = "json"
    XML = "xml"
    CSV = "csv"
    TSV = "tsv"
    PSV = "psv"


@dataclass(frozen=True)
class Operation:
    """An upstream operation.

    `path` starts with "/" and alternates text and variables, where text is not yet
    percent-encoded. `query` and `headers` are in the order in which they are sent; an
    entry whose template is an absent optional `Argument` is left out. The upstream's
    credential is not among them. `answers` is None if no shape can be made of them;
    `media_types` are the media types that they may have.
    """

    name: str
    upstream: Upstream
    method: str
    path: tuple[str | Parameter | Variable, ...]
    parameters: tuple[Parameter, ...]
    query: tuple[tuple[str, Template], ...] = ()
    headers: tuple[tuple[str, Template], ...] = ()
    body: Body | None = None
    description: str | None = None
    answers: Format | None = Format.JSON
    media_types: tuple[str, ...] = JSON_MEDIA


# --- outputs -----------------------------------------------------


class Each(Enum):
    """The wildcard step of a path: every element of an array."""

    ELEMENT = "*"


Step = str | int | Each


@dataclass(frozen=True)
class Identity:
    """The upstream's answer as it is."""


@dataclass(frozen=True)
class Pick:
    """The value at a path, null if absent.

    The path is relative to what the enclosing projection looks at.
    """

    path: tuple[Step, ...]
    type: Type


@dataclass(frozen=True)
class Literal:
    """A value that stands in the document."""

    value: Plain


@dataclass(frozen=True)
class Shape:
    """An object with exactly these members; `path` says what they are relative to."""

    path: tuple[Step, ...]
    members: tuple[tuple[str, Projection], ...]


@dataclass(frozen=True)
class Items:
    """An array: `item` applied to every element of the array at `path`."""

    path: tuple[Step, ...]
    item: Projection


Projection = Identity | Pick | Literal | Shape | Items

# --- what is exposed ---------------------------------------------


@dataclass(frozen=True)
class InPath:
    """A variable of the route."""


@dataclass(frozen=True)
class InQuery:
    """A query parameter of the input's name."""


@dataclass(frozen=True)
class InHeader:
    """A header field of the input's name."""


@dataclass(frozen=True)
class InBody:
    """The whole JSON request body."""


@dataclass(frozen=True)
class InText:
    """The whole request body, which is text."""


@dataclass(frozen=True)
class InContent:
    """The whole request body as it comes, of its media type or else of this one."""

    media_type: str


@dataclass(frozen=True)
class InField:
    """A member of the JSON request body, at this path of keys."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class InArguments:
    """An argument of a tool."""


Location = (
    InPath | InQuery | InHeader | InBody | InText | InContent | InField | InArguments
)


@dataclass(frozen=True)
class Input:
    """Something the caller of a route or tool gives it, under this name."""

    name: str
    location: Location
    type: Type
    required: bool
    description: str | None = None


@dataclass(frozen=True)
class Call:
    """An operation and what each of its parameters is given; the others are absent."""

    operation: Operation
    arguments: tuple[tuple[Parameter, Template], ...]


@dataclass(frozen=True)
class RestOperation:
    """One method of one route.

    `route` alternates text, not yet percent-encoded, and inputs.
    """

    name: str
    method: str
    route: tuple[str | Input, ...]
    inputs: tuple[Input, ...]
    call: Call
    output: Projection
    description: str

    @property
    def path(self) -> tuple[str | None, ...]:
        """Return the route without the names of its variables."""
        return tuple(part if isinstance(part, str) else None for part in self.route)


DOCUMENT_PATH = "/openapi.json"
"""Where a REST API serves its OpenAPI document."""


@dataclass(frozen=True)
class RestAdapter:
    """A REST API.

    Literal segments come before variables in the order of `operations`.
    """

    namespace: str
    port: int
    operations: tuple[RestOperation, ...]
    description: str | None = None

    @property
    def serves_document(self) -> bool:
        """Say whether the OpenAPI document is served: no route has its path."""
        return all(one.path != (DOCUMENT_PATH,) for one in self.operations)

    @property
    def has_page(self) -> bool:
        """Say whether the page with the routes is served: no route has its path."""
        return all(one.path != ("/",) for one in self.operations)

    def first(self, path: tuple[str | None, ...]) -> RestOperation:
        """Return the first operation of a path."""
        return self._firsts[path]

    @cached_property
    def _firsts(self) -> Mapping[tuple[str | None, ...], RestOperation]:
        return {one.path: one for one in reversed(self.operations)}

    def named(self, name: str) -> int:
        """Return how many operations have that name."""
        return self._names[name]

    @cached_property
    def _names(self) -> Counter[str]:
        return Counter(one.name for one in self.operations)


@dataclass(frozen=True)
class Hints:
    """What a tool says of itself; None where the document doesn't say."""

    read_only: bool | None = None
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = None


@dataclass(frozen=True)
class Tool:
    """An MCP tool, in the document's order."""

    name: str
    title: str | None
    description: str
    hints: Hints
    inputs: tuple[Input, ...]
    call: Call
    output: Projection


class Transport(Enum):
    """How an MCP adapter is reached by `serve`."""

    HTTP = "http"
    STDIO = "stdio"


@dataclass(frozen=True)
class McpAdapter:
    """An MCP server."""

    namespace: str
    port: int
    transport: Transport
    tools: tuple[Tool, ...]
    description: str | None = None


@dataclass(frozen=True)
class SkillTool:
    """An entry of a skill: a route or a tool under the skill's own name for it."""

    name: str
    description: str
    unit: RestOperation | Tool


@dataclass(frozen=True)
class SkillHeader:
    """What the front matter of a skill says beside its name and description."""

    license: str | None = None
    compatibility: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    allowed_tools: tuple[str, ...] = ()
    argument_hint: str | None = None
    user_invocable: bool = True
    model_invocation: bool = True


@dataclass(frozen=True)
class SkillFile:
    """A file that belongs to a skill, where it is installed."""

    path: str
    description: str | None = None


@dataclass(frozen=True)
class Skill:
    """An Agent Skill. Without tools of its own it covers every tool and route.

    `files` starts with the directory of the others.
    """

    name: str
    description: str
    tools: tuple[SkillTool, ...] = ()
    header: SkillHeader = SkillHeader()
    files: tuple[SkillFile, ...] = ()


@dataclass(frozen=True)
class Capability:
    """A whole document. `operations` are those that are called, in its order."""

    slug: str
    source: str
    label: str
    description: str | None
    tags: tuple[str, ...]
    version: str
    variables: tuple[Variable, ...]
    upstreams: tuple[Upstream, ...]
    operations: tuple[Operation, ...]
    rest: tuple[RestAdapter, ...]
    mcp: tuple[McpAdapter, ...]
    skills: tuple[Skill, ...]

    @property
    def adapters(self) -> tuple[RestAdapter | McpAdapter, ...]:
        """Return the adapters that can listen on a port."""
        return (*self.rest, *self.mcp)

    @cached_property
    def routes(self) -> tuple[RestOperation, ...]:
        """Return the operations of all REST adapters."""
        return tuple(one for adapter in self.rest for one in adapter.operations)

    @cached_property
    def tools(self) -> tuple[Tool, ...]:
        """Return the tools of all MCP adapters."""
        return tuple(one for adapter in self.mcp for one in adapter.tools)

    @property
    def units(self) -> tuple[RestOperation | Tool, ...]:
        """Return everything that is exposed: routes, then tools."""
        return (*self.routes, *self.tools)

    def calling(self, operation: Operation) -> Sequence[RestOperation | Tool]:
        """Return the units that call an operation: routes, then tools."""
        return self._callers.get(id(operation), ())

    @cached_property
    def _callers(self) -> Mapping[int, list[RestOperation | Tool]]:
        # By identity, as operations are the same: to hash one takes all that it holds.
        callers: dict[int, list[RestOperation | Tool]] = {}
        for unit in self.units:
            callers.setdefault(id(unit.call.operation), []).append(unit)
        return callers

    def given(self, parameter: Parameter) -> Sequence[Template]:
        """Return what calls give a parameter."""
        return self._given.get(id(parameter), ())

    @cached_property
    def _given(self) -> Mapping[int, list[Template]]:
        given: dict[int, list[Template]] = {}
        for unit in self.units:
            for parameter, template in unit.call.arguments:
                given.setdefault(id(parameter), []).append(template)
        return given
