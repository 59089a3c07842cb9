"""Limits on all connections of a process: number, held bytes and idle time."""

import asyncio
import contextlib
import select
import socket
import sys
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from math import inf
from time import monotonic
from typing import Protocol

# Smaller request bodies, and smaller unsent parts of responses, aren't counted.
SMALL_BYTES = 16 * 1024

HELD_BYTES = 256 * 1024 * 1024
# Earlier, no client counts as slow, even if the kernel has taken no byte yet.
JUDGED_SECONDS = 1.0

HEAD_SECONDS = 10.0
BODY_SECONDS = 10.0
RESPONSE_SECONDS = 30.0
LEAST_RATE = 1024
"""Bytes per second, over the seconds of a turn."""


class Client(Protocol):
    """A client's connection, for which the process holds bytes."""

    @property
    def is_sending(self) -> bool:
        """Return whether the client has yet to send the rest of a request."""

    @property
    def unread(self) -> int:
        """Return the number of response bytes that the client has yet to read."""

    def end_for_room(self) -> None:
        """End the connection to release its bytes."""

    def end_for_another(self) -> None:
        """End the connection at once, because another client comes."""


@dataclass(slots=True)
class Holding:
    """The bytes held for one client, and the start of holding them, in seconds."""

    size: int
    since: float


class Capacity:
    """The number of connections and held bytes of all adapters in this process.

    A large request counts until the end of its response. A large response counts until
    the kernel has taken it. If the process holds too many bytes, it ends the connection
    of the slowest client.
    """

    def __init__(
        self,
        connections: int,
        held_bytes: int = HELD_BYTES,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._most_connections = connections
        self._most_bytes = held_bytes
        self._clock = clock
        # The oldest is the first.
        self._clients: dict[Client, None] = {}
        self._requests: dict[Client, Holding] = {}
        self._responses: dict[Client, Holding] = {}
        self._size = 0

    @property
    def is_full(self) -> bool:
        """Return whether the next connection is refused."""
        return len(self._clients) >= self._most_connections

    @property
    def is_crowded(self) -> bool:
        """Return whether half of the allowed connections are open."""
        return 2 * len(self._clients) > self._most_connections

    def admit(self, client: Client) -> bool:
        """Count a new connection; return False if the limit is reached."""
        if self.is_full:
            return False
        self._clients[client] = None
        return True

    def forget(self, client: Client) -> None:
        """Stop counting a connection that has ended, with its bytes."""
        self._clients.pop(client, None)
        self.release_request(client)
        self.release_response(client)

    def hold_request(self, client: Client, size: int) -> None:
        """Set the number of bytes held for the requests of a client."""
        self._hold(self._requests, client, size)

    def release_request(self, client: Client) -> None:
        """Stop counting the requests of a client, once their responses are sent."""
        self._release(self._requests, client)

    def hold_response(self, client: Client, size: int) -> None:
        """Set the number of bytes held for a response to a client."""
        self._hold(self._responses, client, size)

    def release_response(self, client: Client) -> None:
        """Stop counting a response, once the client has read it."""
        self._release(self._responses, client)

    def _hold(self, holdings: dict[Client, Holding], client: Client, size: int) -> None:
        holding = holdings.get(client)
        if holding is None:
            holding = holdings[client] = Holding(0, self._clock())
        self._size += size - holding.size
        holding.size = size
        if self._size > self._most_bytes:
            self._make_room()

    def _release(self, holdings: dict[Client, Holding], client: Client) -> None:
        if holding := holdings.pop(client, None):
            self._size -= holding.size

    def _make_room(self) -> None:
        """End the slowest connections; skip clients that wait for a response."""
        while self._size > self._most_bytes and (rates := self._rates()):
            slowest = min(rates, key=rates.__getitem__)
            self.release_request(slowest)
            self.release_response(slowest)
            slowest.end_for_room()

    def _rates(self) -> dict[Client, float]:
        """Return the bytes per second that each client sends or reads, oldest first."""
        now = self._clock()
        senders = {
            client: _rate(holding.size, now - holding.since)
            for client, holding in self._requests.items()
            if client.is_sending
        }
        readers = {
            client: _rate(holding.size - client.unread, now - holding.since)
            for client, holding in self._responses.items()
        }
        return senders | readers


class Turnover(Capacity):
    """A capacity whose oldest connection ends when there is one too many.

    So nobody who holds all connections keeps others away, if responses take no time.
    """

    def admit(self, client: Client) -> bool:
        """Count a new connection."""
        if self.is_full:
            oldest = next(iter(self._clients))
            self.forget(oldest)
            oldest.end_for_another()
        return super().admit(client)


def _rate(size: int, seconds: float) -> float:
    return size / seconds if seconds >= JUDGED_SECONDS else inf


class Cycle(Protocol):
    """uvicorn's cycle of a request and its response, from the end of the head."""

    more_body: bool
    response_complete: bool


class Flow(Protocol):
    """uvicorn's flow control of a connection."""

    read_paused: bool


class Connection(Protocol):
    """A connection of a client."""

    transport: asyncio.Transport
    received: int
    is_refused: bool

    @property
    def cycle(self) -> Cycle | None:
        """Return the latest request with a complete head."""

    @property
    def flow(self) -> Flow:
        """Return the flow control."""

    @property
    def is_sending(self) -> bool:
        """Return whether the client has yet to send the rest of a request."""

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
    if cycle is None or (cycle.response_complete and connection.is_sending):
        return Turn(Kind.SEND_HEAD, cycle)
    if cycle.response_complete:
        return None  # it may be idle for as long as its server keeps it alive
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
    return waiting + unsent_bytes(transport.get_extra_info("socket"))


def unsent_bytes(connection: socket.socket) -> int:
    """Return the bytes that the kernel has yet to send; 0 if it doesn't tell."""
    if sys.platform == "win32":  # has no such request
        return 0
    import termios

    return _ask_kernel(connection, termios.TIOCOUTQ)


def unread_bytes(connection: socket.socket) -> int:
    """Return the bytes that the process has yet to read; on Windows, 1 for any."""
    if sys.platform == "win32":
        return len(select.select([connection], [], [], 0)[0])
    import termios

    return _ask_kernel(connection, termios.FIONREAD)


def _ask_kernel(connection: socket.socket, request: int) -> int:
    """Ask the kernel for a number of bytes."""
    if sys.platform == "win32":
        return 0
    import fcntl

    number = array("i", [0])
    with contextlib.suppress(OSError, ValueError):  # the socket was just closed
        fcntl.ioctl(connection, request, number)
    return number[0]
