"""Callers who stall: a connection on which nothing moves is not kept for ever."""

import asyncio
import contextlib
from array import array
from collections.abc import Iterable
from typing import Protocol

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0


class Cycle(Protocol):
    """uvicorn's request, from the end of its head on."""

    more_body: bool
    response_complete: bool


class Flow(Protocol):
    """Whether uvicorn reads from a connection."""

    read_paused: bool


class Connection(Protocol):
    """uvicorn's connection, with the last of its requests that had a whole head."""

    cycle: Cycle | None
    flow: Flow
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
            unread = _unread(connection.transport)
            patience = _patience(connection, unread)
            if patience is None:
                continue
            state = (connection, connection.cycle, unread)
            since = self._since.get(state, now)
            if now - since < patience:
                standing[state] = since
            else:
                connection.transport.abort()
        self._since = standing


def _unread(transport: asyncio.Transport) -> int:
    """Return how many bytes the caller has yet to take, if this process holds some.

    The kernel holds megabytes more, and takes none of ours before many of its own went.
    """
    waiting = transport.get_write_buffer_size()
    if not waiting:
        return 0
    # Windows has no such call, and none of this to import.
    import fcntl
    import termios

    queued = array("i", [0])
    with contextlib.suppress(OSError, ValueError):  # it has just been closed
        fcntl.ioctl(transport.get_extra_info("socket"), termios.TIOCOUTQ, queued)
    return waiting + queued[0]


def _patience(connection: Connection, unread: int) -> float | None:
    """Return how long the caller may take; None if it isn't the caller's turn."""
    cycle = connection.cycle
    if unread:
        return BODY_SECONDS
    # Nothing is read while an earlier request is answered.
    if connection.flow.read_paused:
        return None
    if cycle is None or cycle.response_complete:
        return HEAD_SECONDS
    return BODY_SECONDS if cycle.more_body else None
