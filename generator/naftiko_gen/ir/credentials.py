"""Credentials: the authentication of upstream requests.

Each kind of credential knows its slots in a request and its texts; the other facts
follow from them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum
from itertools import chain
from typing import ClassVar, get_args

from naftiko_gen.ir.templates import (
    Constant,
    Joined,
    Setting,
    Text,
    Variable,
    variables,
)

__all__ = ["IN_AUTHORIZATION", "Alternatives", "Attached", "Basic", "Bearer", "BodyKey"]
__all__ += ["Certificate", "CookieKey", "Credential", "Digest", "Fallback", "HeaderKey"]
__all__ += ["Hmac", "OAuth1", "OAuth2", "PathKey", "QueryKey", "RsaKey", "SeveralKeys"]
__all__ += ["SharedSecret", "SigV4", "Signing", "Single", "Slot", "SlotPlace", "Static"]
__all__ += ["choices", "is_optional"]


class SlotPlace(Enum):
    """The part of a request that carries a credential."""

    HEADER = "header"
    QUERY = "query"
    COOKIE = "cookie"
    BODY = "body"
    PATH = "path"
    CONNECTION = "connection"


@dataclass(frozen=True)
class Slot:
    """A named place in a request; a connection has no name."""

    place: SlotPlace
    name: str = ""


_AUTHORIZATION = Slot(SlotPlace.HEADER, "Authorization")


@dataclass(frozen=True)
class _Credential(ABC):
    """The facts that follow from the slots and fields of a credential."""

    public: ClassVar[tuple[str, ...]] = ()
    """The fields that are no secrets, such as names of users and regions."""
    added_headers: ClassVar[tuple[str, ...]] = ()
    """The headers that are sent beside the credential."""
    needs_body: ClassVar[bool] = False
    """Whether the credential depends on the body of a request."""

    @property
    @abstractmethod
    def slots(self) -> tuple[Slot, ...]:
        """Return the slots that hold the credential."""

    @property
    def texts(self) -> tuple[Text, ...]:
        """Return the texts that make up the credential, in the order of its fields."""
        return tuple(_texts_in(self))

    @property
    def public_texts(self) -> tuple[Text, ...]:
        """Return the texts that are no secrets."""
        return tuple(_texts_in(tuple(getattr(self, name) for name in self.public)))

    @property
    def public_variables(self) -> frozenset[Variable]:
        """Return the environment variables that are in no secret text."""
        public = self.public_texts
        secret = variables(text for text in self.texts if text not in public)
        return frozenset(self.variables).difference(secret)

    @property
    def texts_in_files(self) -> tuple[Text, ...]:
        """Return the texts that are files, paths of files or their passwords."""
        return ()

    @property
    def headers(self) -> frozenset[str]:
        """Return the names of all headers that the credential sets, in lower case."""
        in_headers = (s.name for s in self.slots if s.place is SlotPlace.HEADER)
        has_cookie = any(slot.place is SlotPlace.COOKIE for slot in self.slots)
        names = (*in_headers, *self.added_headers, *(["cookie"] if has_cookie else []))
        return frozenset(name.lower() for name in names)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Return the environment variables that the texts refer to."""
        return tuple(variables(self.texts))


@dataclass(frozen=True)
class _Single(_Credential):
    """A credential that is no choice of several."""

    label: ClassVar[str]
    """The language's word for the kind."""
    scheme: ClassVar[str | None] = None
    """The kind of security scheme that it satisfies, if the label isn't its name."""


@dataclass(frozen=True)
class _Authorization(_Single):
    """A credential in the header `Authorization`."""

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the header."""
        return (_AUTHORIZATION,)


@dataclass(frozen=True)
class Bearer(_Authorization):
    """`Authorization: Bearer <token>`."""

    label = "bearer"

    token: Text


@dataclass(frozen=True)
class Basic(_Authorization):
    """`Authorization: Basic <base64 of username:password>`."""

    label = "basic"

    username: Text
    password: Text

    @property
    def public_texts(self) -> tuple[Text, ...]:
        """Return the user name; without a variable as the password, it is the key."""
        return (self.username,) if any(variables((self.password,))) else ()


@dataclass(frozen=True)
class _Key(_Single):
    """One key under a name of its own."""

    label = "apikey"
    place: ClassVar[SlotPlace]

    name: str
    value: Text

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the place of the key."""
        return (Slot(self.place, self.name),)


@dataclass(frozen=True)
class HeaderKey(_Key):
    """A credential in a header of its own."""

    place = SlotPlace.HEADER


@dataclass(frozen=True)
class QueryKey(_Key):
    """A credential in a query parameter."""

    place = SlotPlace.QUERY


@dataclass(frozen=True)
class CookieKey(_Key):
    """A credential in a cookie."""

    place = SlotPlace.COOKIE


@dataclass(frozen=True)
class BodyKey(_Key):
    """A credential that is a member of every body."""

    place = SlotPlace.BODY
    needs_body = True


@dataclass(frozen=True)
class PathKey(_Key):
    """A credential in the path.

    `tail` is the end of the base URI, after `base_uri`, and holds the credential. If it
    is empty, paths of operations hold the credential.
    """

    place = SlotPlace.PATH

    tail: tuple[str | Text, ...]


