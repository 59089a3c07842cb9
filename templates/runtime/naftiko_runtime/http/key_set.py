"""The public keys of an authorization server (RFC 7517), and where it has them."""

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

from ..errors import NaftikoError, RequestError
from ..upstream.connecting import Connections
from ..upstream.connection import Outgoing
from ..values import parse

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
            self._fetch = asyncio.create_task(self._refreshed())
        seconds = MOMENT if is_known and self.is_usable else PATIENCE
        # The fetch goes on after that, and if the client of this request disconnects.
        await asyncio.wait((self._fetch,), timeout=seconds)

    async def _refreshed(self) -> None:
        now = time.monotonic()
        is_first_look = now - self._fetched >= LIFETIME
        if not is_first_look:
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
                self._address = await self._found_address(connections)
            document = await _fetched(connections, self._address)
        keys = tuple(usable_keys(document))
        if not keys:
            raise KeySetError
        return keys

    async def _found_address(self, connections: Connections) -> str:
        """Return the URL of the keys, from the metadata of the issuer."""
        for url in metadata_urls(self._issuer):
            try:
                document = await _fetched(connections, url)
            except FAILURES:
                continue
            address, issuer = document.get("jwks_uri"), document.get("issuer")
            if issuer == self._issuer and self._may_be(address):
                return str(address)
            if _differs_by_slash(issuer, self._issuer):
                LOG.warning("the authorization server calls itself %s", issuer)
        raise KeySetError

    def _may_be(self, address: object) -> bool:
        """Return whether an address is a URL that is as safe as the issuer's."""
        allowed = ("https",) if self._issuer.startswith("https:") else ("https", "http")
        return isinstance(address, str) and urlsplit(address).scheme in allowed


def metadata_urls(issuer: str) -> Iterator[str]:
    """Yield the URLs at which an issuer may have its metadata.

    These are RFC 8414's, OpenID Connect's, and the first with the path in front.
    """
    scheme, host, path, _, _ = urlsplit(issuer)
    path = path.rstrip("/")
    names = ("oauth-authorization-server", "openid-configuration")
    paths = (f"/.well-known/{name}{path}" for name in names)
    behind = (f"{path}/.well-known/{name}" for name in reversed(names))
    for one in dict.fromkeys((*paths, *behind)):
        yield urlunsplit((scheme, host, one, "", ""))


async def _fetched(connections: Connections, url: str) -> dict[str, Any]:
    origin, target = connections.find(url)
    head = origin.head("GET", target, HEADERS, None)
    reply = await origin.exchange(Outgoing(head, limit=SIZE))
    document = parse(reply.body) if reply.status == 200 else None
    if not isinstance(document, dict):
        raise KeySetError
    return document


def usable_keys(document: dict[str, Any]) -> Iterator[Key]:
    """Yield the public keys for signatures in a key set."""
    listed = document.get("keys")
    for one in listed if isinstance(listed, list) else ():
        key = _key(one) if isinstance(one, dict) else None
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
    return frozenset(one for one in algorithms if algorithm in (None, one))


def _differs_by_slash(issuer: object, own: str) -> bool:
    """Return whether an issuer is another one, by a slash that authors overlook."""
    is_similar = isinstance(issuer, str) and issuer.rstrip("/") == own.rstrip("/")
    return is_similar and issuer != own
