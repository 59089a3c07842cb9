"""The normalised spec as typed models, one class for each noun of the language.

Every model keeps the syntax tree node that it was read from (`node`), so that later
stages can point at its keys and values.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from naftiko_gen.language.sizes import SIZE_PATTERN
from naftiko_gen.language.uris import uri_variables
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence, mapping

# A key from a file never contains NUL, so this can't clash with one.
NODE = "\0node"
SHARED = "\0shared"

# --- reading the tree --------------------------------------------


def _unwrap(node: Node) -> object:
    """Turn scalars and lists into Python's; mappings stay nodes, for their models."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [_unwrap(item) for item in node.items]
        case Mapping():
            return node


def _members(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {entry.key: _unwrap(entry.value) for entry in value.entries}


def _blank_is_absent(value: object) -> object:
    is_blank = isinstance(value, str) and not value.strip()
    return None if is_blank else value


_Prose = Annotated[str | None, BeforeValidator(_blank_is_absent)]


class _Unsupported:
    """Refuses a key of the language that can't be compiled yet."""

    def __init__(self, feature: str) -> None:
        self._feature = feature

    def __call__(self, value: object) -> None:
        if value is not None:
            context = {"feature": self._feature}
            raise PydanticCustomError("unsupported", "{feature}", context)


def _refusal(feature: str) -> BeforeValidator:
    return BeforeValidator(_Unsupported(feature))


def _unsupported_value(word: str, feature: str) -> BeforeValidator:
    refuse = _Unsupported(feature)

    def check(value: object) -> object:
        if value == word:
            refuse(value)
        return value

    return BeforeValidator(check)


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        arbitrary_types_allowed=True,
        # Only the schema of the whole spec is used.
        defer_build=True,
    )

    node: Mapping = Field(alias=NODE, repr=False)

    # Two parts of a spec may say the same, so a part as a key is itself alone. Pydantic
    # replaces a hash that is `object.__hash__` by one of all fields.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        members = _members(value)
        if isinstance(members, dict):
            members[NODE] = value
        return members


def _kind(value: object) -> object:
    node = value.get("type") if isinstance(value, Mapping) else None
    return node.value if isinstance(node, Scalar) else None


def models_by_type(union: object) -> dict[str, type[_Model]]:
    """Return the models of a discriminated union, by their types."""
    members, _ = get_args(union)
    return {tag.tag: model for model, tag in map(get_args, get_args(members))}


def _single(value: object) -> object:
    if isinstance(value, (list, Mapping)):
        raise PydanticCustomError("single_type", "a single value is expected")
    return value


_TEXTS = ("text", "xml", "sparql")
_TEXTUAL = re.compile(
    r"text/.+|.+[/+](xml|yaml|x-yaml)|.+/(sparql-.+|graphql|(x-)?(ndjson|jsonl|toml))"
)
_JSON = re.compile(r".+[/+]json")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_MEDIA_RANGE = re.compile(r"\*/\*|[\w.+-]+/\*(\+[\w.-]+)?")
"""A range of media types, such as `image/*`."""


def _discriminator_schema(*patterns: str) -> WithJsonSchema:
    """Return the JSON Schema of the `type` that discriminates bodies."""
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{'|'.join(patterns)})$"})


def _body_kind(value: object) -> str | None:
    """Return the tag of a body, whose type may also be a media type."""
    if isinstance(value, str):
        return "raw"
    kind = _kind(value)
    if not isinstance(kind, str):
        return None
    if _MEDIA_TYPE.fullmatch(kind):
        return media_kind(kind)
    return "text" if kind in _TEXTS else kind


def _alternative_kind(value: object) -> str | None:
    """Return the tag of an alternative, whose type may also be a range."""
    kind = _kind(value)
    is_range = isinstance(kind, str) and _MEDIA_RANGE.fullmatch(kind)
    return media_kind(str(kind)) if is_range else _body_kind(value)


