"""Alternative credentials: requests use the first one whose variables are all set."""

from collections.abc import Sequence

from ..errors import CallError
from ..reply import Reply
from ..transport import Credential, Headers, Transport

Alternative = tuple[Sequence[str], Credential | None]
"""A credential and its variables; None and no variables stand for no credential."""


class FirstSet:
    """The first of several credentials that is set.

    If none is set, requests are refused, and the refusal names the variables.
    """

    def __init__(self, unset: frozenset[str], *alternatives: Alternative) -> None:
        self._unset = unset
        self._alternatives = alternatives

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential to each request."""
        for names, credential in self._alternatives:
            if self._unset.isdisjoint(names):
                return credential.over(exchange) if credential else exchange
        named = (" and ".join(names) for names, _ in self._alternatives)
        said = ", or ".join(named)
        detail = f"this operation is off: set the environment variable {said}"

        async def refuse(_: str, __: str, ___: Headers, ____: bytes | None) -> Reply:
            raise CallError(503, "Service Unavailable", detail)

        return refuse
