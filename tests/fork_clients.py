"""The clients of a process that runs programs in forks, and their requests."""

import json
import os
import socket
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass
from typing import TypedDict

MESSAGE = 1 << 20
"""The most bytes of a request."""
GREETING = b"ready"
"""The bytes that a client reads when its requests are awaited."""


class Request(TypedDict):
    """A program to run: its arguments, working directory and whole environment.

    `option` is `-m`, `-c` or nothing, and `program` the name of a module, code or the
    path of a script. `package` is the one in the directory that it belongs to, if any.
    """

    option: str
    program: str
    arguments: list[str]
    directory: str
    environment: dict[str, str]
    package: str


@dataclass(frozen=True)
class Received:
    """A request and its open files: three streams, and the socket for answers."""

    message: bytes
    handles: list[int]

    @property
    def request(self) -> Request:
        request: Request = json.loads(self.message)
        return request

    @property
    def streams(self) -> list[int]:
        return self.handles[:3]

    def answers(self) -> socket.socket:
        """Take the socket; the streams are closed."""
        for handle in self.streams:
            os.close(handle)
        return socket.socket(fileno=self.handles[3])

    def close(self) -> None:
        for handle in self.handles:
            os.close(handle)


class Clients:
    """The connections of clients; new ones come to a listening socket, if there is one.

    Relays are clients, too, each with one request.
    """

    def __init__(
        self, sockets: list[socket.socket], listening: socket.socket | None
    ) -> None:
        self._connected = sockets
        self._listening = listening

    @property
    def are_left(self) -> bool:
        return bool(self._connected)

    @property
    def can_come(self) -> bool:
        return self._listening is not None

    @property
    def sockets(self) -> list[socket.socket]:
        """Return the sockets to watch: readable when a client comes, asks or leaves."""
        return [*self._connected, *([self._listening] if self._listening else [])]

    def receive(self, ready: Container[socket.socket]) -> Received | None:
        """Return the request of a client; greet who comes, and forget who is gone."""
        if self._listening and self._listening in ready:
            self.greet(self._listening)
        for client in [
            connection for connection in self._connected if connection in ready
        ]:
            message = _read(client)
            if message.message:
                return message
            self._connected.remove(client)
            client.close()
        return None

    def greet(self, listening: socket.socket) -> None:
        """Wait for a new client."""
        client, _ = listening.accept()
        with suppress(OSError):  # it is gone already
            client.send(GREETING)
        self._connected.append(client)

    def leave(self) -> None:
        """Leave them to the process that this one is a fork of."""
        for end in self.sockets:
            end.close()


def _read(client: socket.socket) -> Received:
    try:
        message, handles, *_ = socket.recv_fds(client, MESSAGE, 4)
    except ConnectionError:
        return Received(b"", [])
    return Received(message, handles)
