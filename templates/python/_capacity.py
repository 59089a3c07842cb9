"""What a process holds for its clients: so many connections, and so many bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Protocol

HELD_BYTES = 256 * 1024 * 1024
# Nobody is slow before, whatever the system has taken of a response by then.
JUDGED_SECONDS = 1.0


class Client(Protocol):
    """A connection that bytes are held for."""

    @property
    def is_sending(self) -> bool:
        """Say whether the client has yet to send the rest of a request."""

    @property
    def unread(self) -> int:
        """Return how many bytes of responses the process holds for the client."""

    def end_for_room(self) -> None:
        """End the connection, so that its bytes are let go."""


@dataclass(slots=True)
class Holding:
    """The bytes held for one client, since a time in seconds."""

    size: int
    since: float


class Capacity:
    """Counts connections and held bytes of all adapters in this process.

    Large requests count until the end of their response, and large responses
    until the system has taken them. If there are too many bytes, the slowest client
    loses its connection.
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
        self._clients: set[Client] = set()
        self._requests: dict[Client, Holding] = {}
        self._responses: dict[Client, Holding] = {}
        self._size = 0

    def admit(self, client: Client) -> bool:
        """Count a new connection; false if there are as many as there may be."""
        if len(self._clients) >= self._most_connections:
            return False
        self._clients.add(client)
        return True

    def forget(self, client: Client) -> None:
        """Let go of all that is counted for a connection that has ended."""
        self._clients.discard(client)
        self.release_request(client)
        self.release_response(client)

    def hold_request(self, client: Client, size: int) -> None:
        """Count so many bytes in all for the requests of a client."""
        self._hold(self._requests, client, size)

    def release_request(self, client: Client) -> None:
        """Let go of the bytes of requests that are answered."""
        self._release(self._requests, client)

    def hold_response(self, client: Client, size: int) -> None:
        """Count the bytes of a response that a client has to read."""
        self._hold(self._responses, client, size)

    def release_response(self, client: Client) -> None:
        """Let go of the bytes of a response that the client has read."""
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
        """End the slowest clients, but none whose whole request is being handled."""
        while self._size > self._most_bytes and (rates := self._rates()):
            slowest = min(rates, key=rates.__getitem__)
            self.release_request(slowest)
            self.release_response(slowest)
            slowest.end_for_room()

    def _rates(self) -> dict[Client, float]:
        """Return the bytes a second that each client has sent or read, oldest first."""
        now = self._clock()
        sent = {
            client: _rate(holding.size, now - holding.since)
            for client, holding in self._requests.items()
            if client.is_sending
        }
        read = {
            client: _rate(holding.size - client.unread, now - holding.since)
            for client, holding in self._responses.items()
        }
        return sent | read


def _rate(size: int, seconds: float) -> float:
    return size / seconds if seconds >= JUDGED_SECONDS else inf