def media_kind(media_type: str) -> Literal["json", "text", "bytes"]:
    """Return the kind of content that a media type has."""
    if _JSON.fullmatch(media_type):
        return "json"
    return "text" if is_textual(media_type) else "bytes"


def is_textual(media_type: str) -> bool:
    """Return whether bodies of a media type are text."""
    return _TEXTUAL.fullmatch(media_type) is not None


Constant = Annotated[str | int | float | bool, BeforeValidator(_single)]
Kind = Literal["string", "integer", "number", "boolean", "array", "object"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
Port = Annotated[int, Field(ge=1, le=65535)]

# --- credentials and bindings ------------------------------------


class _Extension(_Model):
    """A credential that the official language doesn't have."""


class Bearer(_Model):
    """A token in `Authorization: Bearer`."""

    type: Literal["bearer"]
    token: str


class Basic(_Model):
    """User name and password in `Authorization: Basic`."""

    type: Literal["basic"]
    username: str
    password: str


class Digest(_Model):
    """User name and password, in responses to challenges."""

    type: Literal["digest"]
    username: str
    password: str


class Key(_Model):
    """A key: a value, and the place in the request where it is sent."""

    key: str
    value: str
    placement: Literal["header", "query", "cookie", "body", "path"] = "header"


class ApiKey(Key):
    """A single key; in the path it replaces a variable."""

    type: Literal["apikey"]


class ApiKeys(_Model):
    """Several keys. The dialect rules turn lists of keys into this form."""

    type: Literal["apikeys"]
    keys: list[Key] = Field(min_length=1)


class OAuth1(_Extension):
    """A signature by an RSA key (`signingKey`) or by a shared secret."""

    type: Literal["oauth1"]
    consumer_key: str = Field(alias="consumerKey")
    signing_key: str | None = Field(default=None, alias="signingKey")
    consumer_secret: str | None = Field(default=None, alias="consumerSecret")
    token: str | None = None
    token_secret: str | None = Field(default=None, alias="tokenSecret")
    method: Literal["RSA-SHA256", "HMAC-SHA1", "HMAC-SHA256"] | None = Field(
        default=None, alias="signatureMethod"
    )


class OAuth2(_Extension):
    """A token that the package fetches with its own client credentials."""

    type: Literal["oauth2"]
    grant: Literal["client_credentials"] = Field(
        default="client_credentials", alias="grantType"
    )
    token_endpoint: str = Field(alias="tokenEndpoint")
    client_id: str = Field(alias="clientId")
    client_secret: str = Field(alias="clientSecret")
    scopes: list[str] = []
    audience: str | None = None
    resource: str | None = None
    authorization_server: str | None = Field(
        default=None, alias="authorizationServerUri"
    )


class SigV4(_Extension):
    """AWS Signature Version 4."""

    type: Literal["aws-sig-v4"]
    access_key_id: str = Field(alias="accessKeyId")
    secret_key: str = Field(alias="secretKey")
    session_token: str | None = Field(default=None, alias="sessionToken")
    region: str
    service: str


class Hmac(_Extension):
    """Veracode's signature with a shared key."""

    type: Literal["hmac"]
    api_id: str = Field(alias="apiId")
    api_key: str = Field(alias="apiKey")


class Certificate(_Extension):
    """A client certificate with its key, in a file."""

    type: Literal["certificate"]
    path: str = Field(alias="certPath")
    password: str | None = Field(default=None, alias="certPassword")


_Single = (
    Annotated[Bearer, Tag("bearer")]
    | Annotated[Basic, Tag("basic")]
    | Annotated[Digest, Tag("digest")]
    | Annotated[ApiKey, Tag("apikey")]
    | Annotated[ApiKeys, Tag("apikeys")]
    | Annotated[OAuth1, Tag("oauth1")]
    | Annotated[OAuth2, Tag("oauth2")]
    | Annotated[SigV4, Tag("aws-sig-v4")]
    | Annotated[Hmac, Tag("hmac")]
    | Annotated[Certificate, Tag("certificate")]
)
Single = Annotated[_Single, Discriminator(_kind)]

CREDENTIALS = {
    kind: model
    for kind, model in models_by_type(Single).items()
    if model is not ApiKeys
}
"""The credentials that an author can write, by their types."""
EXTENSIONS = frozenset(
    kind for kind, model in CREDENTIALS.items() if issubclass(model, _Extension)
)
"""The types of credentials that the official language doesn't have."""


class Anonymous(_Model):
    """No credential; as the last alternative, it makes the others optional."""

    type: Literal["none"]


Alternative = Annotated[
    _Single | Annotated[Anonymous, Tag("none")], Discriminator(_kind)
]


class Alternatives(_Model):
    """Credentials of which one is enough. The dialect rules create it."""

    type: Literal["alternatives"]
    credentials: list[Alternative]


Authentication = Annotated[
    _Single | Annotated[Alternatives, Tag("alternatives")], Discriminator(_kind)
]


class ResourceServer(_Model):
    """Access tokens of an authorization server, which clients of an adapter send."""

    type: Literal["oauth2"]
    authorization_server: str = Field(alias="authorizationServerUri")
    resource: str | None = None
    audience: str | None = None
    scopes: list[str] = []
    token_endpoint: str | None = Field(default=None, alias="tokenEndpoint")
    validation: Annotated[
        Literal["jwks"],
        _unsupported_value(
            "introspection", "validation of tokens by introspection (RFC 7662)"
        ),
    ] = Field(default="jwks", alias="tokenValidation")


ConstantGuard = Bearer | Basic | Digest | ApiKey
Guard = Annotated[
    Annotated[Bearer, Tag("bearer")]
    | Annotated[Basic, Tag("basic")]
    | Annotated[Digest, Tag("digest")]
    | Annotated[ApiKey, Tag("apikey")]
    | Annotated[ResourceServer, Tag("oauth2")],
    Discriminator(_kind),
]


class Binding(_Model):
    """Names for templates, and the variables, or the keys of a `location`, behind."""

    namespace: str
    description: _Prose = None
    location: str | None = None
    keys: Annotated[dict[str, str], BeforeValidator(_members)] = Field(
        default_factory=dict
    )
    defaults: Annotated[dict[str, str], BeforeValidator(_members)] = Field(
        default_factory=dict
    )
    choices: Annotated[dict[str, list[str]], BeforeValidator(_members)] = Field(
        default_factory=dict
    )


_MEDIA_TYPE_PATTERN = (
    r"^[a-zA-Z0-9!#$&^_.+-]+/[a-zA-Z0-9!#$&^_.+-]+"
    r"(\s*;\s*[a-zA-Z0-9!#$&^_.+-]+=([a-zA-Z0-9!#$&^_.+-]+|\"[\x20-\x7e]*\"))*$"
)
_MediaType = Annotated[str, Field(pattern=_MEDIA_TYPE_PATTERN)]
_TypeOrRange = Annotated[
    str, Field(pattern=f"^(?:{_MEDIA_TYPE.pattern}|{_MEDIA_RANGE.pattern})$")
]


# --- consumes ----------------------------------------------------


class _Styled(_Model):
    """A value whose lists and objects have a style of OpenAPI."""

    style: Literal["form", "spaceDelimited", "pipeDelimited", "deepObject"] | None = (
        None
    )
    explode: bool | None = None
    allow_reserved: bool = Field(default=False, alias="allowReserved")


class ConsumedInput(_Model):
    """A parameter of a consumed operation; a `value` fixes it."""

    name: str = Field(min_length=1)
    place: Literal["query", "header", "path", "body", "cookie", "environment"] = Field(
        alias="in"
    )
    value: Constant | None = None
    type: Kind | None = None
    required: bool | None = None
    description: _Prose = None
    schema_: InputPart | None = Field(default=None, alias="schema")
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


class ConsumedOutput(_Model):
    """A named part of the upstream's response; only steps can refer to it."""

    name: str
    type: Kind
    value: str


class _Described(_Model):
    """A body, and others that a client can choose by their media types."""

    alternatives: list[BodyAlternative] = []


class JsonBody(_Described):
    """JSON, maybe with its own media type; without `data` the client sends the body."""

    type: Annotated[str, _discriminator_schema("json", _JSON.pattern)]
    data: object = None


class TextBody(_Described):
    """Text: plain, XML, SPARQL or with its own media type."""

    type: Annotated[str, _discriminator_schema(*_TEXTS, _TEXTUAL.pattern)]
    data: str | None = None
    media_type: _TypeOrRange | None = Field(default=None, alias="contentType")


class BytesBody(_Described):
    """Bytes with a media type."""

    type: Annotated[
        str, _discriminator_schema(_MEDIA_TYPE.pattern, _MEDIA_RANGE.pattern)
    ]
    data: str | None = None


class _Encoded(_Styled):
    """A field of a form, or a part; a file name or a type makes it a file."""

    filename: str | None = None
    media_type: str | None = Field(default=None, alias="contentType")
    headers: Annotated[dict[str, str], BeforeValidator(_members)] = Field(
        default_factory=dict
    )


class Encoding(_Encoded):
    """The encoding of a field of a form, or of a member of a multipart body."""

    content_encoding: Literal["base64"] | None = Field(
        default=None, alias="contentEncoding"
    )


class FormBody(_Described):
    """A URL-encoded form: a mapping of fields, or its encoded text, with templates."""

    type: Literal["formUrlEncoded"]
    data: str | Mapping | None = None
    encoding: Annotated[dict[str, Encoding], BeforeValidator(_members)] = Field(
        default_factory=dict
    )


class Part(_Encoded):
    """A part of a multipart body. A list or mapping is sent as JSON."""

    name: str
    value: object


def _parts_or_object(value: object) -> str:
    return "parts" if isinstance(value, list) else "object"


class MultipartBody(_Described):
    """A multipart form, which can contain files: its parts, or an object of them."""

    type: Literal["multipartForm"]
    data: Annotated[
        Annotated[str, Tag("object")] | Annotated[list[Part], Tag("parts")],
        Discriminator(_parts_or_object),
    ] = []
    encoding: Annotated[dict[str, Encoding], BeforeValidator(_members)] = Field(
        default_factory=dict
    )


BODY_TYPES = ("json", *_TEXTS, "formUrlEncoded", "multipartForm")
"""The types of bodies that are words; every media type is a type as well."""
DescribedBody = JsonBody | TextBody | BytesBody | FormBody | MultipartBody
BodyAlternative = Annotated[
    Annotated[JsonBody, Tag("json")]
    | Annotated[TextBody, Tag("text")]
    | Annotated[BytesBody, Tag("bytes")]
    | Annotated[FormBody, Tag("formUrlEncoded")]
    | Annotated[MultipartBody, Tag("multipartForm")],
    Discriminator(_alternative_kind),
]
Body = Annotated[
    Annotated[str, Tag("raw")]
    | Annotated[JsonBody, Tag("json")]
    | Annotated[TextBody, Tag("text")]
    | Annotated[BytesBody, Tag("bytes")]
    | Annotated[FormBody, Tag("formUrlEncoded")]
    | Annotated[MultipartBody, Tag("multipartForm")],
    Discriminator(_body_kind),
]
for _model in get_args(DescribedBody):
    _model.model_rebuild()


_Size = Annotated[str, Field(pattern=SIZE_PATTERN)]


class ResponseExample(_Model):
    """A response of the upstream, with which the mock answers."""

    status: Annotated[int, Field(ge=200, le=299)] = 200
    media_type: _MediaType | None = Field(default=None, alias="mediaType")
    text: str | None = None


class ConsumedOperation(_Model):
    """A consumed operation."""

    name: str
    label: _Prose = None
    description: _Prose = None
    method: Method = "GET"
    inputs: list[ConsumedInput] = Field(default=[], alias="inputParameters")
    raw_format: str = Field(default="json", alias="outputRawFormat")
    output_schema: str | InputPart | None = Field(default=None, alias="outputSchema")
    example: ResponseExample | None = Field(default=None, alias="outputExample")
    media_type: _MediaType | None = Field(default=None, alias="outputMediaType")
    size_limit: _Size | None = Field(default=None, alias="maxBinarySize")
    outputs: list[ConsumedOutput] = Field(default=[], alias="outputParameters")
    body: Body | None = None


class ConsumedResource(_Model):
    """A path of the upstream, and its operations."""

    name: str
    label: _Prose = None
    description: _Prose = None
    path: str
    inputs: list[ConsumedInput] = Field(default=[], alias="inputParameters")
    operations: list[ConsumedOperation] = []


class Consumes(_Model):
    """An upstream HTTP API."""

    type: Literal["http"]
    namespace: str
    description: _Prose = None
    base_uri: str = Field(alias="baseUri")
    inputs: list[ConsumedInput] = Field(default=[], alias="inputParameters")
    authentication: Authentication | None = None
    resources: list[ConsumedResource] = []


# --- exposes -----------------------------------------------------


class Output(_Model):
    """The shape of a response: a value at a path, a literal, an object or an array."""

    type: Kind
    name: str | None = None
    description: _Prose = None
    mapping: str | None = None
    value: Constant | None = None
    const: object = None
    properties: Annotated[dict[str, Output], BeforeValidator(_members)] | None = None
    items: Output | None = None


class CallStep(_Model):
    """A step that calls an operation."""

    type: Literal["call"]
    name: str = Field(min_length=1)
    call: str
    arguments: Mapping | None = Field(default=None, alias="with")


class LookupStep(_Model):
    """A step that finds entries in the answer of an earlier step."""

    type: Literal["lookup"]
    name: str = Field(min_length=1)
    index: str
    match: str
    value: Constant = Field(alias="lookupValue")
    fields: list[str] = Field(alias="outputParameters")


class ScriptStep(_Model):
    """A step that computes a value by a script; its dependencies run before it."""

    type: Literal["script"]
    name: str = Field(min_length=1)
    language: str | None = None
    location: str | None = None
    file: str = Field(min_length=1)
    dependencies: list[str] = []
    arguments: Mapping | None = Field(default=None, alias="with")


Step = Annotated[
    Annotated[CallStep, Tag("call")]
    | Annotated[LookupStep, Tag("lookup")]
    | Annotated[ScriptStep, Tag("script")],
    Discriminator(_kind),
]


class StepMapping(_Model):
    """A member of the answer, whose dots separate the names of nested objects."""

    target: str = Field(alias="targetName", min_length=1)
    value: Constant


class _Unit(_Model):
    """The common part of routes, tools and functions: a call or steps, and outputs."""

    label: _Prose = None
    description: _Prose = None
    call: str | None = None
    arguments: Mapping | None = Field(default=None, alias="with")
    steps: list[Step] = []
    mappings: list[StepMapping] = []
    outputs: list[Output] = Field(default=[], alias="outputParameters")
    advertised: _MediaType | None = Field(default=None, alias="outputMediaType")


_KINDS_OF_VALUES: dict[type, Kind] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}


