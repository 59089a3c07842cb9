"""Adapters of every type."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Tag

from naftiko_gen.language.models.base import kind_of
from naftiko_gen.language.models.control import Control
from naftiko_gen.language.models.mcp import Mcp, Resource, Tool
from naftiko_gen.language.models.rest import Forward, Rest, RestOperation
from naftiko_gen.language.models.skills import Skills

__all__ = ["Adapter", "ExposedUnit"]

ExposedUnit = RestOperation | Tool | Resource | Forward
"""A part of an adapter that a call, steps, values or any response answer."""

Adapter = Annotated[
    Annotated[Rest, Tag("rest")]
    | Annotated[Mcp, Tag("mcp")]
    | Annotated[Skills, Tag("skill")]
    | Annotated[Control, Tag("control")],
    Discriminator(kind_of),
]
