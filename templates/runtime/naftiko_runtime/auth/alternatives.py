"""Alternative credentials: requests use the first one whose variables are all set."""

from collections.abc import Sequence

from ..errors import CallError
from ..reply import Reply
from ..settings import Variables, credential
from ..transport import Headers, Transport

Alternative = tuple[Sequence[str], Transport]
"""A credential's variables, and a transport that adds the credential to requests.

Without variables, the transport sends requests without a credential.
"""


class AlternativeVariables(Variables):
    """Environment variables, including credentials of which one is enough."""

    def alternative_credential(self, name: str, *, beside: str | None = None) -> str:
        """Return the credential of a variable, or "" if it is missing.

        A credential may be empty if the variable `beside` isn't.
        """
        is_empty = not self._env.get(name)
        may_be_empty = name in self._env and bool(beside and self._env.get(beside))
        if is_empty and not may_be_empty:
            self._unset.add(name)
            return ""
        return self.read("", credential, name, beside)


def first_set(unset: frozenset[str], *alternatives: Alternative) -> Transport:
    """Return the transport of the first credential that is set.

    If none is set, return a transport that refuses requests and names the variables.
    """
    for names, exchange in alternatives:
        if unset.isdisjoint(names):
            return exchange
    said = ", or ".join(" and ".join(names) for names, _ in alternatives)
    detail = f"this operation is off: set the environment variable {said}"

    async def refuse(_: str, __: str, ___: Headers, ____: bytes | None) -> Reply:
        raise CallError(503, "Service Unavailable", detail)

    return refuse
