"""Credentials: the authentication of upstream requests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.ir.templates import Text


@dataclass(frozen=True)
class Bearer:
    """`Authorization: Bearer <token>`."""

    token: Text


@dataclass(frozen=True)
class Basic:
    """`Authorization: Basic <base64 of username:password>`."""

    username: Text
    password: Text


@dataclass(frozen=True)
class HeaderKey:
    """A credential in a header of its own."""

    name: str
    value: Text


@dataclass(frozen=True)
class QueryKey:
    """A credential in a query parameter."""

    name: str
    value: Text


@dataclass(frozen=True)
class CookieKey:
    """A credential in a cookie."""

    name: str
    value: Text


@dataclass(frozen=True)
class BodyKey:
    """A credential that is a member of every body."""

    name: str
    value: Text


@dataclass(frozen=True)
class PathKey:
    """A credential in the path.

    `tail` is the end of the base URI that holds it and follows `base_uri`; if it's
    empty, paths of operations hold it.
    """

    name: str
    value: Text
    tail: tuple[str | Text, ...]


@dataclass(frozen=True)
class SeveralKeys:
    """Credentials in headers, or in query parameters."""

    keys: tuple[HeaderKey, ...] | tuple[QueryKey, ...]


@dataclass(frozen=True)
class Digest:
    """Answers to challenges by HTTP Digest."""

    username: Text
    password: Text


@dataclass(frozen=True)
class RsaKey:
    """Signs by RSA-SHA256: PEM, or the path of its file."""

    key: Text


@dataclass(frozen=True)
class SharedSecret:
    """Signs by HMAC; `method` is the name that OAuth 1.0a has for it."""

    method: str
    secret: Text
    token_secret: Text | None


@dataclass(frozen=True)
class OAuth1:
    """A signature of OAuth 1.0a."""

    consumer_key: Text
    signature: RsaKey | SharedSecret
    token: Text | None


@dataclass(frozen=True)
class OAuth2:
    """A bearer token that an authorization server gives for the client's credentials.

    `parameters` are sent along: scope, audience, resource.
    """

    token_endpoint: Text
    client_id: Text
    client_secret: Text
    parameters: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class SigV4:
    """AWS Signature Version 4."""

    access_key_id: Text
    secret_key: Text
    session_token: Text | None
    region: Text
    service: Text


@dataclass(frozen=True)
class Hmac:
    """Veracode's HMAC scheme."""

    api_id: Text
    api_key: Text


@dataclass(frozen=True)
class Certificate:
    """A client certificate: the path of a file, and its password."""

    path: Text
    password: Text | None


Keys = HeaderKey | QueryKey | CookieKey | BodyKey | PathKey | SeveralKeys
Signing = OAuth1 | OAuth2 | SigV4 | Hmac | Digest | Certificate
Static = Bearer | Basic | HeaderKey | QueryKey | CookieKey | SeveralKeys
"""Credentials that are headers or query parameters, the same in every request."""


class Fallback(Enum):
    """How operations behave if none of several credentials is set."""

    OFF = "off"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Alternatives:
    """Credentials of which the first one counts whose variables are set."""

    credentials: tuple[Static, ...]
    fallback: Fallback = Fallback.OFF


Single = Bearer | Basic | Keys | Signing
Credential = Single | Alternatives
