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

    type: Literal["bearer"] = Field(description="The kind of credential.")
    token: str = Field(description="A template: {{NAME}}.")


class Basic(_Model):
    """User name and password in `Authorization: Basic`."""

    type: Literal["basic"] = Field(description="The kind of credential.")
    username: str
    password: str


class Digest(_Model):
    """User name and password, in responses to challenges."""

    type: Literal["digest"] = Field(description="The kind of credential.")
    username: str
    password: str


class Key(_Model):
    """A key: a value, and the place in the request where it is sent."""

    key: str = Field(
        description="The name of the header, parameter, cookie, member or variable."
    )
    value: str
    placement: Literal["header", "query", "cookie", "body", "path"] = Field(
        default="header", description="Where the key is sent."
    )


class ApiKey(Key):
    """A single key; in the path it replaces a variable."""

    type: Literal["apikey"] = Field(description="The kind of credential.")


class ApiKeys(_Model):
    """Several keys. The dialect rules turn lists of keys into this form."""

    type: Literal["apikeys"]
    keys: list[Key] = Field(min_length=1)


class OAuth1(_Extension):
    """A signature by an RSA key (`signingKey`) or by a shared secret."""

    type: Literal["oauth1"] = Field(description="The kind of credential.")
    consumer_key: str = Field(alias="consumerKey", description="The client's identity.")
    signing_key: str | None = Field(
        default=None,
        alias="signingKey",
        description="An RSA key: a template of PEM, or of the path of its file.",
    )
    consumer_secret: str | None = Field(
        default=None,
        alias="consumerSecret",
        description="The client's secret, for HMAC.",
    )
    token: str | None = Field(
        default=None, description="The token of the user for whom the client acts."
    )
    token_secret: str | None = Field(
        default=None, alias="tokenSecret", description="The secret of the token."
    )
    method: Literal["RSA-SHA256", "HMAC-SHA1", "HMAC-SHA256"] | None = Field(
        default=None, alias="signatureMethod", description="How requests are signed."
    )


class OAuth2(_Extension):
    """A token that the package fetches with its own client credentials."""

    type: Literal["oauth2"] = Field(description="The kind of credential.")
    grant: Literal["client_credentials"] = Field(
        default="client_credentials",
        alias="grantType",
        description="How the token is obtained.",
    )
    token_endpoint: str = Field(
        alias="tokenEndpoint", description="The URL that issues tokens."
    )
    client_id: str = Field(alias="clientId", description="The client's identity.")
    client_secret: str = Field(alias="clientSecret", description="The client's secret.")
    scopes: list[str] = Field(
        default=[], description="The permissions that the token grants."
    )
    audience: str | None = Field(default=None, description="The audience of the token.")
    resource: str | None = Field(
        default=None, description="The API that the token is for."
    )
    authorization_server: str | None = Field(
        default=None,
        alias="authorizationServerUri",
        description="The server that issues tokens.",
    )


class SigV4(_Extension):
    """AWS Signature Version 4."""

    type: Literal["aws-sig-v4"] = Field(description="The kind of credential.")
    access_key_id: str = Field(
        alias="accessKeyId", description="The identity of the key."
    )
    secret_key: str = Field(alias="secretKey", description="The key.")
    session_token: str | None = Field(
        default=None, alias="sessionToken", description="The token of a temporary key."
    )
    region: str = Field(description="The region of the service.")
    service: str = Field(description="The name of the service in signatures.")


class Hmac(_Extension):
    """Veracode's signature with a shared key."""

    type: Literal["hmac"] = Field(description="The kind of credential.")
    api_id: str = Field(alias="apiId", description="The identity of the key.")
    api_key: str = Field(alias="apiKey", description="The key.")


