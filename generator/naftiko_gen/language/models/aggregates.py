"""Functions that several routes and tools share."""

from __future__ import annotations

from pydantic import Field

from naftiko_gen.language.models.base import Model
from naftiko_gen.language.models.implementation import Unit
from naftiko_gen.language.models.inputs import ToolInput
from naftiko_gen.language.models.scalars import Prose

__all__ = ["Aggregate", "Function", "Semantics"]


class Semantics(Model):
    """The effects of a function, from which the hints of tools follow."""

    safe: bool | None = Field(default=None, description="Whether calls change nothing.")
    idempotent: bool | None = Field(
        default=None, description="Whether a second equal call changes nothing more."
    )
    cacheable: bool | None = Field(default=None, description="For documentation.")


class Function(Unit):
    """The common work of several routes and tools."""

    name: str = Field(min_length=1)
    semantics: Semantics | None = Field(
        default=None, description="The effects of the function."
    )
    inputs: list[ToolInput] = Field(default=[], alias="inputParameters")


class Aggregate(Model):
    """A group of functions."""

    label: Prose = None
    description: Prose = None
    namespace: str = Field(min_length=1)
    functions: list[Function] = Field(default=[], description="The functions.")
