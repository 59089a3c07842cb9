"""An upstream that drops connections at the worst moments.

`python FILE HANDLE` listens on the socket of that handle until its standard input ends,
and then prints its observations as JSON; a further argument is a certificate for TLS.
Bytes that have arrived count even if no request is read: none goes unnoticed.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import ssl
import struct
import sys
from collections import Counter
from contextlib import suppress
from enum import StrEnum, auto
from typing import assert_never

SIZE = 65536
HEAD = re.compile(rb"POST /numbers/(\d+) HTTP/1\.1\r\n")
BODY = re.compile(rb'{"number":"(\d+)"')
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b'Content-Length: 12\r\n\r\n{"id":"n-1"}'
)


class Moment(StrEnum):
    """When a connection is dropped."""

    ON_ACCEPTING = auto()
    BEFORE_READING = auto()
    IN_THE_HEAD = auto()
    IN_THE_BODY = auto()
    AFTER_READING = auto()
    IN_THE_ANSWER = auto()
    AFTER_THE_ANSWER = auto()
    WHEN_IDLE = auto()
    NOT_YET = auto()


# Connections have to last, or none would be dropped while it waits in a pool.
LATER = tuple(Moment)[1:]
MOMENTS = (*LATER, *(Moment.NOT_YET,) * (len(LATER) - 2))
EARLY = 0.15
"""The share of connections that are dropped before a request is read."""


class DroppingUpstream:
    """The server, and how often it saw each number, in a path and in a body."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.paths: Counter[str] = Counter()
        self.bodies: Counter[str] = Counter()
        self.moments: Counter[str] = Counter()
        self._choice = random.Random(1)  # the same moments in every run
        self._deck: list[Moment] = []

    async def serve(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as connections:
            while True:
                connection, _ = await loop.sock_accept(listening)
                connections.create_task(self._serve(connection))

    async def _serve(self, client: socket.socket) -> None:
        with client, suppress(ConnectionError, ssl.SSLError):
            connection = Connection(client, self._tls)
            if self._choice.random() < EARLY:
                await self._drop_early(connection)
                return
            await connection.begin()
            while await connection.has_more():
                moment = self._next_moment()
                self.moments[moment] += 1
                last = moment is not Moment.NOT_YET
                try:
                    await self._exchange(connection, moment)
                finally:
                    read = connection.take() if last else connection.forget_read()
                    self._note(read)
                if last:
                    connection.end(reset=self._choice.random() < 0.5)
                    return

    def _next_moment(self) -> Moment:
        """Deal a moment from a shuffled deck, so that all come about equally often."""
        self._deck = self._deck or self._choice.sample(MOMENTS, len(MOMENTS))
        return self._deck.pop()

    async def _drop_early(self, connection: Connection) -> None:
        """End a connection at once or, before TLS begins, when the client has begun."""
        self.moments[Moment.ON_ACCEPTING] += 1
        if self._tls and self._choice.random() < 0.5:
            await connection.receive()
        self._note(connection.take())
        connection.end(reset=self._choice.random() < 0.5)

    async def _exchange(self, connection: Connection, moment: Moment) -> None:
        """Treat a request as it is to be at that moment."""
        match moment:
            case Moment.BEFORE_READING | Moment.ON_ACCEPTING:
                pass
            case Moment.IN_THE_HEAD:
                await connection.read(20)
            case Moment.IN_THE_BODY:
                await connection.read_head()
                await connection.read(3)
            case Moment.AFTER_READING:
                await connection.read_request()
            case Moment.IN_THE_ANSWER:
                await connection.read_request()
                await connection.send(ANSWER[: self._choice.randrange(len(ANSWER))])
            case Moment.AFTER_THE_ANSWER | Moment.NOT_YET:
                await connection.read_request()
                await connection.send(ANSWER)
            case Moment.WHEN_IDLE:
                await connection.read_request()
                await connection.send(ANSWER)
                await asyncio.sleep(self._choice.random() / 100)
            case _:
                assert_never(moment)

    def _note(self, bytes_: bytes) -> None:
        self.paths.update(number.decode() for number in HEAD.findall(bytes_))
        self.bodies.update(number.decode() for number in BODY.findall(bytes_))


class Connection:
    """One connection from the client: the bytes read, and those that arrived."""

    def __init__(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls and tls.wrap_bio(self._incoming, self._outgoing, True)
        self._arrived = self._read = b""

    async def begin(self) -> None:
        """Begin TLS if the connection has it."""
        while self._tls:
            with suppress(ssl.SSLWantReadError):
                self._tls.do_handshake()
                break
            await self._flush()
            await self.receive()
        await self._flush()
        self._decrypt()

    async def receive(self) -> None:
        """Wait for bytes; raises ConnectionError if the client has gone instead."""
        content = await self._loop.sock_recv(self._socket, SIZE)
        if not content:
            raise ConnectionError
        self._incoming.write(content)
        if not self._tls or self._tls.version():
            self._decrypt()

    async def has_more(self) -> bool:
        """Wait for a part of a request; False if the client has gone instead."""
        with suppress(ConnectionError):
            while not self._arrived:
                await self.receive()
        return self._arrived != b""

    def take(self) -> bytes:
        """Return the bytes that have arrived, read or not, and forget them."""
        with suppress(OSError):
            while chunk := self._socket.recv(SIZE):
                self._incoming.write(chunk)
        self._decrypt()
        content, self._read, self._arrived = self._read + self._arrived, b"", b""
        return content

    def forget_read(self) -> bytes:
        """Return the bytes that were read, and forget them."""
        read, self._read = self._read, b""
        return read

    async def read(self, size: int) -> None:
        """Read so many bytes or less; raises ConnectionError if there are none."""
        while not self._arrived:
            await self.receive()
        self._read += self._arrived[:size]
        self._arrived = self._arrived[size:]

    async def read_head(self) -> None:
        while b"\r\n\r\n" not in self._read:
            await self.read(1)

    async def read_request(self) -> None:
        await self.read_head()
        length = LENGTH.search(self._read)
        end = len(self._read) + int(length[1] if length else 0)
        while len(self._read) < end:
            await self.read(end - len(self._read))

    async def send(self, answer: bytes) -> None:
        (self._tls or self._outgoing).write(answer)
        await self._flush()

    def end(self, *, reset: bool) -> None:
        """End with RST or with FIN, and TLS with its own end before a FIN."""
        if reset:
            now = struct.pack("ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        elif self._tls:
            with suppress(OSError):
                self._tls.unwrap()
            with suppress(OSError):
                self._socket.send(self._outgoing.read())
        self._socket.close()

    async def _flush(self) -> None:
        await self._loop.sock_sendall(self._socket, self._outgoing.read())

    def _decrypt(self) -> None:
        with suppress(ssl.SSLError):
            while part := (self._tls or self._incoming).read(SIZE):
                self._arrived += part


def tls_of(certificate: str) -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    return tls


async def main(handle: int, *certificate: str) -> None:
    upstream = DroppingUpstream(*map(tls_of, certificate))
    listening = socket.socket(fileno=handle)
    listening.setblocking(False)
    serving = asyncio.create_task(upstream.serve(listening))
    await asyncio.to_thread(sys.stdin.read)
    serving.cancel()
    counters = (upstream.paths, upstream.bodies, upstream.moments)
    print(json.dumps([dict(counts) for counts in counters]))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
