"""Clients that authenticate by a password or a key."""

import os
import re
import secrets
import time
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as keyed_digest
from typing import Any
from urllib.parse import quote

from ..errors import CallError, SettingsError
from ..settings import Environment
from .authentication import (
    Authentication,
    Scope,
    Secret,
    Text,
    challenge,
    in_shell,
    joined,
    names_of,
    read_texts,
    take_cookie,
    take_credentials,
    take_header,
    take_query,
    unauthorized,
)
from .guards import Guard

LIFETIME = 300
"""Seconds in which a nonce can be used."""
COUNTS = 10_000
"""The most requests with one nonce."""
PARAMETER = re.compile(
    r"""
    [ \t]* ([A-Za-z0-9_-]+) [ \t]* = [ \t]*
    (?: "((?:[^"\\]|\\.)*)" | ([^\s",;=]+) )
    [ \t]* (?:,|$)
    """,
    re.VERBOSE,
)
NEEDED = frozenset(("username", "realm", "nonce", "uri", "response", "cnonce", "nc"))


class BasicGuard:
    """A guard that allows requests of one user; the name can't contain a colon."""

    def __init__(self, username: str, password: str, realm: str) -> None:
        self._pair = Secret(f"{username}:{password}")
        self._refusal = unauthorized(
            "send the user name and password as Authorization: Basic",
            challenge("Basic", realm=realm, charset="UTF-8"),
        )

    def __call__(self, scope: MutableMapping[str, Any]) -> CallError | None:
        """Return the refusal of a request, or None."""
        credentials = take_credentials(scope, b"basic") or b""
        try:
            pair = b64decode(credentials, validate=True)
        except Error:
            return self._refusal
        return None if self._pair.is_equal(pair) else self._refusal


@dataclass(frozen=True, slots=True)
class BasicAuthentication(Authentication):
    """A user name and password that clients have to send."""

    username: Text
    password: Text

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables of both."""
        return names_of(self.username, self.password)

    @property
    def curl_options(self) -> tuple[str, ...]:
        """Return the option for both."""
        return ("-u", user_in_shell(self.username, self.password))

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError for a faulty variable."""
        return BasicGuard(*user_of(self.username, self.password, env), realm)


def user_in_shell(username: Text, password: Text) -> str:
    """Return a user name and password as curl takes them, quoted for a shell."""
    return in_shell(joined(username, ":", password))


def user_of(username: Text, password: Text, env: Environment) -> tuple[str, str]:
    """Return a user name and password; raises SettingsError."""
    name, secret = read_texts(env, username, password)
    if ":" in name:
        variables = " and ".join(names_of(username)) or "the user name"
        raise SettingsError(f"{variables} can't contain a colon")
    return name, secret


class KeyGuard:
    """A guard that allows requests with a key, which `take` takes out of a scope."""

    def __init__(
        self, take: Callable[[Scope], bytes | None], key: str, refusal: CallError
    ) -> None:
        self._take = take
        self._key = Secret(key)
        self._refusal = refusal

    def __call__(self, scope: MutableMapping[str, Any]) -> CallError | None:
        """Return the refusal of a request, or None."""
        key = self._take(scope)
        if key is None or not self._key.is_equal(key):
            return self._refusal
        return None


@dataclass(frozen=True, slots=True)
class HeaderKeyAuthentication(Authentication):
    """A key that clients have to send in a header."""

    name: str
    key: Text

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables of the key."""
        return names_of(self.key)

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the header with the key."""
        return {self.name: self.key}

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError if the key isn't set."""
        [key] = read_texts(env, self.key)
        take = partial(take_header, name=self.name.lower().encode())
        return KeyGuard(take, key, _refusal("header", self.name, realm))


@dataclass(frozen=True, slots=True)
class QueryKeyAuthentication(Authentication):
    """A key that clients have to send in the query."""

    name: str
    key: Text

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables of the key."""
        return names_of(self.key)

    @property
    def query(self) -> Mapping[str, Text]:
        """Return the query parameter with the key."""
        return {self.name: self.key}

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError if the key isn't set."""
        [key] = read_texts(env, self.key)
        take = partial(take_query, name=self.name.encode())
        return KeyGuard(take, key, _refusal("query parameter", self.name, realm))


@dataclass(frozen=True, slots=True)
class CookieKeyAuthentication(Authentication):
    """A key that clients have to send in a cookie."""

    name: str
    key: Text

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables of the key."""
        return names_of(self.key)

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the header with the cookie."""
        return {"Cookie": joined(f"{self.name}=", self.key)}

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError if the key isn't set."""
        [key] = read_texts(env, self.key)
        take = partial(take_cookie, name=self.name.encode())
        return KeyGuard(take, key, _refusal("cookie", self.name, realm))


