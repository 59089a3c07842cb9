"""Clients that never send a request twice: a call without an answer is lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

from overload_client import Line, line

CLOSE = b"\r\nconnection: close\r\n"
Writer = Callable[[int, str], bytes]
"""Writes the request of a number to a host."""


@dataclass
class Tally:
    """The first lines of answers, and the failures of calls that got none."""

    answers: Counter[bytes] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    @property
    def calls(self) -> int:
        """Return how many calls have ended."""
        return self.answers.total() + self.lost.total()


@dataclass
class CarefulClient:
    """A client of equal servers, which calls the first that accepts its connection.

    With `once`, it uses no connection again.
    """

    urls: Sequence[str]
    write: Writer
    tally: Tally
    once: bool
    _line: Line | None = None
    _host: str = ""

    async def call(self, number: int) -> None:
        """Make a call, and count its answer."""
        try:
            stream = await self._open()
            answer = await stream.ask(self.write(number, self._host))
        except OSError as error:
            self.tally.lost[repr(error)] += 1
            return
        head = answer.partition(b"\r\n\r\n")[0] + b"\r\n"
        self.tally.answers[head.partition(b"\r\n")[0]] += 1
        if self.once or CLOSE in head.lower():
            stream.close()
            self._line = None

    async def _open(self) -> Line:
        """Return the kept connection unless the server has closed it, else a new one.

        Raises ConnectionRefusedError if no server accepts one.
        """
        if self._line is None or not self._line.open:
            self._line, self._host = await self._connect()
        return self._line

    async def _connect(self) -> tuple[Line, str]:
        *first, last = self.urls
        for url in first:
            try:
                return await line(url), urlsplit(url).netloc
            except ConnectionRefusedError:
                continue  # nothing was sent, so another server may have the call
        return await line(last), urlsplit(last).netloc


async def call_during(
    event: Callable[[], Awaitable[None]],
    urls: Sequence[str],
    write: Writer,
    calls: int,
    clients: int = 32,
) -> Tally:
    """Make at least so many calls, and others until the event is over.

    It begins after an eighth of them. Half of the clients keep their connections.
    """
    tally, numbers = Tally(), count()
    is_due, is_over = asyncio.Event(), asyncio.Event()

    async def go_on(client: CarefulClient) -> None:
        while tally.calls < calls or not is_over.is_set():
            await client.call(next(numbers))
            if tally.calls >= calls // 8:
                is_due.set()

    async def watch() -> None:
        await is_due.wait()
        await event()
        is_over.set()

    share = (
        CarefulClient(urls, write, tally, once=number % 2 == 0)
        for number in range(clients)
    )
    await asyncio.gather(watch(), *map(go_on, share))
    return tally