@dataclass(frozen=True)
class SeveralKeys(_Single):
    """Credentials in headers, or in query parameters."""

    label = "apikey"

    keys: tuple[HeaderKey, ...] | tuple[QueryKey, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the place of each key."""
        return tuple(slot for key in self.keys for slot in key.slots)


@dataclass(frozen=True)
class Digest(_Authorization):
    """Answers to challenges by HTTP Digest."""

    label = "digest"
    public = ("username",)
    needs_body = True  # it is sent again in response to a challenge

    username: Text
    password: Text


@dataclass(frozen=True)
class RsaKey:
    """A key for RSA-SHA256: PEM, or the path of its file."""

    key: Text


@dataclass(frozen=True)
class SharedSecret:
    """A secret for HMAC; `method` is its name in OAuth 1.0a."""

    method: str
    secret: Text
    token_secret: Text | None


@dataclass(frozen=True)
class OAuth1(_Authorization):
    """A signature of OAuth 1.0a."""

    label = "oauth1"
    public = ("consumer_key", "token")
    needs_body = True  # fields of forms, or a digest of the body, are signed

    consumer_key: Text
    signature: RsaKey | SharedSecret
    token: Text | None

    @property
    def texts_in_files(self) -> tuple[Text, ...]:
        """Return the RSA key."""
        is_key = isinstance(self.signature, RsaKey)
        return tuple(_texts_in(self.signature)) if is_key else ()


@dataclass(frozen=True)
class OAuth2(_Authorization):
    """A bearer token that an authorization server issues for client credentials.

    `parameters` are sent along: scope, audience, resource.
    """

    label = "oauth2"
    scheme = "bearer"

    token_endpoint: Text
    client_id: Text
    client_secret: Text
    parameters: tuple[tuple[str, Text], ...]

    @property
    def public_texts(self) -> tuple[Text, ...]:
        """Return all texts but for the client's secret."""
        return tuple(text for text in self.texts if text != self.client_secret)


@dataclass(frozen=True)
class SigV4(_Authorization):
    """AWS Signature Version 4."""

    label = "aws-sig-v4"
    scheme = "aws"
    public = ("access_key_id", "region", "service")
    added_headers = ("x-amz-content-sha256", "x-amz-date", "x-amz-security-token")
    needs_body = True  # a digest of the body is signed

    access_key_id: Text
    secret_key: Text
    session_token: Text | None
    region: Text
    service: Text


@dataclass(frozen=True)
class Hmac(_Authorization):
    """Veracode's HMAC scheme."""

    label = "hmac"
    public = ("api_id",)

    api_id: Text
    api_key: Text


@dataclass(frozen=True)
class Certificate(_Single):
    """A client certificate: the path of a file, and its password."""

    label = "certificate"
    scheme = "tls"

    path: Text
    password: Text | None

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the connection."""
        return (Slot(SlotPlace.CONNECTION),)

    @property
    def texts_in_files(self) -> tuple[Text, ...]:
        """Return the path and the password."""
        return self.texts


def _texts_in(value: object) -> Iterator[Text]:
    """Yield the texts in a credential, or in a part of it."""
    match value:
        case Constant() | Setting() | Joined():
            yield value
        case tuple():
            for item in value:
                yield from _texts_in(item)
        case _Credential() | RsaKey() | SharedSecret():
            for part in fields(value):
                yield from _texts_in(getattr(value, part.name))
        case _:
            pass


Signing = OAuth1 | OAuth2 | SigV4 | Hmac | Digest | Certificate
Attached = Bearer | Basic | HeaderKey | QueryKey | CookieKey | SeveralKeys
"""Credentials that are headers or query parameters, the same in every request."""
Static = Attached | BodyKey | PathKey
"""Credentials that are the same in every request."""


class Fallback(Enum):
    """The behaviour of operations if none of several credentials is set."""

    OFF = "off"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Alternatives(_Credential):
    """Several credentials: a request uses the first one whose variables are set."""

    credentials: tuple[Attached, ...]
    fallback: Fallback = Fallback.OFF

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the slots of each credential."""
        return tuple(
            chain.from_iterable(credential.slots for credential in self.credentials)
        )

    @property
    def public_texts(self) -> tuple[Text, ...]:
        """Return the texts that are no secrets in any of the credentials."""
        secrets = {
            text
            for credential in self.credentials
            for text in credential.texts
            if text not in credential.public_texts
        }
        return tuple(text for text in self.texts if text not in secrets)


Single = Static | Signing
IN_AUTHORIZATION = frozenset(
    kind.label for kind in get_args(Single) if issubclass(kind, _Authorization)
)
"""The labels of the kinds that are sent in the header `Authorization`."""
Credential = Single | Alternatives


def choices(credential: Credential) -> tuple[Single, ...]:
    """Return the credentials of which a request uses one."""
    match credential:
        case Alternatives(credentials=credentials):
            return credentials
        case _:
            return (credential,)


def is_optional(credential: Credential) -> bool:
    """Return whether requests may be sent without a credential."""
    match credential:
        case Alternatives(fallback=fallback):
            return fallback is Fallback.ANONYMOUS
        case _:
            return False
