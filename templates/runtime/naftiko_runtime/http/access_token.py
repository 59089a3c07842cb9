"""Clients that authenticate by access tokens (JWT) and their grants."""

import json
import os
import time
from collections.abc import Awaitable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..observing.calls import CALLER, Caller
from ..settings import Environment, endpoint
from ..values import JsonObject
from .authentication import (
    Authentication,
    Text,
    Variable,
    challenge,
    forbidden,
    joined,
    names_of,
    read_texts,
    take_credentials,
    typed_part,
    unauthorized,
)
from .guards import WaitingGuard
from .key_set import KNOWN, PAUSE, Key, KeySet
from .messages import Document, own_path

MOST = 1024
"""Tokens that are remembered; the oldest one is forgotten for another."""

LONGEST = 16 * 1024
LONGEST_NAME = 200
SKEW = 5
"""Seconds by which the clock of the issuer may be ahead."""
KINDS = frozenset(("jwt", "at+jwt", "application/at+jwt"))
WELL_KNOWN = "/.well-known/oauth-protected-resource"
NO_KEYS = CallError(
    503,
    "Service Unavailable",
    "the authorization server gives no keys, so tokens can't be checked",
    int(PAUSE),
)


@dataclass(frozen=True, slots=True)
class Grant:
    """The claims of a valid token that later requests depend on.

    Attributes:
        version: The version of the keys that its signature was checked with.
        start: The time from which it is valid, in seconds since 1970.
        end: The time until which it is valid.
        is_enough: Whether it has the needed scopes.
        subject: The subject of the token, None if it has none.
    """

    version: int
    start: float
    end: float
    is_enough: bool
    subject: str | None = None

    @property
    def is_timely(self) -> bool:
        """Return whether the token is valid at this time."""
        return self.start <= time.time() < self.end


class Grants:
    """The grants of the last tokens.

    They are found by the tokens themselves: a dict compares texts only if their hashes
    are equal, which have a random key. So its time tells nothing about the tokens.
    """

    def __init__(self) -> None:
        self._grants: dict[bytes, Grant] = {}

    def find(self, token: bytes) -> Grant | None:
        """Return the grant of a token that is valid at this time and remembered."""
        grant = self._grants.get(token)
        return grant if grant and grant.is_timely else None

    def add(self, token: bytes, grant: Grant) -> None:
        """Remember the grant of a valid token."""
        if len(self._grants) >= MOST:
            del self._grants[next(iter(self._grants))]
        self._grants[token] = grant


@dataclass(frozen=True, slots=True)
class Conditions:
    """The claims that a token needs, besides its lifetime."""

    issuer: str
    audience: str
    scopes: tuple[str, ...] = ()