_Bound = int | float
_Count = Annotated[int, Field(ge=0, le=100_000)]


class _Restricted(_Model):
    """A value of a client, with its type and further restrictions.

    `others` describes members of an object that `properties` doesn't list; `assumed` is
    the value that the upstream assumes if it gets none.
    """

    type: Kind | None = None
    description: _Prose = None
    enum: list[Constant] | None = Field(default=None, min_length=1)
    pattern: str | None = None
    items: InputPart | None = None
    properties: Annotated[dict[str, InputPart], BeforeValidator(_members)] | None = None
    others: bool | InputPart | None = Field(default=None, alias="additionalProperties")
    format: str | None = Field(default=None, pattern=r"^[!-~]+$")
    minimum: _Bound | None = None
    maximum: _Bound | None = None
    exclusive_minimum: _Bound | None = Field(default=None, alias="exclusiveMinimum")
    exclusive_maximum: _Bound | None = Field(default=None, alias="exclusiveMaximum")
    min_length: _Count | None = Field(default=None, alias="minLength")
    max_length: _Count | None = Field(default=None, alias="maxLength")
    min_items: _Count | None = Field(default=None, alias="minItems")
    max_items: _Count | None = Field(default=None, alias="maxItems")
    any_of: list[InputPart] | None = Field(default=None, alias="anyOf", min_length=1)
    one_of: list[InputPart] | None = Field(default=None, alias="oneOf", min_length=1)
    assumed: object = Field(default=None, alias="apiDefault")

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
        if any(one is not None for one in texts):
            return "string"
        bounds = (
            *(self.minimum, self.maximum),
            *(self.exclusive_minimum, self.exclusive_maximum),
        )
        return "number" if any(one is not None for one in bounds) else None

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


