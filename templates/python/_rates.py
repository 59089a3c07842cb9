"""The least rates at which clients have to send requests and read responses."""

import asyncio
import contextlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

HEAD_SECONDS = 10.0
BODY_SECONDS = 10.0
RESPONSE_SECONDS = 30.0
LEAST_RATE = 1024
"""Bytes a second, over the seconds of a turn."""


class Cycle(Protocol):
    """uvicorn's request, from the end of its head on."""

    more_body: bool
    response_complete: bool


class Flow(Protocol):
    """Whether uvicorn reads from a connection."""

    read_paused: bool


class Connection(Protocol):
    """A connection, with the last of its requests that had a whole head."""

    cycle: Cycle | None
    flow: Flow
    transport: asyncio.Transport
    received: int
    is_refused: bool

    def end_for_slowness(self) -> None:
        """Say that the request came too slowly, if that can be said; then end."""


class Kind(Enum):
    """What a client has to do."""

    SEND_HEAD = HEAD_SECONDS
    SEND_BODY = BODY_SECONDS
    READ_RESPONSE = RESPONSE_SECONDS


@dataclass(frozen=True, slots=True)
class Turn:
    """What a client has to do, for which request, and how many bytes it has moved."""

    kind: Kind
    cycle: Cycle | None
    moved: int = 0

    def is_continued_by(self, other: "Turn") -> bool:
        """Say whether the client still has to do the same."""
        return self.kind is other.kind and self.cycle is other.cycle

    def is_slow(self, later: "Turn") -> bool:
        """Say whether too little has moved in the seconds of this turn."""
        return later.moved - self.moved < LEAST_RATE * self.kind.value


class Rates:
    """Ends connections whose clients send or read too slowly.

    To look at all of them now and then costs requests nothing; a timer for each would.
    """

    def __init__(self) -> None:
        self._turns: dict[Connection, tuple[Turn, float]] = {}

    def enforce(self, connections: Iterable[Connection], now: float) -> None:
        """End those that have been too slow, at this time in seconds."""
        turns = {}
        for connection in connections:
            turn = _turn(connection)
            if turn is None:
                continue
            before, since = self._turns.get(connection, (turn, now))
            if not before.is_continued_by(turn):
                turns[connection] = turn, now
            elif now - since < before.kind.value:
                turns[connection] = before, since
            elif before.is_slow(turn):
                connection.end_for_slowness()
            else:
                turns[connection] = turn, now
        self._turns = turns


def _turn(connection: Connection) -> Turn | None:
    """Return what the client has to do; None if it has to do nothing."""
    cycle = connection.cycle
    if unread := _unread(connection.transport):
        return Turn(Kind.READ_RESPONSE, cycle, -unread)
    # Nothing is read while an earlier request is handled.
    if connection.flow.read_paused or connection.is_refused:
        return None
    if cycle is None or cycle.response_complete:
        return Turn(Kind.SEND_HEAD, cycle)
    if cycle.more_body:
        return Turn(Kind.SEND_BODY, cycle, connection.received)
    return None


def _unread(transport: asyncio.Transport) -> int:
    """Return how many bytes the client has yet to take, if this process holds some.

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
