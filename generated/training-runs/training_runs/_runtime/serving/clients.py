"""The authentication of the clients of served adapters."""

import sys
from collections.abc import Iterable, Mapping

from ..guards.authentication import Authentication, NoAuthentication
from ..guards.default import OptionalToken, authentication_of, client_guards
from ..settings import Environment, Variables
from .program import Adapter

Authentications = Mapping[str, Authentication]
"""The authentication of each adapter, by the prefix of its variables."""


def authentications_of(
    adapters: Iterable[Adapter], env: Environment, *, is_mocked: bool
) -> Authentications:
    """Return the authentication of each adapter.

    With made-up data, clients aren't authenticated if a variable is missing.
    """
    declared = {
        one.variables: authentication_of(one.authentication, one.variables)
        for one in adapters
    }
    return {
        prefix: NoAuthentication() if is_mocked and one.lacks_variable(env) else one
        for prefix, one in declared.items()
    }


def tell_of_open(adapters: Iterable[Adapter], chosen: Authentications) -> None:
    """Print the adapters that don't authenticate clients as their spec declares."""
    for adapter in adapters:
        declared = adapter.authentication
        if declared is not None and declared != chosen[adapter.variables]:
            names = " and ".join(declared.variables)
            said = f"{adapter.namespace} authenticates no client (--mock)"
            print(f"{said}: set {names} to change that", file=sys.stderr)


def unguarded(
    variables: Variables, authentications: Authentications
) -> Authentications:
    """Return the authentications by which every client is allowed."""

    def is_guarded(env: Environment, prefix: str) -> bool:
        return bool(client_guards(authentications[prefix], prefix, env))

    return {
        prefix: authentication
        for prefix, authentication in authentications.items()
        if not variables.read(False, is_guarded, prefix)
    }


def advice_for(authentication: Authentication) -> str:
    """Return how to authenticate clients, as the middle of a message."""
    match authentication:
        case OptionalToken(variable=variable):
            return f"set {variable} to a token that they have to send, or "
        case _:
            return "set "
