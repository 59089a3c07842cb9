"""Guards: the authentication of an adapter's clients.

A constant credential looks the same to clients and to upstreams, so guards share the
classes of `credentials.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from naftiko_gen.ir.credentials import (
    Basic,
    Bearer,
    CookieKey,
    Digest,
    HeaderKey,
    QueryKey,
    Slot,
    SlotPlace,
)
from naftiko_gen.ir.templates import variables

if TYPE_CHECKING:
    from naftiko_gen.ir.settings import Variable
    from naftiko_gen.ir.templates import Text

__all__ = ["AccessToken", "Guard"]


@dataclass(frozen=True)
class AccessToken:
    """An access token (a JWT) of an authorization server, in `Authorization: Bearer`.

    Attributes:
        issuer: The authorization server.
        audience: The name of this server in tokens.
        resource: The URL of this server, if the spec has it.
        scopes: The scopes that a token needs.
        token_endpoint: Where clients get tokens, for documentation.
    """

    label: ClassVar[str] = "oauth2"

    issuer: Text
    audience: Text
    resource: Text | None
    scopes: tuple[str, ...]
    token_endpoint: str | None

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the header."""
        return (Slot(SlotPlace.HEADER, "Authorization"),)

    @property
    def texts(self) -> tuple[Text, ...]:
        """Return the issuer, the audience and the resource."""
        resource = () if self.resource is None else (self.resource,)
        return (self.issuer, self.audience, *resource)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Return the environment variables that the texts refer to."""
        return tuple(variables(self.texts))


Guard = Bearer | Basic | Digest | HeaderKey | QueryKey | CookieKey | AccessToken
