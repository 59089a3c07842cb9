"""Parameters of consumed operations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.ir.types import Default, Type

__all__ = ["Parameter", "Place"]


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
    restrictions, and `default` the value of undeclared ones that clients leave out.
    """

    name: str
    place: Place
    type: Type
    required: bool
    description: str | None = None
    schema: Type | None = None
    default: Default | None = None