class InputPart(_Restricted):
    """A part of a value that a client passes, such as an item of an array.

    The schema of a response has the same keys.
    """

    required: bool = False
    nullable: bool = False


class _Input(_Restricted):
    """An input, which has a value of its own if a client passes none."""

    name: str = Field(min_length=1)
    default: object = None


class RestInput(_Input):
    """A declared input of a route; a `value` is a JSONPath into the request body."""

    place: Literal["query", "header", "path", "body", "cookie"] = Field(alias="in")
    required: bool | None = None
    value: str | None = None


class ToolInput(_Input):
    """A declared input of a tool."""

    required: bool = True


class ResponseContent(_Model):
    """The body of a response: bytes, or a value that fits a JSON Schema."""

    binary: bool = False
    schema_: Mapping | None = Field(default=None, alias="schema")


class DeclaredResponse(_Model):
    """A response with some status, for documents; its bodies by their media types."""

    description: _Prose = None
    content: Annotated[dict[_MediaType, ResponseContent], BeforeValidator(_members)] = (
        Field(default_factory=dict)
    )


class BinaryResponse(_Model):
    """The only successful response, whose body is bytes."""

    status: int = Field(default=200, ge=100, le=599)
    media_type: _MediaType = Field(alias="mediaType")
    description: _Prose = None


