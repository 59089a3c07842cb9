"""What a request is made of: what callers give, and what never changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.language.models import Kind
    from naftiko_gen.openapi.read.api import Place


@dataclass(frozen=True)
class Input:
    """What a caller gives, and the parameter that it feeds.

    Attributes:
        wire: The parameter's name; in a path and in a body it is a name of ours.
        name: What callers call it.
    """

    wire: str
    place: str
    name: str
    kind: Kind
    required: bool
    description: str


@dataclass(frozen=True)
class Constant:
    """A parameter that always has one value."""

    name: str
    place: Place
    value: str
