"""Clients that authenticate by access tokens (JWT) and their grants."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError, NaftikoError, RequestError, UnauthorizedError
from ..observing.calls import CALLER, Caller
from ..settings import Environment, endpoint, read_with
from ..upstream.connection import Connections, Outgoing
from ..values import JsonObject, parse
from .guards import (
    Authentication,
    Text,
    Variable,
    WaitingGuard,
    challenge,
    join,
    names_of,
    read_texts,
    take_credentials,
    typed_part,
    unknown_client,
)
from .messages import Document, own_path

LIFETIME = 300.0
"""Seconds after which keys are fetched again."""
LONGEST_USE = 3600.0
"""Seconds in which keys are used if they can't be fetched again."""
PAUSE = 10.0
"""Seconds between fetches for unknown keys, and after a failed fetch."""
FETCH_SECONDS = 10.0
"""Seconds after which a fetch is given up."""
PATIENCE = 3.0
"""Seconds that a request waits for keys, without which its token can't be checked."""
MOMENT = 0.25
"""Seconds that it waits if its key is known already, but old."""
SIZE = 1024 * 1024
RSA_BITS = 2048
TYPES = (
    ("RSA", None, frozenset(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"))),
    ("EC", "P-256", frozenset(("ES256",))),
    ("EC", "P-384", frozenset(("ES384",))),
    ("EC", "P-521", frozenset(("ES512",))),
    ("OKP", "Ed25519", frozenset(("EdDSA",))),
)
"""Types of keys and their curves with their algorithms, which are all asymmetric."""
HEADERS = (("Accept", "application/json"), ("User-Agent", "naftiko-runtime"))
KNOWN = tuple(name for *_, names in TYPES for name in sorted(names))
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the algorithms that it may check."""

    name: str | None
    value: Any
    algorithms: frozenset[str]


Header = tuple[str | None, str]
"""The name of a token's key, and its algorithm."""


class KeySetError(NaftikoError):
    """A response of the authorization server that can't be used."""


FAILURES = (KeySetError, RequestError, ValueError)


class KeySet:
    """The keys of an issuer; all that wait for them share one fetch."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self.version = 0
        """The number of times that keys came."""
        self._keys: tuple[Key, ...] = ()
        self._address: str | None = None
        self._fetched = -LONGEST_USE
        self._next_unknown = 0.0
        self._next_retry = 0.0
        self._fetch: asyncio.Task[None] | None = None

    @property
    def is_usable(self) -> bool:
        """Return whether there are keys that aren't too old."""
        is_young = time.monotonic() - self._fetched < LONGEST_USE
        return bool(self._keys) and is_young

    def is_current(self, version: int) -> bool:
        """Return whether the keys still have a version, and aren't old."""
        is_young = time.monotonic() - self._fetched < LIFETIME
        return is_young and version == self.version

    def find(self, name: str | None, algorithm: str) -> Key | None:
        """Return the key of a token, or None if it isn't known.

        A token without the name of its key belongs to the only fitting one.
        """
        fitting = [key for key in self._keys if algorithm in key.algorithms]
        if name is not None:
            fitting = [key for key in fitting if key.name == name]
        return fitting[0] if len(fitting) == 1 else None

    def has_to_wait(self, *, is_known: bool) -> bool:
        """Return whether a token has to wait for a fetch, before it is checked."""
        now = time.monotonic()
        is_old = now - self._fetched >= LIFETIME
        if is_known and not is_old:
            return False
        is_fetching = self._fetch is not None and not self._fetch.done()
        if is_fetching:
            return not (is_known and self.is_usable)
        if now < self._next_retry:
            return False
        return is_old or now >= self._next_unknown

    async def refresh(self, *, is_known: bool) -> None:
        """Fetch the keys, or wait for the fetch of another request.

        A token whose key is known is checked by it if the issuer is slow.
        """
        if self._fetch is None or self._fetch.done():
            self._fetch = asyncio.create_task(self._refresh_keys())
        seconds = MOMENT if is_known and self.is_usable else PATIENCE
        # The fetch goes on after that, and if the client of this request disconnects.
        await asyncio.wait((self._fetch,), timeout=seconds)

    async def _refresh_keys(self) -> None:
        now = time.monotonic()
        if now - self._fetched < LIFETIME:
            self._next_unknown = now + PAUSE
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                keys = await self._download()
        except (*FAILURES, TimeoutError) as error:
            LOG.warning(
                "the keys of the authorization server can't be fetched: %s",
                type(error).__name__,
            )
            self._address = None
            self._next_retry = time.monotonic() + PAUSE
        else:
            self._keys = keys
            self.version += 1
            self._fetched = time.monotonic()

    async def _download(self) -> tuple[Key, ...]:
        async with Connections() as connections:
            if self._address is None:
                self._address = await self._find_address(connections)
            document = await _fetch(connections, self._address)
        keys = tuple(usable_keys(document))
        if not keys:
            raise KeySetError
        return keys

    async def _find_address(self, connections: Connections) -> str:
        """Return the URL of the keys, from the metadata of the issuer."""
        for url in metadata_urls(self._issuer):
            try:
                document = await _fetch(connections, url)
            except FAILURES:
                continue
            address, issuer = document.get("jwks_uri"), document.get("issuer")
            # An address has to be as safe as the issuer's.
            schemes = {"https", urlsplit(self._issuer).scheme}
            is_url = isinstance(address, str) and urlsplit(address).scheme in schemes
            if is_url and issuer == self._issuer:
                return str(address)
            is_similar = str(issuer).rstrip("/") == self._issuer.rstrip("/")
            if is_similar and issuer != self._issuer:
                LOG.warning("the authorization server calls itself %s", issuer)
        raise KeySetError


def metadata_urls(issuer: str) -> Iterator[str]:
    """Yield the URLs at which an issuer may have its metadata.

    These are RFC 8414's, OpenID Connect's, and the first with the path in front.
    """
    scheme, host, path, _, _ = urlsplit(issuer)
    path = path.rstrip("/")
    names = ("oauth-authorization-server", "openid-configuration")
    paths = (f"/.well-known/{name}{path}" for name in names)
    others = (f"{path}/.well-known/{name}" for name in reversed(names))
    for well_known in dict.fromkeys((*paths, *others)):
        yield urlunsplit((scheme, host, well_known, "", ""))


async def _fetch(connections: Connections, url: str) -> dict[str, Any]:
    origin, target = connections.find(url)
    head = origin.head("GET", target, HEADERS, None)
    reply = await origin.exchange(Outgoing(head, limit=SIZE))
    document = parse(reply.body) if reply.status == 200 else None
    if not isinstance(document, dict):
        raise KeySetError
    return document


def usable_keys(document: dict[str, Any]) -> Iterator[Key]:
    """Yield the public keys for signatures in a key set."""
    items = document.get("keys")
    for item in items if isinstance(items, list) else ():
        key = _key(item) if isinstance(item, dict) else None
        if key is not None:
            yield key


def _key(data: dict[str, Any]) -> Key | None:
    """Return a public key for signatures, or None for another one or a weak one."""
    name, algorithms = data.get("kid"), _algorithms(data)
    is_public = "d" not in data and data.get("use", "sig") == "sig"
    if not algorithms or not is_public or not isinstance(name, str | None):
        return None
    try:
        value = PyJWK.from_dict(data, min(algorithms)).key
    except (PyJWTError, ValueError, TypeError):
        return None
    if isinstance(value, RSAPublicKey) and value.key_size < RSA_BITS:
        return None
    return Key(name, value, algorithms)


def _algorithms(data: dict[str, Any]) -> frozenset[str]:
    """Return the algorithms of a key: those of its type, or the one that it names."""
    kind, curve, algorithm = data.get("kty"), data.get("crv"), data.get("alg")
    fitting = (
        algorithms
        for of_kind, of_curve, algorithms in TYPES
        if kind == of_kind and of_curve in (curve, None)
    )
    algorithms = next(fitting, frozenset())
    return algorithms if algorithm is None else algorithms & {str(algorithm)}


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


@dataclass(frozen=True, slots=True)
class Conditions:
    """The claims that a token needs, besides its lifetime."""

    issuer: str
    audience: str
    scopes: tuple[str, ...] = ()


class AccessTokenGuard:
    """A guard that allows requests with a valid token and the needed scopes.

    It returns an awaitable if it has to fetch keys. A signature is checked once, until
    the keys are fetched again: the grants of the last tokens are remembered. They are
    found by the tokens themselves: a dict compares texts only if their hashes are
    equal, which have a random key. So its time tells nothing about the tokens.
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
        self._grants: dict[bytes, Grant] = {}
        start = partial(challenge, "Bearer", realm=realm)
        self._absent = unknown_client(
            "send an access token as Authorization: Bearer", start(**parameters)
        )
        self._invalid = unknown_client(
            "the access token isn't valid", start(error="invalid_token", **parameters)
        )
        scope = " ".join(conditions.scopes)
        self._insufficient = UnauthorizedError(
            403,
            "Forbidden",
            f"the access token needs the scope {scope}",
            start(error="insufficient_scope", scope=scope, **parameters),
        )

    def __call__(self, scope: Scope) -> CallError | Awaitable[CallError | None] | None:
        """Return the refusal of a request, None, or an awaitable of either."""
        token = take_credentials(scope, b"bearer")
        grant = None if token is None else self._find_grant(token)
        is_open = scope["type"] == "http" and own_path(scope) in self._open_paths
        if is_open and not (grant and grant.is_enough):
            return None
        if grant:
            return self._allow(scope, grant)
        if token is None:
            return self._absent
        if (header := _header(token)) is None:
            return self._invalid
        is_known = self._keys.find(*header) is not None
        if self._keys.has_to_wait(is_known=is_known):
            return self._check_later(scope, token, header, is_known=is_known)
        return self._check(scope, token, header)

    def _find_grant(self, token: bytes) -> Grant | None:
        """Return the grant of a token that needn't be checked again."""
        grant = self._grants.get(token)
        is_current = grant and self._keys.is_current(grant.version)
        return grant if grant and is_current and grant.is_timely else None

    def _allow(self, scope: Scope, grant: Grant) -> CallError | None:
        """Let the audit know whose token it is; refuse one without the scopes."""
        scope[CALLER] = Caller(grant.subject, self._conditions.issuer)
        return None if grant.is_enough else self._insufficient

    async def _check_later(
        self, scope: Scope, token: bytes, header: Header, *, is_known: bool
    ) -> CallError | None:
        await self._keys.refresh(is_known=is_known)
        return self._check(scope, token, header)

    def _check(self, scope: Scope, token: bytes, header: Header) -> CallError | None:
        if not self._keys.is_usable:
            return NO_KEYS
        key = self._keys.find(*header)
        claims = _claims(token, header[1], key, self._conditions) if key else None
        grant = self._grant(claims) if claims else None
        if grant is None:
            return self._invalid
        if len(self._grants) >= MOST:
            del self._grants[next(iter(self._grants))]
        self._grants[token] = grant
        return self._allow(scope, grant)

    def _grant(self, claims: dict[str, Any]) -> Grant | None:
        """Return the grant of signed claims, or None if the time isn't theirs."""
        start, end = claims.get("nbf", 0), claims["exp"]
        if not (_is_number(start) and _is_number(end)):
            return None
        is_enough = granted_scopes(claims).issuperset(self._conditions.scopes)
        subject = claims.get("sub")
        name = subject[:LONGEST_NAME] if isinstance(subject, str) else None
        grant = Grant(self._keys.version, start - SKEW, int(end), is_enough, name)
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
        token = join("Bearer ", Variable("access token"))
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
        issuer, _, resource = read_with(self.files, self._texts, env)
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
                scopes.update(item for item in items if isinstance(item, str))
            case _:
                pass
    return frozenset(scopes)


def _metadata(resource: str, issuer: str, scopes: tuple[str, ...]) -> bytes:
    document = {
        "resource": resource,
        "authorization_servers": [issuer],
        **({"scopes_supported": list(scopes)} if scopes else {}),
        "bearer_methods_supported": ["header"],
    }
    return json.dumps(document).encode()


def _header(token: bytes) -> Header | None:
    """Return the name of a token's key and its algorithm, or None if it is faulty."""
    if len(token) > LONGEST:
        return None
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    kind, name, algorithm = map(header.get, ("typ", "kid", "alg"))
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
