"""Clients with a constant token in `Authorization: Bearer` (RFC 6750)."""

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from ..errors import CallError
from ..http.guards import Guard
from ..settings import Environment
from .authentication import Authentication
from .challenges import challenge, unauthorized
from .requests import take_credentials
from .texts import Secret, Text, joined, names_of, read_texts


class BearerGuard:
    """A guard that allows requests with a token."""

    def __init__(self, token: str, realm: str) -> None:
        self._token = Secret(token)
        self._absent = unauthorized(
            "send the token as Authorization: Bearer", challenge("Bearer", realm=realm)
        )
        self._wrong = unauthorized(
            "the token isn't valid",
            challenge("Bearer", realm=realm, error="invalid_token"),
        )

    def __call__(self, scope: MutableMapping[str, Any]) -> CallError | None:
        """Return the refusal of a request, or None."""
        token = take_credentials(scope, b"bearer")
        if token is None:
            return self._absent
        return None if self._token.is_equal(token) else self._wrong


@dataclass(frozen=True, slots=True)
class BearerAuthentication(Authentication):
    """A token that clients have to send."""

    token: Text

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variable of the token."""
        return names_of(self.token)

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the header with the token."""
        return {"Authorization": joined("Bearer ", self.token)}

    def guard(self, realm: str, env: Environment = os.environ) -> Guard:
        """Return the guard; raises SettingsError if the token isn't set."""
        [token] = read_texts(env, self.token)
        return BearerGuard(token, realm)
