"""Parts of requests that a route doesn't declare: names, a body, and conditions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Self

from starlette.types import Receive, Scope

from ..errors import MOST_FAULTS, CallError, InvalidInputError
from ..inputs import unknown_name
from ..values import JsonObject

BODY = "the request body"
"""How messages name the body."""
HINT = "To ignore undeclared parts of requests, set {}=ignore for this server."
FAILED = (412, "Precondition Failed")
CONDITIONS: Mapping[bytes, tuple[int, str]] = {
    b"if-match": FAILED,
    b"if-none-match": FAILED,
    b"if-unmodified-since": FAILED,
    b"content-range": (501, "Not Implemented"),
}
"""Headers that limit a change, which an upstream gets only from an input."""


class Members(dict[str, "Members | None"]):
    """The members that inputs declare, by name; None where an input has the value."""

    @classmethod
    def of(cls, paths: Iterable[Sequence[str]]) -> Self:
        """Return the members on the paths of inputs."""
        members = cls()
        for path in paths:
            members._add(*path)
        return members

    def _add(self, key: str, *inner: str) -> None:
        if not inner:
            self[key] = None
        elif (members := self.setdefault(key, Members())) is not None:
            members._add(*inner)

    def unknown_members(
        self, value: Any, place: str = BODY
    ) -> Iterator[InvalidInputError]:
        """Yield the errors of members that aren't declared."""
        for name, item in value.items() if isinstance(value, dict) else ():
            if name not in self:
                yield unknown_name(name, f"a member of {place}", self)
            elif members := self[name]:
                yield from members.unknown_members(item, name)


@dataclass(frozen=True, slots=True)
class Declared:
    """The names that a route declares; `headers` are in lower case.

    The body may have further members if it `is_open`.
    """

    queries: Sequence[str]
    headers: frozenset[bytes]
    members: Members
    is_open: bool
    takes_body: bool
    changes: bool

    async def undeclared_in_head(
        self, scope: Scope, receive: Receive, names: Iterable[str], variable: str
    ) -> Sequence[InvalidInputError]:
        """Return the errors of undeclared queries, and of a body that nothing reads.

        With the variable, undeclared parts are ignored. Raises CallError for a header
        that limits a change.
        """
        if self.changes:
            self._check_conditions(scope, variable)
        errors = self._undeclared_queries(names)
        if not self.takes_body and await _has_body(scope, receive):
            needless = InvalidInputError(BODY, "isn't taken by this route")
            return _first(chain([needless], errors), variable)
        return _first(errors, variable)

    def undeclared_members(
        self, members: JsonObject, variable: str
    ) -> Sequence[InvalidInputError]:
        """Return the errors of the members of a body that aren't declared."""
        if self.is_open or not self.members:
            return ()
        return _first(self.members.unknown_members(members), variable)

    def _undeclared_queries(self, names: Iterable[str]) -> Iterator[InvalidInputError]:
        for name in dict.fromkeys(names):
            if name not in self.queries:
                yield unknown_name(
                    name, "a query parameter of this route", self.queries
                )

    def _check_conditions(self, scope: Scope, variable: str) -> None:
        for name, _ in scope["headers"]:
            if name in CONDITIONS and name not in self.headers:
                spelling, hint = name.decode().title(), HINT.format(variable)
                detail = f"this route would act without regard to {spelling}\n{hint}"
                raise CallError(*CONDITIONS[name], detail)


def _first(
    errors: Iterable[InvalidInputError], variable: str
) -> Sequence[InvalidInputError]:
    """Return an error of the first errors with a hint, if there are any."""
    first = [*islice(errors, MOST_FAULTS + 1)]
    return [InvalidInputError.of_all(first, HINT.format(variable))] if first else ()


async def _has_body(scope: Scope, receive: Receive) -> bool:
    """Return whether a body comes that isn't empty."""
    fields = dict(scope["headers"])
    if fields.get(b"content-length", b"0").strip(b"0"):
        return True
    # Bodies of HTTP/2 may have no such header, and one in chunks may be empty.
    is_framed = scope.get("http_version", "1.1") > "1.1"
    is_possible = is_framed or b"transfer-encoding" in fields
    return is_possible and await _has_bytes(receive)


async def _has_bytes(receive: Receive) -> bool:
    while True:
        message = await receive()
        if message.get("body"):
            return True
        if not message.get("more_body", False):
            return False
