"""The inputs and the constants of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.language.models import Kind
    from naftiko_gen.openapi.read.api import Place


@dataclass(frozen=True)
class Input:
    """An exposed input, and the consumed parameter that it feeds.

    Attributes:
        wire: The parameter's name; a new one for parameters in a path or a body.
        name: The input's name, for clients.
    """

    wire: str
    place: str
    name: str
    kind: Kind
    required: bool
    description: str


@dataclass(frozen=True)
class Constant:
    """A parameter with a fixed value."""

    name: str
    place: Place
    value: str
