"""Parameters of consumed operations with their styles, and inputs of exposed units."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from naftiko_gen.ir.types import Default, Type

__all__ = ["Check", "InArguments", "InBody", "InContent", "InCookie", "InField"]
__all__ += ["InHeader", "InPath", "InQuery", "InText", "Input", "Location", "Parameter"]
__all__ += ["Place", "Style", "Styles"]


class Place(Enum):
    """The part of a request that holds a parameter."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    BODY = "body"


@dataclass(frozen=True)
class Parameter:
    """A value that a call passes to an operation.

    `place` is for documentation: the templates of the operation decide where the value
    is sent. `schema` is the type of inputs that feed it, if it is declared with its
    restrictions, `default` the value of undeclared ones that clients leave out, and
    `example` a value as JSON.
    """

    name: str
    place: Place
    type: Type
    required: bool
    description: str | None = None
    schema: Type | None = None
    default: Default | None = None
    example: str | None = None


@dataclass(frozen=True)
class InPath:
    """A variable of the route."""


@dataclass(frozen=True)
class InQuery:
    """A query parameter with the input's name."""


@dataclass(frozen=True)
class InHeader:
    """A header field with the input's name."""


@dataclass(frozen=True)
class InCookie:
    """A cookie with the input's name."""


@dataclass(frozen=True)
class InBody:
    """The whole JSON request body."""


@dataclass(frozen=True)
class InText:
    """The whole request body as text."""


@dataclass(frozen=True)
class InContent:
    """The whole request body as bytes.

    `media_type` applies if the client sends no media type.
    """

    media_type: str


@dataclass(frozen=True)
class InField:
    """A member of the JSON request body, at this path of keys."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class InArguments:
    """An argument of a tool."""


Location = (
    InPath
    | InQuery
    | InHeader
    | InCookie
    | InBody
    | InText
    | InContent
    | InField
    | InArguments
)


class Check(StrEnum):
    """How much of a value is checked.

    `SHALLOW` is its kind, and those of its members or items.
    """

    STRICT = "strict"
    SHALLOW = "shallow"
    NONE = "none"


@dataclass(frozen=True)
class Input:
    """A named value that a client passes to a route or tool.

    `required` is whether the input always has a value. With a `default`, clients may
    leave it out all the same. `check` never changes the published schema. `example` is
    a value as JSON.
    """

    name: str
    location: Location
    type: Type
    required: bool
    description: str | None = None
    default: Default | None = None
    check: Check = Check.STRICT
    example: str | None = None

    @property
    def is_demanded(self) -> bool:
        """Return whether clients have to pass a value."""
        return self.required and self.default is None


class Style(Enum):
    """The parameters that a list or an object becomes.

    Without a style, a list is a parameter for each item, and an object is JSON.
    """

    COMMAS = "commas"
    SPACES = "spaces"
    PIPES = "pipes"
    MEMBERS = "members"
    """A parameter for each member of an object, with the member's name."""
    DEEP = "deep"
    """A parameter for each value in an object: `name[member]`."""
    SIMPLE = "simple"
    """Items between commas, as in a path or a header; members are `name,value`."""
    SIMPLE_MEMBERS = "simple-members"
    """As `SIMPLE`, with members as `name=value`."""
    LABEL = "label"
    """A dot, and items between commas, in a path."""
    LABEL_MEMBERS = "label-members"
    """A dot in front of each item, and of each member, as `name=value`."""
    MATRIX = "matrix"
    """A semicolon, the name, and items between commas, in a path."""
    MATRIX_MEMBERS = "matrix-members"
    """A semicolon in front of each `name=item`, and of each member, as `name=value`."""

    RESERVED = "reserved"
    """A text in a path, whose slashes and other reserved characters aren't encoded."""

    @property
    def separator(self) -> str | None:
        """Return the text between the items of a single parameter, or None."""
        return _SEPARATORS.get(self)

    @property
    def is_exploded(self) -> bool:
        """Return whether members are `name=value` in a path or a header."""
        return self in (Style.SIMPLE_MEMBERS, Style.LABEL_MEMBERS, Style.MATRIX_MEMBERS)


_SEPARATORS = {Style.COMMAS: ",", Style.SPACES: " ", Style.PIPES: "|"}

Styles = tuple[tuple[str, Style], ...]
"""The styles of parameters, by name."""
