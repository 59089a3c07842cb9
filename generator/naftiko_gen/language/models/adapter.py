"""The keys that every adapter has."""

from __future__ import annotations

from pydantic import Field

from naftiko_gen.language.models.base import Model
from naftiko_gen.language.models.guards import Guard
from naftiko_gen.language.models.scalars import Prose


class AdapterModel(Model):
    """An adapter of any type."""

    namespace: str = Field(min_length=1)
    address: str | None = Field(
        default=None,
        description=(
            "The address of the adapter. Its package listens on this machine alone,"
            " unless <NAMESPACE>_HOST sets another address."
        ),
    )
    authentication: Guard | None = Field(
        default=None, description="How clients of the adapter are authenticated."
    )
    description: Prose = None
