"""Access tokens that were found valid, whose signatures needn't be checked again."""

import time
from dataclasses import dataclass
from hashlib import sha256

from .key_set import Key

MOST = 1024
"""Tokens that are remembered; the oldest one is forgotten for another."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The claims of a valid token that later requests depend on.

    Attributes:
        key: The key that signed it. Keys that are fetched again are other objects.
        start: The time from which it is valid, in seconds since 1970.
        end: The time until which it is valid.
        is_enough: Whether it has the needed scopes.
    """

    key: Key
    start: float
    end: float
    is_enough: bool

    @property
    def is_timely(self) -> bool:
        """Return whether the token is valid at this time."""
        return self.start <= time.time() < self.end


class Grants:
    """The grants of the last tokens, by the digests of the tokens."""

    def __init__(self) -> None:
        self._grants: dict[bytes, Grant] = {}

    def find(self, token: bytes) -> Grant | None:
        """Return the grant of a token, or None if it isn't remembered."""
        return self._grants.get(sha256(token).digest())

    def add(self, token: bytes, grant: Grant) -> None:
        """Remember the grant of a valid token."""
        if len(self._grants) >= MOST:
            del self._grants[next(iter(self._grants))]
        self._grants[sha256(token).digest()] = grant
