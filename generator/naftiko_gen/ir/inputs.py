"""Inputs of exposed routes and tools."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.ir.types import Default, Type

__all__ = [
    "Check",
    "InArguments",
    "InBody",
    "InContent",
    "InCookie",
    "InField",
    "InHeader",
    "InPath",
    "InQuery",
    "InText",
    "Input",
    "Location",
]


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
    leave it out all the same. `check` never changes the published schema.
    """

    name: str
    location: Location
    type: Type
    required: bool
    description: str | None = None
    default: Default | None = None
    check: Check = Check.STRICT

    @property
    def is_demanded(self) -> bool:
        """Return whether clients have to pass a value."""
        return self.required and self.default is None
