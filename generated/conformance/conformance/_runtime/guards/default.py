"""The guards of an adapter, whose spec may declare no authentication."""

import os
from dataclasses import dataclass

from ..http.guards import Guard, WaitingGuard
from ..settings import Environment
from .authentication import Authentication, realm_of
from .bearer import BearerAuthentication
from .texts import Variable


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

    def guard(self, realm: str, env: Environment = os.environ) -> Guard | None:
        """Return the guard, or None if the variable isn't set."""
        if self.variable not in env:
            return None
        return BearerAuthentication(Variable(self.variable)).guard(realm, env)


def authentication_of(declared: Authentication | None, prefix: str) -> Authentication:
    """Return the authentication of an adapter.

    Without a declared one, it is the token in the variable `_TOKEN` after `prefix`.
    """
    return declared or OptionalToken(f"{prefix}_TOKEN")


def client_guards(
    authentication: Authentication | None, prefix: str, env: Environment = os.environ
) -> tuple[WaitingGuard, ...]:
    """Return the guard of an adapter's clients, or none if every client is allowed.

    Raises SettingsError for missing or malformed variables.
    """
    guard = authentication.guard(realm_of(prefix), env) if authentication else None
    return () if guard is None else (guard,)
