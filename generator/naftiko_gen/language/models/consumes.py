"""Consumed APIs: their operations, and the bodies of requests."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from naftiko_gen.language.models.base import (
    JSON,
    MEDIA_RANGE,
    MEDIA_TYPE,
    TEXTS,
    TEXTUAL,
    Constant,
    Kind,
    MediaType,
    Members,
    Method,
    Model,
    Prose,
    Size,
    TypeOrRange,
    kind_of,
    media_kind,
)
from naftiko_gen.language.models.credentials import Authentication
from naftiko_gen.language.models.units import InputPart, Pagination, ParameterSchema
from naftiko_gen.syntax.tree import Mapping

__all__ = ["BODY_TYPES", "Body", "BytesBody", "ConsumedInput", "ConsumedOperation"]
__all__ += ["ConsumedOutput", "ConsumedResource", "Consumes", "DescribedBody"]
__all__ += ["EncodedField", "Encoding", "FormBody", "JsonBody", "MultipartBody", "Part"]
__all__ += ["ResponseExample", "TextBody"]


def _discriminator_schema(*patterns: str) -> WithJsonSchema:
    """Return the JSON Schema of the `type` that discriminates bodies."""
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{'|'.join(patterns)})$"})


def _body_kind(value: object) -> str | None:
    """Return the tag of a body, whose type may also be a media type."""
    if isinstance(value, str):
        return "raw"
    kind = kind_of(value)
    if not isinstance(kind, str):
        return None
    if MEDIA_TYPE.fullmatch(kind):
        return media_kind(kind)
    return "text" if kind in TEXTS else kind


def _alternative_kind(value: object) -> str | None:
    """Return the tag of an alternative, whose type may also be a range."""
    kind = kind_of(value)
    is_range = isinstance(kind, str) and MEDIA_RANGE.fullmatch(kind)
    return media_kind(str(kind)) if is_range else _body_kind(value)


class StyledValue(Model):
    """A value whose lists and objects have a style of OpenAPI."""

    style: Literal["form", "spaceDelimited", "pipeDelimited", "deepObject"] | None = (
        None
    )
    explode: bool | None = None
    allow_reserved: bool = Field(default=False, alias="allowReserved")


class _DescribedBody(Model):
    """A body, and others that a client can choose by their media types."""

    alternatives: list[BodyAlternative] = []
    """Bodies of other types; the header Content-Type chooses one."""


class JsonBody(_DescribedBody):
    """JSON, maybe with its own media type; without `data` the client sends the body."""

    type: Annotated[str, _discriminator_schema("json", JSON.pattern)]
    """The kind of body."""
    data: object = None
    """A template of the JSON; without it, the client provides the body."""


class TextBody(_DescribedBody):
    """Text: plain, XML, SPARQL or with its own media type."""

    type: Annotated[str, _discriminator_schema(*TEXTS, TEXTUAL.pattern)]
    """text, xml, sparql, or a media type."""
    data: str | None = None
    """The text; {{name}} in it is a parameter."""
    media_type: TypeOrRange | None = Field(default=None, alias="contentType")
    """The media type, if it isn't the type."""


class BytesBody(_DescribedBody):
    """Bytes with a media type."""

    type: Annotated[str, _discriminator_schema(MEDIA_TYPE.pattern, MEDIA_RANGE.pattern)]
    """A media type; an alternative may have a range, such as image/*."""
    data: str | None = None
    """A template such as {{name}}; the value is base64."""


class EncodedField(StyledValue):
    """A field of a form, or a part; a file name or a type makes it a file."""

    filename: str | None = None
    """The name of a file."""
    media_type: str | None = Field(default=None, alias="contentType")
    """The media type of the part."""
    headers: Members[str, str] = {}
    """Other headers of the part; {{name}} in them is a parameter."""


class Encoding(EncodedField):
    """The encoding of a field of a form, or of a member of a multipart body."""

    content_encoding: Literal["base64"] | None = Field(
        default=None, alias="contentEncoding"
    )
    """The text of a field that is bytes."""


class FormBody(_DescribedBody):
    """A URL-encoded form: a mapping of fields, or its encoded text, with templates."""

    type: Literal["formUrlEncoded"]
    """The kind of body."""
    data: str | Mapping | None = None
    """The fields, or a text."""
    encoding: Members[str, Encoding] = {}
    """The styles of fields, by their names."""


class Part(EncodedField):
    """A part of a multipart body. A list or mapping is sent as JSON."""

    name: str
    value: object


def _parts_or_object(value: object) -> str:
    return "parts" if isinstance(value, list) else "object"


