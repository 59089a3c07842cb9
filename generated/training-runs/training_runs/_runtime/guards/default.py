"""The guards of an adapter, whose spec may declare no authentication."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..http.guards import Guard, WaitingGuard
from ..settings import Environment
from .authentication import Authentication, realm_of
from .bearer import BearerAuthentication
from .texts import Text, Variable


@dataclass(frozen=True, slots=True)
class OptionalToken(Authentication):
    """A token that clients have to send if its variable is set.

    A variable that is set but empty is an error, not an open adapter.
    """

    variable: str

    @property
    def variables(self) -> tuple[str, ...]:
        """Return no variable, because none has to be set."""
        return ()

    def is_required(self, env: Environment = os.environ) -> bool:
        """Return whether the variable is set."""
        return self.variable in env

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the header with the token."""
        return self._declared.headers

    def guard(self, realm: str, env: Environment = os.environ) -> Guard | None:
        """Return the guard, or None if the variable isn't set."""
        return self._declared.guard(realm, env) if self.is_required(env) else None

    @property
    def _declared(self) -> BearerAuthentication:
        return BearerAuthentication(Variable(self.variable))


def authentication_of(declared: Authentication | None, prefix: str) -> Authentication:
    """Return the authentication of an adapter.

    Without a declared one, it is the token in the variable `_TOKEN` after `prefix`.
    """
    return declared or OptionalToken(f"{prefix}_TOKEN")


def curl_options(authentication: Authentication | None) -> tuple[str, ...]:
    """Return the options by which curl authenticates, none if it needn't."""
    if authentication is None or not authentication.is_required():
        return ()
    return authentication.curl_options


def client_guards(
    authentication: Authentication | None, prefix: str, env: Environment = os.environ
) -> tuple[WaitingGuard, ...]:
    """Return the guard of an adapter's clients, or none if every client is allowed.

    Raises SettingsError for missing or malformed variables.
    """
    guard = authentication.guard(realm_of(prefix), env) if authentication else None
    return () if guard is None else (guard,)
