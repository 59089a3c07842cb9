"""Clients with a user name and password (RFC 7617)."""

import os
from base64 import b64decode
from binascii import Error
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from ..errors import CallError, SettingsError
from ..http.guards import Guard
from ..settings import Environment
from .authentication import Authentication
from .challenges import challenge, unauthorized
from .requests import take_credentials
from .texts import Secret, Text, in_shell, joined, names_of, read_texts


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
