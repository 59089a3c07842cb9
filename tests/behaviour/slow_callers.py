"""Callers that connect and then hold the server up, in large numbers."""

import asyncio
from collections.abc import Iterable
from enum import Enum
from itertools import cycle, islice
from typing import cast
from urllib.parse import urlsplit

BATCH = 250
DRIP_SECONDS = 2.0
HEAD = b"POST /v1/api/v1/training/runs HTTP/1.1\r\nHost: %s\r\n"
ANNOUNCED = b"Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"


class Manner(Enum):
    """How a caller holds the server up."""

    SILENT = "It connects and says nothing."
    DRIPPING = "It sends its head a byte at a time, which never ends."
    BODILESS = "It announces a body and sends nothing of it."


class SlowCaller(asyncio.Protocol):
    """One connection, held until the server ends it."""

    def __init__(self, manner: Manner, host: bytes) -> None:
        self._manner = manner
        self._head = HEAD % host
        self.open = True
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._manner is Manner.BODILESS:
            self._transport.write(self._head + ANNOUNCED)
        elif self._manner is Manner.DRIPPING:
            self._drip()

    def connection_lost(self, _: Exception | None) -> None:
        self.open = False
        self.ended.set()

    def end(self) -> None:
        self._transport.abort()

    def _drip(self) -> None:
        if self.open:
            chunk, self._head = self._head[:1], self._head[1:]
            self._transport.write(chunk or b"x")
            asyncio.get_running_loop().call_later(DRIP_SECONDS, self._drip)


async def connect_callers(
    url: str, number: int, manners: Iterable[Manner] = Manner
) -> list[SlowCaller]:
    """Connect so many callers, of each manner in turn."""
    turns = islice(cycle(manners), number)
    callers: list[SlowCaller] = []
    while batch := list(islice(turns, BATCH)):
        callers += await asyncio.gather(*(_connect(url, manner) for manner in batch))
    return callers


async def _connect(url: str, manner: Manner) -> SlowCaller:
    netloc = urlsplit(url).netloc
    host, _, port = netloc.partition(":")
    loop = asyncio.get_running_loop()
    _, caller = await loop.create_connection(
        lambda: SlowCaller(manner, netloc.encode()), host, int(port)
    )
    return caller
