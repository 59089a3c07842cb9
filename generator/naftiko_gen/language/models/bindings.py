"""Names for templates, and the variables behind them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from naftiko_gen.language.models.base import Model, read_members
from naftiko_gen.language.models.scalars import Prose

__all__ = ["Binding"]


class Binding(Model):
    """Names for templates: each means a variable, or a key of a `location`."""

    namespace: str
    description: Prose = None
    location: str | None = Field(
        default=None,
        description=(
            "The source of the values: a file (`file:///./x.yaml`) or a provider"
            " (`vault://`); the environment if left out."
        ),
    )
    keys: Annotated[dict[str, str], BeforeValidator(read_members)] = Field(
        default_factory=dict,
        description=(
            "Names for templates, each with its environment variable, or with its key"
            " in the file or at the provider."
        ),
    )
    defaults: Annotated[dict[str, str], BeforeValidator(read_members)] = Field(
        default_factory=dict, description="The values of variables that aren't set."
    )
    choices: Annotated[dict[str, list[str]], BeforeValidator(read_members)] = Field(
        default_factory=dict, description="The values that variables may have."
    )