_Status = Annotated[str, Field(pattern=r"^[1-5]([0-9]{2}|XX)$")]


class RestOperation(_Unit):
    """A method of a route. The dialect rules replace `ref` by the function.

    `shared` are the restricted inputs of the function that the route doesn't declare.
    """

    ref: str | None = None
    shared: list[ToolInput] = Field(default=[], alias=SHARED)

    name: str | None = None
    method: Method = "GET"
    inputs: list[RestInput] = Field(default=[], alias="inputParameters")
    responses: Annotated[dict[_Status, DeclaredResponse], BeforeValidator(_members)] = (
        Field(default_factory=dict)
    )
    binary_response: BinaryResponse | None = Field(default=None, alias="responseBinary")


class Forward(_Model):
    """The API to which a route passes requests on, with these headers of clients."""

    namespace: str = Field(alias="targetNamespace", min_length=1)
    trusted: list[str] = Field(default=[], alias="trustedHeaders")
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


class RestResource(_Model):
    """A route: its operations, and the API that gets requests of other methods."""

    path: str
    name: str | None = None
    label: _Prose = None
    description: _Prose = None
    inputs: list[RestInput] = Field(default=[], alias="inputParameters")
    operations: list[RestOperation] = []
    forward: Forward | None = None


class Hints(_Model):
    """A tool's hints about its own behaviour."""

    read_only: bool | None = Field(default=None, alias="readOnly")
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = Field(default=None, alias="openWorld")


