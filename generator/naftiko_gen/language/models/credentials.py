"""Credentials of consumed APIs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from naftiko_gen.language.models.base import Model, kind_of, models_by_type

__all__ = ["CREDENTIALS", "EXTENSIONS", "Alternative", "Alternatives", "Anonymous"]
__all__ += ["ApiKey", "ApiKeys", "Authentication", "Basic", "Bearer", "Certificate"]
__all__ += ["Digest", "Hmac", "Key", "OAuth1", "OAuth2", "SigV4", "Single"]


class _Extension(Model):
    """A credential that the official language doesn't have."""


class Bearer(Model):
    """A token in `Authorization: Bearer`."""

    type: Literal["bearer"]
    """The kind of credential."""
    token: str
    """A template: {{NAME}}."""


class Basic(Model):
    """User name and password in `Authorization: Basic`."""

    type: Literal["basic"]
    """The kind of credential."""
    username: str
    password: str


class Digest(Model):
    """User name and password, in responses to challenges."""

    type: Literal["digest"]
    """The kind of credential."""
    username: str
    password: str


class Key(Model):
    """A key: a value, and the place in the request where it is sent."""

    key: str
    """The name of the header, parameter, cookie, member or variable."""
    value: str
    placement: Literal["header", "query", "cookie", "body", "path"] = "header"
    """Where the key is sent."""


class ApiKey(Key):
    """A single key; in the path it replaces a variable."""

    type: Literal["apikey"]
    """The kind of credential."""


class ApiKeys(Model):
    """Several keys. The dialect rules turn lists of keys into this form."""

    type: Literal["apikeys"]
    keys: list[Key] = Field(min_length=1)


class OAuth1(_Extension):
    """A signature by an RSA key (`signingKey`) or by a shared secret."""

    type: Literal["oauth1"]
    """The kind of credential."""
    consumer_key: str = Field(alias="consumerKey")
    """The client's identity."""
    signing_key: str | None = Field(default=None, alias="signingKey")
    """An RSA key: a template of PEM, or of the path of its file."""
    consumer_secret: str | None = Field(default=None, alias="consumerSecret")
    """The client's secret, for HMAC."""
    token: str | None = None
    """The token of the user for whom the client acts."""
    token_secret: str | None = Field(default=None, alias="tokenSecret")
    """The secret of the token."""
    method: Literal["RSA-SHA256", "HMAC-SHA1", "HMAC-SHA256"] | None = Field(
        default=None, alias="signatureMethod"
    )
    """How requests are signed."""


class OAuth2(_Extension):
    """A token that the package fetches with its own client credentials."""

    type: Literal["oauth2"]
    """The kind of credential."""
    grant: Literal["client_credentials"] = Field(
        default="client_credentials", alias="grantType"
    )
    """How the token is obtained."""
    token_endpoint: str = Field(alias="tokenEndpoint")
    """The URL that issues tokens."""
    client_id: str = Field(alias="clientId")
    """The client's identity."""
    client_secret: str = Field(alias="clientSecret")
    """The client's secret."""
    scopes: list[str] = []
    """The permissions that the token grants."""
    audience: str | None = None
    """The audience of the token."""
    resource: str | None = None
    """The API that the token is for."""


class SigV4(_Extension):
    """AWS Signature Version 4."""

    type: Literal["aws-sig-v4"]
    """The kind of credential."""
    access_key_id: str = Field(alias="accessKeyId")
    """The identity of the key."""
    secret_key: str = Field(alias="secretKey")
    """The key."""
    session_token: str | None = Field(default=None, alias="sessionToken")
    """The token of a temporary key."""
    region: str
    """The region of the service."""
    service: str
    """The name of the service in signatures."""


class Hmac(_Extension):
    """Veracode's signature with a shared key."""

    type: Literal["hmac"]
    """The kind of credential."""
    api_id: str = Field(alias="apiId")
    """The identity of the key."""
    api_key: str = Field(alias="apiKey")
    """The key."""


class Certificate(_Extension):
    """A client certificate with its key, in a file."""

    type: Literal["certificate"]
    """The kind of credential."""
    path: str = Field(alias="certPath")
    """A file of PEM or PKCS #12 that holds certificate and key."""
    password: str | None = Field(default=None, alias="certPassword")
    """The password of the file."""


_Single = (
    Annotated[Bearer, Tag("bearer")]
    | Annotated[Basic, Tag("basic")]
    | Annotated[Digest, Tag("digest")]
    | Annotated[ApiKey, Tag("apikey")]
    | Annotated[ApiKeys, Tag("apikeys")]
    | Annotated[OAuth1, Tag("oauth1")]
    | Annotated[OAuth2, Tag("oauth2")]
    | Annotated[SigV4, Tag("aws-sig-v4")]
    | Annotated[Hmac, Tag("hmac")]
    | Annotated[Certificate, Tag("certificate")]
)

Single = Annotated[_Single, Discriminator(kind_of)]

CREDENTIALS = {
    kind: model
    for kind, model in models_by_type(Single).items()
    if model is not ApiKeys
}
"""The credentials that an author can write, by their types."""

EXTENSIONS = frozenset(
    kind for kind, model in CREDENTIALS.items() if issubclass(model, _Extension)
)
"""The types of credentials that the official language doesn't have."""


class Anonymous(Model):
    """No credential; as the last alternative, it makes the others optional."""

    type: Literal["none"]


Alternative = Annotated[
    _Single | Annotated[Anonymous, Tag("none")], Discriminator(kind_of)
]


class Alternatives(Model):
    """Credentials of which one is enough. The dialect rules create it."""

    type: Literal["alternatives"]
    credentials: list[Alternative]


Authentication = Annotated[
    _Single | Annotated[Alternatives, Tag("alternatives")], Discriminator(kind_of)
]