class Certificate(_Extension):
    """A client certificate with its key, in a file."""

    type: Literal["certificate"] = Field(description="The kind of credential.")
    path: str = Field(
        alias="certPath",
        description="A file of PEM or PKCS #12 that holds certificate and key.",
    )
    password: str | None = Field(
        default=None, alias="certPassword", description="The password of the file."
    )


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

    type: Literal["oauth2"] = Field(description="The kind of credential.")
    authorization_server: str = Field(
        alias="authorizationServerUri",
        description="The server that issues tokens: their issuer.",
    )
    resource: str | None = Field(
        default=None, description="The URL of this adapter, and the audience of tokens."
    )
    audience: str | None = Field(
        default=None, description="The audience of tokens, if it isn't 'resource'."
    )
    scopes: list[str] = Field(
        default=[], description="The permissions that a token must grant."
    )
    token_endpoint: str | None = Field(
        default=None,
        alias="tokenEndpoint",
        description="The URL that issues tokens, for the OpenAPI document.",
    )
    validation: Annotated[
        Literal["jwks"],
        _unsupported_value(
            "introspection", "validation of tokens by introspection (RFC 7662)"
        ),
    ] = Field(
        default="jwks",
        alias="tokenValidation",
        description="How tokens are checked: by the keys of their issuer.",
    )


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
    location: str | None = Field(
        default=None,
        description=(
            "The source of the values: a file (`file:///./x.yaml`) or a provider"
            " (`vault://`); the environment if left out."
        ),
    )
    keys: Annotated[dict[str, str], BeforeValidator(_members)] = Field(
        default_factory=dict,
        description=(
            "Names for templates, each with its environment variable, or with its key"
            " in the file or at the provider."
        ),
    )
    defaults: Annotated[dict[str, str], BeforeValidator(_members)] = Field(
        default_factory=dict, description="The values of variables that aren't set."
    )
    choices: Annotated[dict[str, list[str]], BeforeValidator(_members)] = Field(
        default_factory=dict, description="The values that variables may have."
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

    name: str = Field(min_length=1, description="The parameter's name on the wire.")
    place: Literal["query", "header", "path", "body", "cookie", "environment"] = Field(
        alias="in", description="Where the parameter is sent."
    )
    value: Constant | None = Field(
        default=None, description="Makes the parameter fixed: a constant or a template."
    )
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
    value: str = Field(description="A JSONPath into the response.")


class _Described(_Model):
    """A body, and others that a client can choose by their media types."""

    alternatives: list[BodyAlternative] = Field(
        default=[],
        description="Bodies of other types; the header Content-Type chooses one.",
    )


class JsonBody(_Described):
    """JSON, maybe with its own media type; without `data` the client sends the body."""

    type: Annotated[str, _discriminator_schema("json", _JSON.pattern)] = Field(
        description="The kind of body."
    )
    data: object = Field(
        default=None,
        description="A template of the JSON; without it, the client provides the body.",
    )


class TextBody(_Described):
    """Text: plain, XML, SPARQL or with its own media type."""

    type: Annotated[str, _discriminator_schema(*_TEXTS, _TEXTUAL.pattern)] = Field(
        description="text, xml, sparql, or a media type."
    )
    data: str | None = Field(
        default=None, description="The text; {{name}} in it is a parameter."
    )
    media_type: _TypeOrRange | None = Field(
        default=None,
        alias="contentType",
        description="The media type, if it isn't the type.",
    )


class BytesBody(_Described):
    """Bytes with a media type."""

    type: Annotated[
        str, _discriminator_schema(_MEDIA_TYPE.pattern, _MEDIA_RANGE.pattern)
    ] = Field(
        description="A media type; an alternative may have a range, such as image/*."
    )
    data: str | None = Field(
        default=None, description="A template such as {{name}}; the value is base64."
    )


class _Encoded(_Styled):
    """A field of a form, or a part; a file name or a type makes it a file."""

    filename: str | None = Field(default=None, description="The name of a file.")
    media_type: str | None = Field(
        default=None, alias="contentType", description="The media type of the part."
    )
    headers: Annotated[dict[str, str], BeforeValidator(_members)] = Field(
        default_factory=dict,
        description="Other headers of the part; {{name}} in them is a parameter.",
    )


class Encoding(_Encoded):
    """The encoding of a field of a form, or of a member of a multipart body."""

    content_encoding: Literal["base64"] | None = Field(
        default=None,
        alias="contentEncoding",
        description="The text of a field that is bytes.",
    )


class FormBody(_Described):
    """A URL-encoded form: a mapping of fields, or its encoded text, with templates."""

    type: Literal["formUrlEncoded"] = Field(description="The kind of body.")
    data: str | Mapping | None = Field(
        default=None, description="The fields, or a text."
    )
    encoding: Annotated[dict[str, Encoding], BeforeValidator(_members)] = Field(
        default_factory=dict, description="The styles of fields, by their names."
    )


class Part(_Encoded):
    """A part of a multipart body. A list or mapping is sent as JSON."""

    name: str
    value: object


def _parts_or_object(value: object) -> str:
    return "parts" if isinstance(value, list) else "object"


class MultipartBody(_Described):
    """A multipart form, which can contain files: its parts, or an object of them."""

    type: Literal["multipartForm"] = Field(description="The kind of body.")
    data: Annotated[
        Annotated[str, Tag("object")] | Annotated[list[Part], Tag("parts")],
        Discriminator(_parts_or_object),
    ] = Field(
        default=[],
        description="The parts, or a template of an object, whose members are parts.",
    )
    encoding: Annotated[dict[str, Encoding], BeforeValidator(_members)] = Field(
        default_factory=dict,
        description="How members of the object are sent, by their names.",
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

    status: Annotated[int, Field(ge=200, le=299)] = Field(
        default=200, description="The status, 200 by default."
    )
    media_type: _MediaType | None = Field(
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


class ConsumedOperation(_Model):
    """A consumed operation."""

    name: str
    label: _Prose = None
    description: _Prose = None
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
    media_type: _MediaType | None = Field(default=None, alias="outputMediaType")
    size_limit: _Size | None = Field(default=None, alias="maxBinarySize")
    outputs: list[ConsumedOutput] = Field(
        default=[],
        alias="outputParameters",
        description="Names for parts of the response.",
    )
    body: Body | None = Field(
        default=None, description="The request's body; {{name}} in it is a parameter."
    )


class ConsumedResource(_Model):
    """A path of the upstream, and its operations."""

    name: str
    label: _Prose = None
    description: _Prose = None
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


class Consumes(_Model):
    """An upstream HTTP API."""

    type: Literal["http"] = Field(description="The kind of API.")
    namespace: str
    description: _Prose = None
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


# --- exposes -----------------------------------------------------


class Output(_Model):
    """The shape of a response: a value at a path, a literal, an object or an array."""

    type: Kind = Field(description="The type of the value.")
    name: str | None = None
    description: _Prose = None
    mapping: str | None = Field(
        default=None, description="A JSONPath into the response."
    )
    value: Constant | None = Field(
        default=None, description="The value, if it is always the same."
    )
    const: object = Field(
        default=None, description="The value, if it is always the same."
    )
    properties: Annotated[dict[str, Output], BeforeValidator(_members)] | None = Field(
        default=None, description="The members of an object."
    )
    items: Output | None = Field(
        default=None, description="The shape of each element of an array."
    )


class CallStep(_Model):
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


class LookupStep(_Model):
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


class ScriptStep(_Model):
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
    Discriminator(_kind),
]


class StepMapping(_Model):
    """A member of the answer, whose dots separate the names of nested objects."""

    target: str = Field(
        alias="targetName",
        min_length=1,
        description="A member of the answer; dots nest objects.",
    )
    value: Constant = Field(
        description="A JSONPath that starts with a step, or a template."
    )


class _Unit(_Model):
    """The common part of routes, tools and functions: a call or steps, and outputs."""

    label: _Prose = None
    description: _Prose = None
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
    properties: Annotated[dict[str, InputPart], BeforeValidator(_members)] | None = (
        Field(default=None, description="The members of an object.")
    )
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
    minimum: _Bound | None = Field(default=None, description="The least value.")
    maximum: _Bound | None = Field(default=None, description="The greatest value.")
    exclusive_minimum: _Bound | None = Field(
        default=None,
        alias="exclusiveMinimum",
        description="A bound that the value exceeds.",
    )
    exclusive_maximum: _Bound | None = Field(
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
    nullable: bool = Field(
        default=False, description="Whether the value may also be null."
    )


class _Input(_Restricted):
    """An input, which has a value of its own if a client passes none."""

    name: str = Field(min_length=1)
    default: object = Field(
        default=None, description="The value if the client passes none."
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


class ResponseContent(_Model):
    """The body of a response: bytes, or a value that fits a JSON Schema."""

    binary: bool = Field(default=False, description="Whether the body is bytes.")
    schema_: Mapping | None = Field(default=None, alias="schema")


class DeclaredResponse(_Model):
    """A response with some status, for documents; its bodies by their media types."""

    description: _Prose = None
    content: Annotated[dict[_MediaType, ResponseContent], BeforeValidator(_members)] = (
        Field(default_factory=dict, description="The bodies, by their media types.")
    )


class BinaryResponse(_Model):
    """The only successful response, whose body is bytes."""

    status: int = Field(
        default=200, ge=100, le=599, description="The status of the response."
    )
    media_type: _MediaType = Field(alias="mediaType", description="The media type.")
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
        Field(
            default_factory=dict, description="The responses, by status, for OpenAPI."
        )
    )
    binary_response: BinaryResponse | None = Field(
        default=None,
        alias="responseBinary",
        description="The successful response, which is bytes.",
    )


class Forward(_Model):
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


class RestResource(_Model):
    """A route: its operations, and the API that gets requests of other methods."""

    path: str = Field(description="The path of the routes; {name} is a variable in it.")
    name: str | None = None
    label: _Prose = None
    description: _Prose = None
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


class Hints(_Model):
    """A tool's hints about its own behaviour."""

    read_only: bool | None = Field(
        default=None, alias="readOnly", description="Whether calls change nothing."
    )
    destructive: bool | None = Field(
        default=None, description="Whether calls may delete or overwrite something."
    )
    idempotent: bool | None = Field(
        default=None, description="Whether a second equal call changes nothing more."
    )
    open_world: bool | None = Field(
        default=None,
        alias="openWorld",
        description="Whether calls reach things beyond the server.",
    )


class Tool(_Unit):
    """An MCP tool. The dialect rules replace `ref` by the function."""

    ref: str | None = None

    name: str = Field(min_length=1)
    hints: Hints | None = Field(
        default=None, description="Hints about the tool's effects."
    )
    inputs: list[ToolInput] = Field(default=[], alias="inputParameters")


class Resource(_Unit):
    """An MCP resource: files at a `location`, or the answer of a call or of steps.

    Braces in the URI of an answer name its inputs.
    """

    name: str = Field(min_length=1)
    uri: str = Field(
        min_length=1,
        description="The address of the resource; {name} in it is an input.",
    )
    media_type: str | None = Field(
        default=None, alias="mimeType", description="The media type of the content."
    )
    binary: bool = Field(
        default=False,
        description="Whether the content is bytes, even if they are text.",
    )
    location: str | None = Field(
        default=None, description="A file or a directory of files, below the spec."
    )
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

    role: Literal["user", "assistant"] = Field(description="Who says the message.")
    content: str = Field(description="The text; {{name}} in it is an argument.")


class Prompt(_Model):
    """An MCP prompt: its messages, or a file with the only one."""

    name: str = Field(min_length=1)
    label: _Prose = None
    description: _Prose = None
    arguments: list[PromptArgument] = Field(
        default=[], description="The arguments, which are texts."
    )
    template: list[PromptMessage] = Field(default=[], description="The messages.")
    location: str | None = Field(
        default=None, description="A file with the only message."
    )


class _Adapter(_Model):
    namespace: str = Field(min_length=1)
    address: str | None = Field(
        default=None,
        description=(
            "The address of the adapter. Its package listens on this machine alone,"
            " unless <NAMESPACE>_HOST sets another address."
        ),
    )
    authentication: Guard | None = Field(
        default=None, description="How clients of the adapter are authenticated."
    )
    description: _Prose = None


class Rest(_Adapter):
    """A REST API."""

    type: Literal["rest"] = Field(description="The kind of adapter.")
    port: Port
    size_limit: _Size | None = Field(default=None, alias="maxBinarySize")
    resources: list[RestResource] = Field(default=[], description="The routes.")


class Mcp(_Adapter):
    """An MCP server."""

    description: _Prose = Field(
        default=None,
        description="A description of the server, given to clients as instructions.",
    )
    type: Literal["mcp"] = Field(description="The kind of adapter.")
    transport: Literal["http", "stdio"] = Field(
        default="http", description="How clients connect."
    )
    port: Port | None = None
    size_limit: _Size | None = Field(default=None, alias="maxBinarySize")
    time_to_live: int | None = Field(
        default=None,
        alias="ttlMs",
        ge=0,
        description="How long clients may keep lists and contents, in milliseconds.",
    )
    cache_scope: Literal["public", "private"] | None = Field(
        default=None,
        alias="cacheScope",
        description="Whether others may share them: public or private.",
    )
    tools: list[Tool] = Field(default=[], description="The tools.")
    resources: list[Resource] = Field(
        default=[], description="The resources: files, and answers of operations."
    )
    prompts: list[Prompt] = Field(default=[], description="The prompts.")

    @property
    def answered_resources(self) -> list[Resource]:
        """Return the resources that have an answer, instead of files."""
        return [resource for resource in self.resources if resource.location is None]


class Source(_Model):
    """The route or tool to which a skill's entry refers."""

    namespace: str = Field(
        alias="sourceNamespace", description="The adapter's namespace."
    )
    action: str = Field(description="The name of the tool or of the route's operation.")


class SkillTool(_Model):
    """An entry of a skill: a route, a tool, or a file of instructions."""

    name: str = Field(min_length=1)
    description: _Prose = None
    source: Source | None = Field(
        default=None, alias="from", description="The tool or route."
    )
    instruction: str | None = Field(default=None, description="A file of instructions.")


class Skill(_Model):
    """An Agent Skill."""

    name: str = Field(min_length=1)
    description: _Prose = None
    license: str | None = Field(default=None, description="The license of the skill.")
    compatibility: str | None = Field(
        default=None, description="Requirements of the skill."
    )
    metadata: Mapping | None = Field(
        default=None,
        description="Additional values; their meaning is up to the author.",
    )
    allowed_tools: str | None = Field(
        default=None,
        alias="allowed-tools",
        description="Tools that may be used without asking.",
    )
    argument_hint: str | None = Field(
        default=None,
        alias="argument-hint",
        description="The arguments to give when calling the skill by its name.",
    )
    user_invocable: bool = Field(
        default=True,
        alias="user-invocable",
        description="Whether people may call the skill by its name.",
    )
    model_invocation_off: bool = Field(
        default=False,
        alias="disable-model-invocation",
        description="Whether only people may call the skill.",
    )
    location: str | None = Field(
        default=None, description="A directory with further files."
    )
    tools: list[SkillTool] = Field(
        default=[], description="The tools and routes that the skill describes."
    )


class Skills(_Adapter):
    """A catalogue of Agent Skills."""

    type: Literal["skill"] = Field(description="The kind of adapter.")
    port: Port | None = None
    skills: list[Skill] = Field(default=[], description="The skills.")


class LocalEndpoint(_Model):
    """A page of measurements on the port of a control adapter."""

    enabled: bool = Field(
        default=True,
        description="For other programs: the package has health and status only.",
    )
    buffer_size: int | None = Field(
        default=None,
        alias="buffer-size",
        ge=10,
        le=10_000,
        description="For other programs: the package has health and status only.",
    )


class Metrics(_Model):
    """Measurements of requests and calls."""

    local: LocalEndpoint | None = Field(
        default=None,
        description="For other programs: the package has health and status only.",
    )


class Traces(_Model):
    """Traces of requests and calls."""

    sampling: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="For other programs: the package has health and status only.",
    )
    propagation: Literal["w3c", "b3"] | None = Field(
        default=None,
        description="For other programs: the package has health and status only.",
    )
    local: LocalEndpoint | None = Field(
        default=None,
        description="For other programs: the package has health and status only.",
    )


class Exporter(_Model):
    """A receiver of measurements and traces (OTLP)."""

    endpoint: str = Field(
        description="For other programs: the package has health and status only."
    )


class Exporters(_Model):
    """The receivers of measurements and traces."""

    otlp: Exporter | None = Field(
        default=None,
        description="For other programs: the package has health and status only.",
    )


class Observability(_Model):
    """Measurements and traces."""

    enabled: bool = Field(
        default=True, description="Whether other programs observe calls."
    )
    metrics: Metrics | None = Field(
        default=None,
        description="For other programs: the package has health and status only.",
    )
    traces: Traces | None = Field(
        default=None,
        description="For other programs: the package has health and status only.",
    )
    exporters: Exporters | None = Field(
        default=None,
        description="For other programs: the package has health and status only.",
    )


class LogPages(_Model):
    """Pages that show the log and change its level."""

    level_control: bool = Field(
        default=True,
        alias="level-control",
        description="For other programs: the package has health and status only.",
    )
    stream: bool = Field(
        default=False,
        description="For other programs: the package has health and status only.",
    )
    most_subscribers: int | None = Field(
        default=None,
        alias="max-subscribers",
        ge=1,
        le=20,
        description="For other programs: the package has health and status only.",
    )


class Scripting(_Model):
    """Defaults and limits of scripts; times are milliseconds."""

    enabled: bool = Field(
        default=True,
        description="Whether scripts may run, if the environment permits them.",
    )
    location: str | None = Field(
        default=None, alias="defaultLocation", description="The directory of scripts."
    )
    language: str | None = Field(
        default=None,
        alias="defaultLanguage",
        description="The language of scripts: python.",
    )
    timeout: int | None = Field(
        default=None, ge=1, description="The milliseconds that a script may take."
    )
    most_statements: int | None = Field(
        default=None,
        alias="statementLimit",
        ge=1,
        description="For other programs: packages limit time and memory.",
    )
    languages: list[str] | None = Field(
        default=None,
        alias="allowedLanguages",
        description="The allowed languages: python has to be among them.",
    )


class Management(_Model):
    """The pages of a control adapter."""

    health: bool = Field(
        default=True, description="Whether /health/live and /health/ready are served."
    )
    info: bool = Field(default=False, description="Whether /status is served.")
    reload: bool = Field(
        default=False,
        description="For other programs: the package has health and status only.",
    )
    check: bool = Field(
        default=False,
        alias="validate",
        description="For other programs: the package has health and status only.",
    )
    logs: bool | LogPages = Field(
        default=False,
        description="For other programs: the package has health and status only.",
    )
    scripting: Scripting | None = Field(
        default=None, description="Defaults and limits of scripts."
    )


class Control(_Adapter):
    """The health of the process, for supervisors."""

    type: Literal["control"] = Field(description="The kind of adapter.")
    port: Port
    management: Management | None = Field(
        default=None, description="The pages of the adapter."
    )
    observability: Observability | None = Field(
        default=None,
        description="For other programs: the package has health and status only.",
    )


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

    safe: bool | None = Field(default=None, description="Whether calls change nothing.")
    idempotent: bool | None = Field(
        default=None, description="Whether a second equal call changes nothing more."
    )
    cacheable: bool | None = Field(default=None, description="For documentation.")


class Function(_Unit):
    """The common work of several routes and tools."""

    name: str = Field(min_length=1)
    semantics: Semantics | None = Field(
        default=None, description="The effects of the function."
    )
    inputs: list[ToolInput] = Field(default=[], alias="inputParameters")


class Aggregate(_Model):
    """A group of functions."""

    label: _Prose = None
    description: _Prose = None
    namespace: str = Field(min_length=1)
    functions: list[Function] = Field(default=[], description="The functions.")


# --- the document ------------------------------------------------


class Person(_Model):
    """A stakeholder of the capability."""

    role: str = Field(description="The person's role.")
    full_name: str = Field(alias="fullName", description="First and last name.")
    email: str | None = Field(default=None, description="The address of the person.")


class About(_Model):
    """The `info` of a spec."""

    label: _Prose = Field(
        default=None, description="The name of the capability, shown to people."
    )
    description: _Prose = None
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


class Capability(_Model):
    """The consumed APIs and the exposed adapters."""

    binds: list[Binding] = []
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


class Spec(_Model):
    """A whole spec."""

    naftiko: Literal["1.0.0-alpha1", "1.0.0-alpha2"] = Field(
        description="The version of the language."
    )
    about: About | None = Field(
        default=None, alias="info", description="Facts about the capability."
    )
    binds: list[Binding] = []
    consumes: Annotated[None, _refusal("consumes outside of capability")] = Field(
        default=None, description="Write upstreams below 'capability'."
    )
    capability: Capability = Field(
        description="The consumed APIs and the exposed adapters."
    )
