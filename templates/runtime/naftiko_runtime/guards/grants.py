"""Access tokens that were found valid, whose signatures needn't be checked again."""

import time
from dataclasses import dataclass

MOST = 1024
"""Tokens that are remembered; the oldest one is forgotten for another."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The claims of a valid token that later requests depend on.

    Attributes:
        version: The version of the keys that its signature was checked with.
        start: The time from which it is valid, in seconds since 1970.
        end: The time until which it is valid.
        is_enough: Whether it has the needed scopes.
    """

    version: int
    start: float
    end: float
    is_enough: bool

    @property
    def is_timely(self) -> bool:
        """Return whether the token is valid at this time."""
        return self.start <= time.time() < self.end


class Grants:
    """The grants of the last tokens.

    They are found by the tokens themselves: a dict compares texts only if their hashes
    are equal, which have a random key. So its time tells nothing about the tokens.
    """

    def __init__(self) -> None:
        self._grants: dict[bytes, Grant] = {}

    def find(self, token: bytes) -> Grant | None:
        """Return the grant of a token that is valid at this time and remembered."""
        grant = self._grants.get(token)
        return grant if grant and grant.is_timely else None

    def add(self, token: bytes, grant: Grant) -> None:
        """Remember the grant of a valid token."""
        if len(self._grants) >= MOST:
            del self._grants[next(iter(self._grants))]
        self._grants[token] = grant