class MultipartBody(_DescribedBody):
    """A multipart form, which can contain files: its parts, or an object of them."""

    type: Literal["multipartForm"]
    """The kind of body."""
    data: Annotated[
        Annotated[str, Tag("object")] | Annotated[list[Part], Tag("parts")],
        Discriminator(_parts_or_object),
    ] = []
    """The parts, or a template of an object, whose members are parts."""
    encoding: Members[str, Encoding] = {}
    """How members of the object are sent, by their names."""


BODY_TYPES = ("json", *TEXTS, "formUrlEncoded", "multipartForm")
"""The types of bodies that are words; every media type is a type as well."""

DescribedBody = JsonBody | TextBody | BytesBody | FormBody | MultipartBody

_TaggedBody = (
    Annotated[JsonBody, Tag("json")]
    | Annotated[TextBody, Tag("text")]
    | Annotated[BytesBody, Tag("bytes")]
    | Annotated[FormBody, Tag("formUrlEncoded")]
    | Annotated[MultipartBody, Tag("multipartForm")]
)
BodyAlternative = Annotated[_TaggedBody, Discriminator(_alternative_kind)]
Body = Annotated[Annotated[str, Tag("raw")] | _TaggedBody, Discriminator(_body_kind)]


for _model in get_args(DescribedBody):
    _model.model_rebuild()


class ConsumedInput(Model):
    """A parameter of a consumed operation; a `value` fixes it."""

    name: str = Field(min_length=1)
    """The parameter's name on the wire."""
    place: Literal["query", "header", "path", "body", "cookie", "environment"] = Field(
        alias="in"
    )
    """Where the parameter is sent."""
    value: Constant | None = None
    """Makes the parameter fixed: a constant or a template."""
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
    value: str
    """A JSONPath into the response, from `$`, or a constant."""

    @property
    def is_path(self) -> bool:
        """Return whether the value is a JSONPath, maybe in braces."""
        return self.value.strip().removeprefix("{{").lstrip().startswith("$")


class ResponseExample(Model):
    """A response of the upstream, with which the mock answers."""

    status: Annotated[int, Field(ge=200, le=299)] = 200
    """The status, 200 by default."""
    media_type: MediaType | None = Field(default=None, alias="mediaType")
    """The media type; by default JSON, of the operation's schema."""
    text: str | None = None
    """The body. An empty one without a media type is no body; without this key, the
    body is any of its media type."""


class ConsumedOperation(Model):
    """A consumed operation."""

    name: str
    label: Prose = None
    description: Prose = None
    tags: list[str] = []
    """The groups that the operation belongs to, the main one first."""
    method: Method = "GET"
    inputs: list[ConsumedInput] = Field(default=[], alias="inputParameters")
    """The operation's parameters."""
    raw_format: str = Field(default="json", alias="outputRawFormat")
    """The format of the response."""
    output_schema: str | InputPart | None = Field(default=None, alias="outputSchema")
    """For JSON, the schema of the response. For Avro and Protocol Buffers, the path of
    the schema. For HTML a CSS selector, for Markdown the start of headings."""
    example: ResponseExample | None = Field(default=None, alias="outputExample")
    """A response, with which the mock answers."""
    pagination: Pagination | None = None
    """How the API splits the response's list into pages."""
    media_type: MediaType | None = Field(default=None, alias="outputMediaType")
    size_limit: Size | None = Field(default=None, alias="maxBinarySize")
    outputs: list[ConsumedOutput] = Field(default=[], alias="outputParameters")
    """Names for parts of the response."""
    body: Body | None = None
    """The request's body; {{name}} in it is a parameter."""

    @property
    def is_paged(self) -> bool:
        """Return whether the spec states how the API splits a list into pages."""
        return self.pagination is not None and self.pagination.type != "none"


class ConsumedResource(Model):
    """A path of the upstream, and its operations."""

    name: str
    label: Prose = None
    description: Prose = None
    path: str
    """The path below the base URI; {{name}} is a variable in it."""
    inputs: list[ConsumedInput] = Field(default=[], alias="inputParameters")
    """Parameters of every operation of the path."""
    operations: list[ConsumedOperation] = []
    """The operations of the path."""


class Consumes(Model):
    """An upstream HTTP API."""

    type: Literal["http"]
    """The kind of API."""
    namespace: str
    description: Prose = None
    base_uri: str = Field(alias="baseUri")
    """The base URI of the API: http or https, a host, and optionally a path."""
    inputs: list[ConsumedInput] = Field(default=[], alias="inputParameters")
    """Parameters of every operation."""
    authentication: Authentication | None = None
    """How requests are authenticated."""
    resources: list[ConsumedResource] = []
    """The paths of the API."""
