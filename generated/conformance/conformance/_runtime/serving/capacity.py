"""Limits the connections of clients and the bytes that a process holds for them."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Protocol

HELD_BYTES = 256 * 1024 * 1024
# Earlier, no client counts as slow, even if the kernel has taken no byte yet.
JUDGED_SECONDS = 1.0


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
        self._clients: set[Client] = set()
        self._requests: dict[Client, Holding] = {}
        self._responses: dict[Client, Holding] = {}
        self._size = 0

    def admit(self, client: Client) -> bool:
        """Count a new connection; return False if the limit is reached."""
        if len(self._clients) >= self._most_connections:
            return False
        self._clients.add(client)
        return True

    def forget(self, client: Client) -> None:
        """Stop counting a connection that has ended, with its bytes."""
        self._clients.discard(client)
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