class AccessTokenGuard:
    """A guard that allows requests with a valid token and the needed scopes.

    It returns an awaitable if it has to fetch keys. A signature is checked once, until
    the keys are fetched again.
    """

    def __init__(
        self,
        conditions: Conditions,
        realm: str,
        open_paths: frozenset[str] = frozenset(),
        **parameters: str,
    ) -> None:
        self._conditions = conditions
        self._open_paths = open_paths
        self._keys = KeySet(conditions.issuer)
        self._grants = Grants()
        start = {"realm": realm}
        self._absent = unauthorized(
            "send an access token as Authorization: Bearer",
            challenge("Bearer", **start, **parameters),
        )
        self._invalid = unauthorized(
            "the access token isn't valid",
            challenge("Bearer", **start, error="invalid_token", **parameters),
        )
        scope = " ".join(conditions.scopes)
        insufficient = {"error": "insufficient_scope", "scope": scope}
        self._insufficient = forbidden(
            f"the access token needs the scope {scope}",
            challenge("Bearer", **start, **insufficient, **parameters),
        )

    def __call__(
        self, scope: MutableMapping[str, Any]
    ) -> CallError | Awaitable[CallError | None] | None:
        """Return the refusal of a request, None, or an awaitable of either."""
        token = take_credentials(scope, b"bearer")
        grant = None if token is None else self._known(token)
        if grant and grant.is_enough:
            self._name(scope, grant)
            return None
        if scope["type"] == "http" and own_path(scope) in self._open_paths:
            return None
        if token is None:
            return self._absent
        return self._insufficient if grant else self._outcome(token, scope)

    def _known(self, token: bytes) -> Grant | None:
        """Return the grant of a token that needn't be checked again."""
        grant = self._grants.find(token)
        return grant if grant and self._keys.is_current(grant.version) else None

    def _name(self, scope: MutableMapping[str, Any], grant: Grant) -> None:
        """Let the audit know whose token it is."""
        scope[CALLER] = Caller(grant.subject, self._conditions.issuer)

    def _outcome(
        self, token: bytes, scope: MutableMapping[str, Any]
    ) -> CallError | Awaitable[CallError | None] | None:
        header = _header(token)
        if header is None:
            return self._invalid
        key = self._keys.find(*header)
        is_known = key is not None
        if self._keys.has_to_wait(is_known=is_known):
            return self._checked_later(token, header, scope, is_known=is_known)
        return self._checked(token, header, key, scope)

    async def _checked_later(
        self,
        token: bytes,
        header: tuple[str | None, str],
        scope: MutableMapping[str, Any],
        *,
        is_known: bool,
    ) -> CallError | None:
        await self._keys.refresh(is_known=is_known)
        return self._checked(token, header, self._keys.find(*header), scope)

    def _checked(
        self,
        token: bytes,
        header: tuple[str | None, str],
        key: Key | None,
        scope: MutableMapping[str, Any],
    ) -> CallError | None:
        if not self._keys.is_usable:
            return NO_KEYS
        claims = _claims(token, header[1], key, self._conditions) if key else None
        grant = self._grant(claims) if claims else None
        if grant is None:
            return self._invalid
        self._grants.add(token, grant)
        self._name(scope, grant)
        return None if grant.is_enough else self._insufficient

    def _grant(self, claims: dict[str, Any]) -> Grant | None:
        """Return the grant of signed claims, or None if the time isn't theirs."""
        start, end = claims.get("nbf", 0), claims["exp"]
        if not (_is_number(start) and _is_number(end)):
            return None
        is_enough = granted_scopes(claims).issuperset(self._conditions.scopes)
        subject = claims.get("sub")
        named = subject[:LONGEST_NAME] if isinstance(subject, str) else None
        grant = Grant(self._keys.version, start - SKEW, int(end), is_enough, named)
        return grant if grant.is_timely else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokenAuthentication(Authentication):
    """Access tokens for an audience, which an issuer signs.

    With `resource`, the URL of an MCP server, clients can read where to get tokens
    (RFC 9728).
    """

    issuer: Text
    audience: Text
    resource: Text | None = None
    scopes: tuple[str, ...] = ()

    @property
    def curl_options(self) -> tuple[str, ...]:
        """Return the option for a token, in braces as a placeholder."""
        return ("-H", "'Authorization: Bearer {token}'")

    @property
    def typed(self) -> Sequence[JsonObject]:
        """Return the header with a token."""
        token = joined("Bearer ", Variable("access token"))
        return [typed_part("header", "Authorization", token)]

    def guard(self, realm: str, env: Environment = os.environ) -> WaitingGuard:
        """Return the guard; raises SettingsError for a faulty variable."""
        issuer, audience, resource = self._texts(env)
        conditions = Conditions(issuer, audience, self.scopes)
        if not resource:
            return AccessTokenGuard(conditions, realm)
        url = metadata_url(resource)
        paths = _metadata_paths(resource)
        return AccessTokenGuard(conditions, realm, paths, resource_metadata=url)

    def with_open_pages(self, app: ASGIApp, env: Environment = os.environ) -> ASGIApp:
        """Return the application with the metadata of the resource.

        The guard allows every client to request it.
        """
        issuer, _, resource = self._texts(env)
        if not resource:
            return app
        return _WithMetadata(app, resource, _metadata(resource, issuer, self.scopes))

    def _texts(self, env: Environment) -> tuple[str, str, str]:
        texts = (self.issuer, self.audience, self.resource or "")
        issuer, audience, resource = read_texts(env, *texts)
        name = " and ".join(names_of(self.issuer)) or "the authorization server"
        return endpoint(name, issuer), audience, resource


class _WithMetadata:
    """ASGI middleware that responds with the metadata of a protected resource."""

    def __init__(self, app: ASGIApp, resource: str, metadata: bytes) -> None:
        self._app = app
        self._paths = _metadata_paths(resource)
        self._document = Document("application/json", metadata, [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_metadata = scope["type"] == "http" and own_path(scope) in self._paths
        await (self._document if is_metadata else self._app)(scope, receive, send)


def metadata_url(resource: str) -> str:
    """Return the URL of a resource's metadata (RFC 9728, section 3.1)."""
    parts = urlsplit(resource)
    path = parts.path.rstrip("/")
    return parts._replace(path=f"{WELL_KNOWN}{path}", fragment="").geturl()


def _metadata_paths(resource: str) -> frozenset[str]:
    return frozenset((WELL_KNOWN, urlsplit(metadata_url(resource)).path))


def granted_scopes(claims: dict[str, Any]) -> frozenset[str]:
    """Return the scopes of a token, which are a text or a list."""
    scopes = set[str]()
    for name in ("scope", "scp"):
        match claims.get(name):
            case str() as text:
                scopes.update(text.split(" "))
            case list() as items:
                scopes.update(one for one in items if isinstance(one, str))
            case _:
                pass
    return frozenset(scopes)


def _metadata(resource: str, issuer: str, scopes: tuple[str, ...]) -> bytes:
    supported = {"scopes_supported": list(scopes)} if scopes else {}
    document = {
        "resource": resource,
        "authorization_servers": [issuer],
        **supported,
        "bearer_methods_supported": ["header"],
    }
    return json.dumps(document).encode()


def _header(token: bytes) -> tuple[str | None, str] | None:
    """Return the name of a token's key and its algorithm, or None if it is faulty."""
    if len(token) > LONGEST:
        return None
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    kind, name, algorithm = (header.get(one) for one in ("typ", "kid", "alg"))
    is_usable = "crit" not in header and str(kind or "JWT").lower() in KINDS
    if not is_usable or not isinstance(algorithm, str) or algorithm not in KNOWN:
        return None
    return (name, algorithm) if isinstance(name, str | None) else None


def _claims(
    token: bytes, algorithm: str, key: Key, conditions: Conditions
) -> dict[str, Any] | None:
    """Return the claims of a token that its issuer signed for the audience, or None."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.value,
            algorithms=[algorithm],
            audience=conditions.audience,
            issuer=conditions.issuer,
            options={
                "require": ["exp", "iss", "aud"],
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    return claims


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
