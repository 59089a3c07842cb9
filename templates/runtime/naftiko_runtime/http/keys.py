"""Clients that authenticate by a password or a key."""

import os
import re
import secrets
import time
from abc import abstractmethod
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as keyed_digest
from typing import ClassVar
from urllib.parse import quote

from starlette.types import Scope

from ..errors import CallError, Fault, SettingsError
from ..observing.calls import CALLER, Caller
from ..settings import Environment
from ..values import JsonObject
from .guards import (
    Authentication,
    Guard,
    Secret,
    Text,
    challenge,
    in_shell,
    join,
    names_of,
    read_texts,
    take_cookie,
    take_credentials,
    take_header,
    take_query,
    typed_part,
    unknown_client,
)

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
        self._owner = Caller(username)
        self._refusal = unknown_client(
            "send the user name and password as Authorization: Basic",
            challenge("Basic", realm=realm, charset="UTF-8"),
        )

    def __call__(self, scope: Scope) -> CallError | None:
        """Return the refusal of a request, or None."""
        credentials = take_credentials(scope, b"basic") or b""
        try:
            pair = b64decode(credentials, validate=True)
        except Error:
            return self._refusal
        if not self._pair.is_equal(pair):
            return self._refusal
        scope[CALLER] = self._owner
        return None


@dataclass(frozen=True, slots=True)
class BasicAuthentication(Authentication):
    """A user name and password that clients have to send."""

    username: Text
    password: Text

    @property
    def curl_options(self) -> tuple[str, ...]:
        """Return the option for both."""
        return ("-u", in_shell(join(self.username, ":", self.password)))

    @property
    def typed(self) -> Sequence[JsonObject]:
        """Return the header with both, in base64."""
        both = join(self.username, ":", self.password)
        return [typed_part("header", "Authorization", both, "Basic ")]

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError for a faulty variable."""
        return BasicGuard(*self.user(env), realm)

    def user(self, env: Environment) -> tuple[str, str]:
        """Return the user name and password; raises SettingsError."""
        name, secret = read_texts(env, self.username, self.password)
        if ":" in name:
            variables = names_of(self.username)
            names = " and ".join(variables) or "the user name"
            raise SettingsError(Fault(f"{names} can't contain a colon", *variables[:1]))
        return name, secret


@dataclass(frozen=True, slots=True)
class KeyAuthentication(Authentication):
    """A key that clients have to send; subclasses take it out of requests."""

    name: str
    key: Text
    place: ClassVar[str]

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError if the key isn't set."""
        [text] = read_texts(env, self.key)
        key = Secret(text)
        # No scheme is registered for keys, but a response 401 needs a challenge.
        refusal = unknown_client(
            f"send the key in the {self.place} {self.name}",
            challenge("ApiKey", realm=realm),
        )

        def refuse(scope: Scope) -> CallError | None:
            value = self.take(scope)
            if value is None or not key.is_equal(value):
                return refusal
            scope[CALLER] = key.owner
            return None

        return refuse

    @abstractmethod
    def take(self, scope: Scope) -> bytes | None:
        """Remove the key from a request, and return it."""


class HeaderKeyAuthentication(KeyAuthentication):
    """A key that clients have to send in a header."""

    __slots__ = ()
    place = "header"

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the header with the key."""
        return {self.name: self.key}

    def take(self, scope: Scope) -> bytes | None:
        """Remove the header."""
        return take_header(scope, self.name.lower().encode())


class QueryKeyAuthentication(KeyAuthentication):
    """A key that clients have to send in the query."""

    __slots__ = ()
    place = "query parameter"

    @property
    def query(self) -> Mapping[str, Text]:
        """Return the query parameter with the key."""
        return {self.name: self.key}

    def take(self, scope: Scope) -> bytes | None:
        """Remove the query parameter."""
        return take_query(scope, self.name.encode())


class CookieKeyAuthentication(KeyAuthentication):
    """A key that clients have to send in a cookie."""

    __slots__ = ()
    place = "cookie"

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the header with the cookie."""
        return {"Cookie": join(f"{self.name}=", self.key)}

    @property
    def typed(self) -> Sequence[JsonObject]:
        """Return nothing: no browser lets a script send a cookie."""
        return ()

    def take(self, scope: Scope) -> bytes | None:
        """Remove the cookie."""
        return take_cookie(scope, self.name.encode())


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
        self._owner = Caller(username)
        self._realm = realm
        self._secret = _hash(f"{username}:{realm}:{password}")
        self._nonces = Nonces()

    def __call__(self, scope: Scope) -> CallError | None:
        """Return the refusal of a request, or None."""
        credentials = take_credentials(scope, b"digest")
        fields = _parameters((credentials or b"").decode("latin-1"))
        if fields is None or not self._is_valid(fields, scope):
            return self._refusal()
        if not self._nonces.use(fields["nonce"], int(fields["nc"], 16)):
            return self._refusal(stale=True)
        scope[CALLER] = self._owner
        return None

    def _is_valid(self, fields: dict[str, str], scope: Scope) -> bool:
        """Return whether the response is that of the user to this request."""
        is_known = (
            fields["username"] == self._username
            and fields["realm"] == self._realm
            and fields.get("algorithm", "SHA-256").upper() == "SHA-256"
            and fields.get("qop") == "auth"
            and fields.get("userhash", "false").lower() == "false"
            and re.fullmatch("[0-9a-fA-F]{8}", fields["nc"]) is not None
            and fields["uri"].encode("latin-1") == _target(scope)
        )
        expected = self._response(fields, scope.get("method", "GET"))
        is_equal = compare_digest(
            expected.encode(), fields["response"].lower().encode()
        )
        return is_known and is_equal

    def _response(self, fields: dict[str, str], method: str) -> str:
        request = _hash(f"{method}:{fields['uri']}")
        parts = (self._secret, fields["nonce"], fields["nc"], fields["cnonce"], "auth")
        return _hash(":".join((*parts, request)))

    def _refusal(self, *, stale: bool = False) -> CallError:
        start = challenge("Digest", realm=self._realm, nonce=self._nonces.issue())
        ending = ', qop="auth", algorithm=SHA-256' + (", stale=true" if stale else "")
        detail = "send the user name and password by HTTP Digest with SHA-256"
        return unknown_client(detail, start + ending)


class DigestAuthentication(BasicAuthentication):
    """A user name and password with which clients have to sign requests."""

    __slots__ = ()

    @property
    def curl_options(self) -> tuple[str, ...]:
        """Return the options for both."""
        return ("--digest", *super().curl_options)

    @property
    def typed(self) -> Sequence[JsonObject]:
        """Return nothing: the script of a page computes no digests."""
        return ()

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError for a faulty variable."""
        return DigestGuard(*self.user(env), realm)


def _parameters(text: str) -> dict[str, str] | None:
    """Return the parameters of credentials; None if they are malformed or repeated."""
    fields: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = PARAMETER.match(text, position)
        if match is None or match[1].lower() in fields:
            return None
        position = match.end()
        value = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        fields[match[1].lower()] = value
    return fields if fields.keys() >= NEEDED else None


def _target(scope: Scope) -> bytes:
    """Return the target of a request as the client sent it."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    path = path.partition(b"?")[0]  # some servers append the query
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path


def _hash(text: str) -> str:
    return sha256(text.encode("latin-1", "replace")).hexdigest()
