"""Callers who stall: a connection on which nothing moves is not kept for ever."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0


class Cycle(Protocol):
    """uvicorn's request, from the end of its head on."""

    more_body: bool
    response_complete: bool


class Connection(Protocol):
    """uvicorn's connection, with the last of its requests that had a whole head."""

    cycle: Cycle | None
    transport: asyncio.Transport


class Stalls:
    """Ends connections whose callers neither send their request nor read its answer.

    To look at all of them now and then costs requests nothing; a timer for each would.
    """

    def __init__(self) -> None:
        self._since: dict[tuple[Connection, Cycle | None, int], float] = {}

    def end(self, connections: Iterable[Connection], now: float) -> None:
        """End those that have stood still for too long, at this time in seconds."""
        standing = {}
        for connection in connections:
            unread = connection.transport.get_write_buffer_size()
            patience = _patience(connection.cycle, unread)
            if patience is None:
                continue
            state = (connection, connection.cycle, unread)
            since = self._since.get(state, now)
            if now - since < patience:
                standing[state] = since
            else:
                connection.transport.abort()
        self._since = standing


def _patience(cycle: Cycle | None, unread: int) -> float | None:
    """Return how long the caller may take; None if it isn't the caller's turn."""
    if unread:
        return BODY_SECONDS
    if cycle is None or cycle.response_complete:
        return HEAD_SECONDS
    return BODY_SECONDS if cycle.more_body else None
