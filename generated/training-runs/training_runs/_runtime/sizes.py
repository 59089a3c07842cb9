"""Limits on the bytes of a request to an upstream, counted while it is built.

Names are repeated for each item of a list, so a short input may become a huge request.
"""

from collections.abc import Iterable, Iterator
from typing import AnyStr

from .errors import CallError, InvalidInputError

BODY_LIMIT = 16 * 1024 * 1024
HEAD_LIMIT = 64 * 1024


class Room:
    """The bytes that a part of a request may still have."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, size: int) -> None:
        """Count bytes; raises CallError if there is no room for them."""
        self._left -= size
        if self._left < 0:
            raise self._refusal()

    def counted(self, pieces: Iterable[AnyStr]) -> Iterator[AnyStr]:
        """Yield pieces while there is room for them."""
        for piece in pieces:
            self.take(len(piece))
            yield piece

    def _refusal(self) -> CallError:
        detail = "the request to the upstream API would have a body above 16 MiB"
        return CallError(413, "Content Too Large", detail)


class HeadRoom(Room):
    """The bytes that a target, or the headers of a request, may still have."""

    def __init__(self, part: str) -> None:
        super().__init__(HEAD_LIMIT)
        self._part = part

    def _refusal(self) -> CallError:
        return InvalidInputError(self._part, "would have more than 64 KiB")


def body_room() -> Room:
    """Return the room of a body."""
    return Room(BODY_LIMIT)


def target_room() -> Room:
    """Return the room of a path and a query."""
    return HeadRoom("the URL of the request to the upstream API")