def _refusal(place: str, name: str, realm: str) -> CallError:
    # No scheme is registered for keys, but a response 401 needs a challenge.
    return unauthorized(
        f"send the key in the {place} {name}", challenge("ApiKey", realm=realm)
    )


class Nonces:
    """Nonces that this process and its forks have issued, and their uses.

    A nonce holds its time and a keyed digest, so none is stored before a client has
    used it with the right password.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._uses: dict[str, tuple[float, set[int]]] = {}

    def issue(self) -> str:
        """Return a new nonce."""
        start = f"{int(time.time()):x}-{secrets.token_hex(8)}"
        return f"{start}-{self._seal(start)}"

    def use(self, nonce: str, count: int) -> bool:
        """Record the use of a nonce; return False if it is stale or a repetition."""
        end = self._end(nonce)
        now = time.time()
        if end is None or end <= now:
            return False
        self._forget(now)
        _, counts = self._uses.setdefault(nonce, (end, set()))
        if count in counts or len(counts) >= COUNTS:
            return False
        counts.add(count)
        return True

    def _end(self, nonce: str) -> float | None:
        """Return the end of a nonce's lifetime, or None if it isn't one of ours."""
        start, _, seal = nonce.rpartition("-")
        if not compare_digest(seal.encode(), self._seal(start).encode()):
            return None
        return int(start.partition("-")[0], 16) + LIFETIME

    def _seal(self, start: str) -> str:
        return keyed_digest(self._key, start.encode(), "sha256").hex()[:32]

    def _forget(self, now: float) -> None:
        """Remove the nonces whose lifetime is over, which stand first."""
        while self._uses:
            nonce, (end, _) = next(iter(self._uses.items()))
            if end > now:
                return
            del self._uses[nonce]


class DigestGuard:
    """A guard that allows requests signed with the password of one user.

    A response is valid for one request with its nonce and count; `uri` must be the
    target of the request.
    """

    def __init__(self, username: str, password: str, realm: str) -> None:
        self._username = username
        self._realm = realm
        self._secret = _hash(f"{username}:{realm}:{password}")
        self._nonces = Nonces()

    def __call__(self, scope: MutableMapping[str, Any]) -> CallError | None:
        """Return the refusal of a request, or None."""
        credentials = take_credentials(scope, b"digest")
        given = _parameters((credentials or b"").decode("latin-1"))
        if given is None or not self._is_valid(given, scope):
            return self._refusal()
        if not self._nonces.use(given["nonce"], int(given["nc"], 16)):
            return self._refusal(stale=True)
        return None

    def _is_valid(self, given: dict[str, str], scope: MutableMapping[str, Any]) -> bool:
        """Return whether the response is that of the user to this request."""
        is_known = (
            given["username"] == self._username
            and given["realm"] == self._realm
            and given.get("algorithm", "SHA-256").upper() == "SHA-256"
            and given.get("qop") == "auth"
            and given.get("userhash", "false").lower() == "false"
            and re.fullmatch("[0-9a-fA-F]{8}", given["nc"]) is not None
            and given["uri"].encode("latin-1") == _target(scope)
        )
        expected = self._response(given, scope.get("method", "GET"))
        is_equal = compare_digest(expected.encode(), given["response"].lower().encode())
        return is_known and is_equal

    def _response(self, given: dict[str, str], method: str) -> str:
        request = _hash(f"{method}:{given['uri']}")
        parts = (self._secret, given["nonce"], given["nc"], given["cnonce"], "auth")
        return _hash(":".join((*parts, request)))

    def _refusal(self, *, stale: bool = False) -> CallError:
        start = challenge("Digest", realm=self._realm, nonce=self._nonces.issue())
        ending = ', qop="auth", algorithm=SHA-256' + (", stale=true" if stale else "")
        detail = "send the user name and password by HTTP Digest with SHA-256"
        return unauthorized(detail, start + ending)


@dataclass(frozen=True, slots=True)
class DigestAuthentication(Authentication):
    """A user name and password with which clients have to sign requests."""

    username: Text
    password: Text

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables of both."""
        return names_of(self.username, self.password)

    @property
    def curl_options(self) -> tuple[str, ...]:
        """Return the options for both."""
        return ("--digest", "-u", user_in_shell(self.username, self.password))

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError for a faulty variable."""
        return DigestGuard(*user_of(self.username, self.password, env), realm)


def _parameters(text: str) -> dict[str, str] | None:
    """Return the parameters of credentials; None if they are malformed or repeated."""
    given: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = PARAMETER.match(text, position)
        if match is None or match[1].lower() in given:
            return None
        position = match.end()
        value = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        given[match[1].lower()] = value
    return given if given.keys() >= NEEDED else None


def _target(scope: MutableMapping[str, Any]) -> bytes:
    """Return the target of a request as the client sent it."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    path = path.partition(b"?")[0]  # some servers append the query
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path


def _hash(text: str) -> str:
    return sha256(text.encode("latin-1", "replace")).hexdigest()
