"""The keys that every adapter has, and the guards of its clients."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from naftiko_gen.language.models.base import Model, Prose, kind_of, unsupported_value
from naftiko_gen.language.models.credentials import ApiKey, Basic, Bearer, Digest

__all__ = ["ConstantGuard", "ResourceServer"]


class ResourceServer(Model):
    """Access tokens of an authorization server, which clients of an adapter send."""

    type: Literal["oauth2"] = Field(description="The kind of credential.")
    authorization_server: str = Field(
        alias="authorizationServerUri",
        description="The server that issues tokens: their issuer.",
    )
    resource: str | None = Field(
        default=None, description="The URL of this adapter, and the audience of tokens."
    )
    audience: str | None = Field(
        default=None, description="The audience of tokens, if it isn't 'resource'."
    )
    scopes: list[str] = Field(
        default=[], description="The permissions that a token must grant."
    )
    token_endpoint: str | None = Field(
        default=None,
        alias="tokenEndpoint",
        description="The URL that issues tokens, for the OpenAPI document.",
    )
    validation: Annotated[
        Literal["jwks"],
        unsupported_value(
            "introspection", "validation of tokens by introspection (RFC 7662)"
        ),
    ] = Field(
        default="jwks",
        alias="tokenValidation",
        description="How tokens are checked: by the keys of their issuer.",
    )


ConstantGuard = Bearer | Basic | Digest | ApiKey

Guard = Annotated[
    Annotated[Bearer, Tag("bearer")]
    | Annotated[Basic, Tag("basic")]
    | Annotated[Digest, Tag("digest")]
    | Annotated[ApiKey, Tag("apikey")]
    | Annotated[ResourceServer, Tag("oauth2")],
    Discriminator(kind_of),
]


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
