"""Clients with a key in a header, a query parameter or a cookie."""

import os
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..errors import CallError
from ..http.guards import Guard
from ..settings import Environment
from .authentication import Authentication
from .challenges import challenge, unauthorized
from .requests import Scope, take_cookie, take_header, take_query
from .texts import Secret, Text, joined, names_of, read_texts


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
