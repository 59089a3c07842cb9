"""An upstream that drops connections at the worst moments: `python FILE HANDLE`.

It listens on the socket of that handle until its standard input ends, and then prints
its observations as JSON. Bytes that have arrived are looked at before they are read,
and so are those that are never read: no request goes unnoticed.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
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

    BEFORE_READING = auto()
    IN_THE_HEAD = auto()
    IN_THE_BODY = auto()
    AFTER_READING = auto()
    IN_THE_ANSWER = auto()
    AFTER_THE_ANSWER = auto()
    WHEN_IDLE = auto()
    NOT_YET = auto()


# Connections have to last, or none would be dropped while it waits in a pool.
MOMENTS = (*Moment, *(Moment.NOT_YET,) * (len(Moment) - 2))


class DroppingUpstream:
    """The server, and how often it saw each number, in a path and in a body."""

    def __init__(self) -> None:
        self.paths: Counter[str] = Counter()
        self.bodies: Counter[str] = Counter()
        self.moments: Counter[str] = Counter()
        self._choice = random.Random(1)  # noqa: S311 - the same moments in every run

    async def serve(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as connections:
            while True:
                accepted, _ = await loop.sock_accept(listening)
                connections.create_task(self._serve(accepted))

    async def _serve(self, accepted: socket.socket) -> None:
        with accepted, suppress(ConnectionError):
            connection = Connection(accepted)
            while await connection.has_more():
                moment = self._choice.choice(MOMENTS)
                self.moments[moment] += 1
                last = moment is not Moment.NOT_YET
                try:
                    await self._exchange(connection, moment)
                finally:
                    unread = connection.unread() if last else b""
                    self._note(connection.forgotten() + unread)
                if last:
                    connection.end(reset=self._choice.random() < 0.5)
                    return

    async def _exchange(self, connection: Connection, moment: Moment) -> None:
        """Treat a request as it is to be at that moment."""
        match moment:
            case Moment.BEFORE_READING:
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

    def __init__(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        self._socket = accepted
        self._loop = asyncio.get_running_loop()
        self._read = b""

    async def has_more(self) -> bool:
        """Wait for bytes; False if the client has gone instead."""
        readable = asyncio.Event()
        self._loop.add_reader(self._socket, readable.set)
        try:
            await readable.wait()
        finally:
            self._loop.remove_reader(self._socket)
        return self.unread() != b""

    def unread(self) -> bytes:
        """Return the arrived bytes without reading them."""
        try:
            return self._socket.recv(SIZE, socket.MSG_PEEK)
        except OSError:
            return b""

    def forgotten(self) -> bytes:
        """Return the bytes that were read, and forget them."""
        read, self._read = self._read, b""
        return read

    async def read(self, size: int) -> None:
        """Read so many bytes or less; raises ConnectionError if there are none."""
        read = await self._loop.sock_recv(self._socket, size)
        if not read:
            raise ConnectionError
        self._read += read

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
        await self._loop.sock_sendall(self._socket, answer)

    def end(self, *, reset: bool) -> None:
        """End with RST or, unless something was left unread, with FIN."""
        if reset:
            now = struct.pack("ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        self._socket.close()


async def main(handle: int) -> None:
    upstream = DroppingUpstream()
    listening = socket.socket(fileno=handle)
    listening.setblocking(False)
    serving = asyncio.create_task(upstream.serve(listening))
    await asyncio.to_thread(sys.stdin.read)
    serving.cancel()
    counters = (upstream.paths, upstream.bodies, upstream.moments)
    print(json.dumps([dict(counts) for counts in counters]))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
