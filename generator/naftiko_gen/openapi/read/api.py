"""The API that an OpenAPI document of any version describes, one class a noun."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language.names import words
from naftiko_gen.openapi.read.pagination import Pagination
from naftiko_gen.openapi.read.shapes import Shape

JSON = "application/json"


class Place(StrEnum):
    """The place of a parameter in a request."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"


Styling = tuple[tuple[str, str | bool], ...]
"""The keys `style`, `explode` and `allowReserved` of a parameter, with their values."""
_SEPARATORS = {
    **dict.fromkeys(("form", "simple", "label", "matrix"), "commas"),
    "spaceDelimited": "spaces",
    "pipeDelimited": "|",
    "tabDelimited": "tabs",
}


@dataclass(frozen=True)
class Style:
    """How the items of a list, or the members of an object, are sent.

    Attributes:
        name: The word of OpenAPI, or `json`, or `tabDelimited` for Swagger 2.0.
        explode: Whether items and members are sent one by one.
    """

    name: str = "form"
    explode: bool = False

    @property
    def separator(self) -> str | None:
        """Return the name of the character between values; None if there is none."""
        if self == REPEATED:
            return None
        is_dotted = self.name == "label" and self.explode
        return "dots" if is_dotted else _SEPARATORS.get(self.name)

    @property
    def keys(self) -> Styling:
        """Return the keys of the language, without those that have their default."""
        style = () if self.name == "form" else (("style", self.name),)
        is_usual = self.explode == (self.name == "form") or self.name == "deepObject"
        return style if is_usual else (*style, ("explode", self.explode))


REPEATED = Style("form", explode=True)


def known_style(name: str, explode: bool) -> Style:
    """Return a style as the document names it; an unknown one repeats the name."""
    if name in ("form", "simple", "label", "matrix"):
        return Style(name, explode)
    is_joined = name.endswith("Delimited") and name in _SEPARATORS and not explode
    return Style(name) if is_joined or name == "deepObject" else REPEATED


@dataclass(frozen=True)
class Remark:
    """A part of the document that a capability can't express, or only differently."""

    text: str
    span: Span


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    place: Place
    required: bool
    shape: Shape
    description: str
    style: Style
    span: Span
    allows_reserved: bool = False
    """Whether reserved characters in it aren't encoded."""


def is_json(media_type: str) -> bool:
    """Return whether content of a media type is JSON."""
    return media_type.endswith(("/json", "+json"))


@dataclass(frozen=True)
class PartHeader:
    """A header of a part of a multipart body."""

    name: str
    shape: Shape
    required: bool
    description: str


@dataclass(frozen=True)
class Encoding:
    """How a field of a form is sent, as far as the document says it.

    Attributes:
        media_types: The types that it may have; without one, its shape decides.
        style: That of a list or an object; without one, its shape decides.
        allows_reserved: Whether reserved characters in it aren't encoded.
        headers: Further headers of its part of a multipart body.
    """

    media_types: tuple[str, ...] = ()
    style: Style | None = None
    allows_reserved: bool = False
    headers: tuple[PartHeader, ...] = ()


_DEFAULT_ENCODING = Encoding()


@dataclass(frozen=True)
class Media:
    """A media type, the shape of its content, and the encodings of a form's fields."""

    type: str
    shape: Shape
    encodings: Mapping[str, Encoding] = field(default_factory=dict)
    example: str = ""
    """A body that the document shows, or an empty text."""
    schema_name: str = ""
    """The name of the schema, or of its items', if it has one in the document."""
    parameters: str = ""
    """The parameters that tell the type from others, such as `version=2`."""

    @property
    def name(self) -> str:
        """Return the type as requests have it, with its parameters."""
        return f"{self.type};{self.parameters}" if self.parameters else self.type

    def encoding(self, name: str) -> Encoding:
        """Return how a field of a form is sent."""
        return self.encodings.get(name, _DEFAULT_ENCODING)

    @property
    def is_json(self) -> bool:
        """Return whether it is JSON."""
        return is_json(self.type)

    @property
    def is_bytes(self) -> bool:
        """Return whether it is a file that the document calls JSON."""
        return self.is_json and self.shape.is_binary


@dataclass(frozen=True)
class Body:
    """The body of a request."""

    media: tuple[Media, ...]
    required: bool
    description: str
    span: Span


@dataclass(frozen=True)
class Response:
    """The response of an operation that succeeds; without media, it has no content."""

    media: tuple[Media, ...]
    span: Span
    status: int = 200

    @property
    def json(self) -> Media | None:
        """Return the content that is JSON: `application/json`, else the first one."""
        json_media = [
            media for media in self.media if media.is_json and not media.is_bytes
        ]
        usual = (media for media in json_media if media.type == JSON)
        return next(usual, json_media[0] if json_media else None)

    @property
    def accepted(self) -> str | None:
        """Return the media type to ask for, None if there is no choice or no JSON."""
        has_choice = len({media.type for media in self.media}) > 1
        return self.json.type if self.json and has_choice else None


@dataclass(frozen=True)
class Variable:
    """A variable of a server's URL; the default is None if it has none."""

    name: str
    default: str | None
    choices: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Server:
    """A server of an API; `variables` are the placeholders of its URL."""

    url: str
    variables: tuple[Variable, ...]
    span: Span

    @property
    def usual_url(self) -> str:
        """Return the URL with the default of each variable."""
        url = self.url
        for variable in self.variables:
            if variable.default is not None:
                url = url.replace(f"{{{variable.name}}}", variable.default)
        return url