class Tool(_Unit):
    """An MCP tool. The dialect rules replace `ref` by the function."""

    ref: str | None = None

    name: str = Field(min_length=1)
    hints: Hints | None = None
    inputs: list[ToolInput] = Field(default=[], alias="inputParameters")


class Resource(_Unit):
    """An MCP resource: files at a `location`, or the answer of a call or of steps.

    Braces in the URI of an answer name its inputs.
    """

    name: str = Field(min_length=1)
    uri: str = Field(min_length=1)
    media_type: str | None = Field(default=None, alias="mimeType")
    binary: bool = False
    location: str | None = None
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


ExposedUnit = RestOperation | Tool | Resource | Forward
"""A part of an adapter that a call, steps, values or any response answer."""


class PromptArgument(_Model):
    """An argument of a prompt, which is a text."""

    name: str = Field(min_length=1)
    label: _Prose = None
    description: _Prose = None
    required: bool = True


class PromptMessage(_Model):
    """A message of a prompt, with placeholders for arguments."""

    role: Literal["user", "assistant"]
    content: str


class Prompt(_Model):
    """An MCP prompt: its messages, or a file with the only one."""

    name: str = Field(min_length=1)
    label: _Prose = None
    description: _Prose = None
    arguments: list[PromptArgument] = []
    template: list[PromptMessage] = []
    location: str | None = None


