"""Minimum rates at which clients have to send requests and read responses."""

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
"""Bytes per second, over the seconds of a turn."""


class Cycle(Protocol):
    """uvicorn's cycle of a request and its response, from the end of the head."""

    more_body: bool
    response_complete: bool


class Flow(Protocol):
    """uvicorn's flow control of a connection."""

    read_paused: bool


class Connection(Protocol):
    """A connection; `cycle` is that of its latest request with a complete head."""

    cycle: Cycle | None
    flow: Flow
    transport: asyncio.Transport
    received: int
    is_refused: bool

    def end_for_slowness(self) -> None:
        """End the connection, with a response 408 if that is possible."""


class Kind(Enum):
    """The client's task: sending a head, sending a body or reading a response."""

    SEND_HEAD = HEAD_SECONDS
    SEND_BODY = BODY_SECONDS
    READ_RESPONSE = RESPONSE_SECONDS


@dataclass(frozen=True, slots=True)
class Turn:
    """A client's task, the request that it is about, and the bytes moved so far."""

    kind: Kind
    cycle: Cycle | None
    moved: int = 0

    def is_continued_by(self, other: "Turn") -> bool:
        """Return whether the other turn is the same task for the same request."""
        return self.kind is other.kind and self.cycle is other.cycle

    def is_slow(self, later: "Turn") -> bool:
        """Return whether too few bytes have moved in the seconds of this turn."""
        return later.moved - self.moved < LEAST_RATE * self.kind.value


class Rates:
    """The rates of all clients of a server, to end connections that are too slow.

    Checking all connections in intervals is cheaper than a timer for each request.
    """

    def __init__(self) -> None:
        self._turns: dict[Connection, tuple[Turn, float]] = {}

    def enforce(self, connections: Iterable[Connection], now: float) -> None:
        """End the connections that have been too slow; `now` is in seconds."""
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
    """Return the client's current task, or None if the server has to act."""
    cycle = connection.cycle
    if unread := _unread(connection.transport):
        return Turn(Kind.READ_RESPONSE, cycle, -unread)
    # The server reads nothing while it handles an earlier request.
    if connection.flow.read_paused or connection.is_refused:
        return None
    if cycle is None or cycle.response_complete:
        return Turn(Kind.SEND_HEAD, cycle)
    if cycle.more_body:
        return Turn(Kind.SEND_BODY, cycle, connection.received)
    return None


def _unread(transport: asyncio.Transport) -> int:
    """Return the unread bytes of process and kernel; 0 if the process holds none.

    The kernel may hold megabytes, and takes more bytes from the process only after the
    client has read many of these.
    """
    waiting = transport.get_write_buffer_size()
    if not waiting:
        return 0
    # Windows has neither this call nor these modules.
    import fcntl
    import termios

    queued = array("i", [0])
    with contextlib.suppress(OSError, ValueError):  # the socket was just closed
        fcntl.ioctl(transport.get_extra_info("socket"), termios.TIOCOUTQ, queued)
    return waiting + queued[0]