@dataclass(frozen=True)
class Scheme:
    """A security scheme, as the document declares it.

    Attributes:
        kind: `basic`, `bearer`, `digest`, `apikey`, `oauth2`, `openid`, `tls`, or the
            name of another HTTP scheme.
        parameter: The header, query parameter or cookie of a key.
        token_url: The endpoint where a client gets a token with its own credentials.
        scopes: The permissions that such a token can have.
    """

    name: str
    kind: str
    span: Span
    parameter: str = ""
    place: Place = Place.HEADER
    token_url: str = ""
    scopes: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()


Requirement = tuple[str, ...]
"""The names of schemes that are required together; none allows anonymous calls."""


@dataclass(frozen=True)
class Operation:
    """A method of a path.

    Attributes:
        short_id: The id without its own method and path at the end.
        is_described: Whether its description, or its summary, isn't that of its path.
        requirements: Alternatives, one of which is required; None if not declared.
        servers: Its own servers, or those of its path.
    """

    method: str
    path: str
    span: Span
    id: str | None = None
    short_id: str = ""
    summary: str = ""
    description: str = ""
    is_described: bool = True
    tags: tuple[str, ...] = ()
    is_deprecated: bool = False
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    response: Response | None = None
    requirements: tuple[Requirement, ...] | None = None
    servers: tuple[Server, ...] = ()
    remarks: tuple[Remark, ...] = ()
    pagination: Pagination | None = None

    @property
    def title(self) -> str:
        """Return the method and the path."""
        return f"{self.method} {self.path}"

    @property
    def telling_id(self) -> str:
        """The id, else method and path; names of tools don't start with a digit."""
        is_whole = self.short_id and not words(self.short_id)[0][0].isdigit()
        own_id = self.short_id or self.path
        return own_id if is_whole else f"{self.method.lower()} {own_id}"

    @property
    def group(self) -> str:
        """Return the first tag, or another word for operations without tags."""
        return self.tags[0] if self.tags else "other"

    def with_remarks(self, *remarks: Remark) -> Operation:
        """Return a copy with more remarks."""
        return replace(self, remarks=(*self.remarks, *remarks))


@dataclass(frozen=True)
class Omission:
    """An operation that no capability has, or all of a path that can't be read.

    Attributes:
        method: Its method, or an empty text for a whole path.
        why: The reason, as the end of a sentence.
    """

    method: str
    path: str
    tags: tuple[str, ...]
    why: str
    span: Span

    @property
    def title(self) -> str:
        """Return the method and the path."""
        return f"{self.method} {quote(self.path)}".lstrip()

    @property
    def remark(self) -> Remark:
        """Return the remark that it is left out."""
        return Remark(f"{self.title} is left out: it {self.why}", self.span)


@dataclass(frozen=True)
class Api:
    """An API."""

    title: str
    version: str | None
    description: str
    tags: Mapping[str, str]
    """The tags that the document lists, with their descriptions."""
    servers: tuple[Server, ...]
    schemes: dict[str, Scheme]
    requirements: tuple[Requirement, ...] | None
    operations: tuple[Operation, ...]
    span: Span
    remarks: tuple[Remark, ...] = ()
    omitted: tuple[Omission, ...] = ()
    website: str | None = None
    """The address of a page about it."""
    authorizations: tuple[Span, ...] = ()
    """The parameters that are the header `Authorization`, which OpenAPI ignores."""


_PARAMETER = re.compile(r"([\w.+-]+)=[\w.+-]+", re.ASCII)
_OF_CONTENT = ("charset", "boundary", "q")
"""Parameters that follow from the content, or rank types."""


def media_type(text: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return text.partition(";")[0].strip().lower()


def media_parameters(text: str) -> str:
    """Return the parameters of a media type that tell it from others: `version=2`."""
    parts = (part.strip() for part in text.split(";")[1:])
    matches = (_PARAMETER.fullmatch(part) for part in parts)
    return ";".join(m[0] for m in matches if m and m[1].lower() not in _OF_CONTENT)


_SHOWN = 8
"""The most operations of an id in a remark."""


def short_id(own_id: str, method: str, path: str) -> str:
    """Return an id without its own path and method at the end.

    A single word says too little, unless it is of the path: it keeps the path.
    """
    path_words = _words(path) if re.search(r"[A-Za-z0-9]", path) else []
    id_words, end = _words(own_id), [*path_words, method.lower()]
    start = id_words[: -len(end)]
    if not (path_words and start and id_words[-len(end) :] == end):
        return own_id
    is_telling = len(start) > 1 or start[0] in path_words
    return "-".join(start if is_telling else id_words[:-1])


def with_distinct_ids(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return the operations; ids that would be equal if they were short stay long."""
    keys = [" ".join(_words(operation.short_id)) for operation in operations]
    counts = Counter(keys)
    return tuple(
        replace(item, short_id=item.id or "") if counts[key] > 1 else item
        for key, item in zip(keys, operations, strict=True)
    )


def doubled_ids(operations: Sequence[Operation]) -> Iterator[Remark]:
    """Yield a remark for each id that several operations have."""
    groups: dict[str, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(operation.id or "", []).append(operation)
    for own_id, group in groups.items():
        if own_id and len(group) > 1:
            titles = [operation.title for operation in group]
            listing = ", ".join(map(quote, titles[:_SHOWN]))
            more = ", …" if len(titles) > _SHOWN else ""
            command = f"`import --operation {shlex.quote(titles[0])}` takes one"
            text = f"the id {quote(own_id)} is that of {listing}{more}; {command}"
            yield Remark(text, group[1].span)


def _words(text: str) -> list[str]:
    return [word.lower() for word in words(text)]