class _Adapter(_Model):
    namespace: str = Field(min_length=1)
    address: str | None = None
    authentication: Guard | None = None
    description: _Prose = None


class Rest(_Adapter):
    """A REST API."""

    type: Literal["rest"]
    port: Port
    size_limit: _Size | None = Field(default=None, alias="maxBinarySize")
    resources: list[RestResource] = []


class Mcp(_Adapter):
    """An MCP server."""

    type: Literal["mcp"]
    transport: Literal["http", "stdio"] = "http"
    port: Port | None = None
    size_limit: _Size | None = Field(default=None, alias="maxBinarySize")
    time_to_live: int | None = Field(default=None, alias="ttlMs", ge=0)
    cache_scope: Literal["public", "private"] | None = Field(
        default=None, alias="cacheScope"
    )
    tools: list[Tool] = []
    resources: list[Resource] = []
    prompts: list[Prompt] = []

    @property
    def answered_resources(self) -> list[Resource]:
        """Return the resources that have an answer, instead of files."""
        return [resource for resource in self.resources if resource.location is None]


class Source(_Model):
    """The route or tool to which a skill's entry refers."""

    namespace: str = Field(alias="sourceNamespace")
    action: str


class SkillTool(_Model):
    """An entry of a skill: a route, a tool, or a file of instructions."""

    name: str = Field(min_length=1)
    description: _Prose = None
    source: Source | None = Field(default=None, alias="from")
    instruction: str | None = None


class Skill(_Model):
    """An Agent Skill."""

    name: str = Field(min_length=1)
    description: _Prose = None
    license: str | None = None
    compatibility: str | None = None
    metadata: Mapping | None = None
    allowed_tools: str | None = Field(default=None, alias="allowed-tools")
    argument_hint: str | None = Field(default=None, alias="argument-hint")
    user_invocable: bool = Field(default=True, alias="user-invocable")
    model_invocation_off: bool = Field(default=False, alias="disable-model-invocation")
    location: str | None = None
    tools: list[SkillTool] = []


class Skills(_Adapter):
    """A catalogue of Agent Skills."""

    type: Literal["skill"]
    port: Port | None = None
    skills: list[Skill] = []


