"""HTTP as bytes on a socket: requests that no ordinary client sends."""

import contextlib
import json
import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from waiting import PATIENCE

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(frozen=True)
class Answer:
    """Everything that a server sends on a connection until it ends it."""

    content: bytes

    @property
    def statuses(self) -> list[int]:
        """Return the statuses of the responses, in their order."""
        return [int(status) for status in STATUS.findall(self.content)]

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the last response, by their names in lower case."""
        head = self._last[0].decode().split("\r\n")[1:]
        fields = (line.split(": ", 1) for line in head)
        return {name.lower(): value for name, value in fields}

    @property
    def problem(self) -> Any:
        """Return the body of the last response."""
        return json.loads(self._last[1])

    @property
    def _last(self) -> tuple[bytes, bytes]:
        *_, status = STATUS.finditer(self.content)
        head, _, body = self.content[status.start() :].partition(b"\r\n\r\n")
        return head, body


def host_line(url: str) -> bytes:
    """Return the header that names the server of a URL."""
    return f"Host: {urlsplit(url).netloc}\r\n".encode()


@contextlib.contextmanager
def connection(url: str) -> Iterator[socket.socket]:
    """Connect to the server of a URL."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    with socket.create_connection((parts.hostname, parts.port), PATIENCE) as client:
        yield client


def refuses(url: str) -> bool:
    """Return whether nobody listens at a URL."""
    try:
        with connection(url):
            return False
    except ConnectionRefusedError:
        return True


def ask(url: str, pieces: Iterable[bytes]) -> Answer:
    """Send pieces until the server ends the connection; return its response."""
    with connection(url) as client:
        # The server may stop to listen before all is sent.
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                client.sendall(piece)
        return Answer(receive_all(client))


def receive_all(client: socket.socket) -> bytes:
    """Return all that comes until the end of a connection."""
    content = b""
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(64 * 1024):
            content += piece
    return content