class LocalEndpoint(_Model):
    """A page of measurements on the port of a control adapter."""

    enabled: bool = True
    buffer_size: int | None = Field(default=None, alias="buffer-size", ge=10, le=10_000)


class Metrics(_Model):
    """Measurements of requests and calls."""

    local: LocalEndpoint | None = None


class Traces(_Model):
    """Traces of requests and calls."""

    sampling: float | None = Field(default=None, ge=0, le=1)
    propagation: Literal["w3c", "b3"] | None = None
    local: LocalEndpoint | None = None


class Exporter(_Model):
    """A receiver of measurements and traces (OTLP)."""

    endpoint: str


class Exporters(_Model):
    """The receivers of measurements and traces."""

    otlp: Exporter | None = None


class Observability(_Model):
    """Measurements and traces."""

    enabled: bool = True
    metrics: Metrics | None = None
    traces: Traces | None = None
    exporters: Exporters | None = None


class LogPages(_Model):
    """Pages that show the log and change its level."""

    level_control: bool = Field(default=True, alias="level-control")
    stream: bool = False
    most_subscribers: int | None = Field(
        default=None, alias="max-subscribers", ge=1, le=20
    )


class Scripting(_Model):
    """Defaults and limits of scripts; times are milliseconds."""

    enabled: bool = True
    location: str | None = Field(default=None, alias="defaultLocation")
    language: str | None = Field(default=None, alias="defaultLanguage")
    timeout: int | None = Field(default=None, ge=1)
    most_statements: int | None = Field(default=None, alias="statementLimit", ge=1)
    languages: list[str] | None = Field(default=None, alias="allowedLanguages")


class Management(_Model):
    """The pages of a control adapter."""

    health: bool = True
    info: bool = False
    reload: bool = False
    check: bool = Field(default=False, alias="validate")
    logs: bool | LogPages = False
    scripting: Scripting | None = None


class Control(_Adapter):
    """The health of the process, for supervisors."""

    type: Literal["control"]
    port: Port
    management: Management | None = None
    observability: Observability | None = None


Adapter = Annotated[
    Annotated[Rest, Tag("rest")]
    | Annotated[Mcp, Tag("mcp")]
    | Annotated[Skills, Tag("skill")]
    | Annotated[Control, Tag("control")],
    Discriminator(_kind),
]

# --- aggregates --------------------------------------------------


class Semantics(_Model):
    """The effects of a function, from which the hints of tools follow."""

    safe: bool | None = None
    idempotent: bool | None = None
    cacheable: bool | None = None


class Function(_Unit):
    """The common work of several routes and tools."""

    name: str = Field(min_length=1)
    semantics: Semantics | None = None
    inputs: list[ToolInput] = Field(default=[], alias="inputParameters")


class Aggregate(_Model):
    """A group of functions."""

    label: _Prose = None
    description: _Prose = None
    namespace: str = Field(min_length=1)
    functions: list[Function] = []


# --- the document ------------------------------------------------


class Person(_Model):
    """A stakeholder of the capability."""

    role: str
    full_name: str = Field(alias="fullName")
    email: str | None = None


class About(_Model):
    """The `info` of a spec."""

    label: _Prose = None
    description: _Prose = None
    tags: list[str] = []
    created: str | None = None
    modified: str | None = None
    version: str | None = None
    stakeholders: list[Person] = []


class Capability(_Model):
    """The consumed APIs and the exposed adapters."""

    binds: list[Binding] = []
    consumes: list[Consumes] = []
    exposes: list[Adapter] = []
    aggregates: list[Aggregate] = []


class Spec(_Model):
    """A whole spec."""

    naftiko: Literal["1.0.0-alpha1", "1.0.0-alpha2"]
    about: About | None = Field(default=None, alias="info")
    binds: list[Binding] = []
    consumes: Annotated[None, _refusal("consumes outside of capability")] = None
    capability: Capability
