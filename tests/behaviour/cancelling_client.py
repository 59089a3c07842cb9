"""A client that cancels its calls at random moments: `python FILE CALLS`.

Its upstream, in the same process, notes the exchanges that are open. At the end it
prints its observations as JSON. A further argument is a certificate for TLS.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import ssl
import sys
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from naftiko_runtime.errors import CallError
from naftiko_runtime.settings import BaseSettings, Limits
from naftiko_runtime.upstream.client import open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from naftiko_runtime.upstream.client import Upstream

SLOTS = 50
PATIENCE = 120.0
LONG = bytes(300_000)
HUGE = bytes(16 * 1024 * 1024)
"""More than the kernel takes for an upstream that doesn't read."""
REQUEST = re.compile(rb"[A-Z]+ /(\w+)/(\w+) ")
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b"


KINDS = {"quick": 50, "stalled": 25, "halved": 25, "unread": 1}
"""The upstream's ways to answer calls that are cancelled, each with its frequency."""


class Settings(BaseSettings, prefix="TEST"):
    """Settings without a credential."""


class SlowUpstream:
    """The server; `open` are the exchanges under way, and `seen` counts all numbers."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.seen: Counter[str] = Counter()
        self.connections = 0
        self.release = asyncio.Event()
        self.ended: set[str] = set()
        """The numbers of calls that have ended."""
        self._choice = random.Random(2)  # the same waits in every run

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                request = REQUEST.match(head)
                assert request
                kind, number = (part.decode() for part in request.groups())
                self.seen[number] += 1
                self.open.add(number)
                try:
                    length = LENGTH.search(head)
                    while kind == "unread" and number not in self.ended:
                        await turns(1)
                    await reader.readexactly(int(length[1]) if length else 0)
                    await self._answer(kind, number, reader, writer)
                finally:
                    self.open.discard(number)
        writer.close()
        self.connections -= 1

    async def _answer(
        self,
        kind: str,
        number: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        answer = OK % (len(number), number.encode())
        match kind:
            case "stalled":
                await reader.readexactly(1)
            case "halved":
                writer.write(answer[:-1])
                await reader.readexactly(1)
            case "held":
                await self.release.wait()
            case _:
                await turns(self._choice.randrange(20))
        for at in range(0, len(answer), 7):
            if writer.is_closing():
                raise ConnectionError
            writer.write(answer[at : at + 7])
            await turns(1)


@asynccontextmanager
async def serving(
    tls: ssl.SSLContext | None,
) -> AsyncIterator[tuple[SlowUpstream, str]]:
    upstream = SlowUpstream()
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    port = server.sockets[0].getsockname()[1]
    yield upstream, f"{scheme}://127.0.0.1:{port}"
    server.close()


class Calls:
    """Calls of an upstream, most of which are cancelled."""

    def __init__(self, upstream: Upstream, server: SlowUpstream) -> None:
        self.wrong = 0
        self.answered = 0
        self._upstream = upstream
        self._server = server
        self._choice = random.Random(1)  # the same moments in every run

    async def send(self, kind: str, number: str) -> bytes:
        body = LONG if self._choice.random() < 0.05 else None
        body = HUGE if kind == "unread" else body
        method = self._choice.choice(("GET", "POST"))
        return (await self._upstream.send(method, f"/{kind}/{number}", body=body)).body

    async def cancel(self, number: str) -> None:
        """Make a call, and cancel it when the loop has gone on for some turns."""
        kind = self._choice.choices([*KINDS], [*KINDS.values()])[0]
        call = asyncio.create_task(self.send(kind, number))
        if self._choice.random() < 0.5:
            await self._wait_until_seen(call, number)
        await turns(self._choice.randrange(40))
        call.cancel()
        with suppress(asyncio.CancelledError):
            self._check(number, await call)
        self._server.ended.add(number)

    async def answer(self, number: str) -> None:
        self._check(number, await self.send("quick", number))

    async def _wait_until_seen(self, call: asyncio.Task[bytes], number: str) -> None:
        while number not in self._server.seen and not call.done():
            await turns(1)

    def _check(self, number: str, body: bytes) -> None:
        self.answered += 1
        self.wrong += body != number.encode()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await turns(1)


async def turns(count: int) -> None:
    """Let the loop go on for some turns."""
    for _ in range(count):
        await asyncio.sleep(0)


def sockets() -> int:
    """Return the number of sockets of this process."""
    count = 0
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            count += str(handle.readlink()).startswith("socket:")
    return count


async def cancel_calls(calls: Calls, count: int) -> None:
    """Make calls, many at once; each tenth is answered."""
    numbers = iter(range(count))

    async def caller() -> None:
        for number in numbers:
            make = calls.cancel if number % 10 else calls.answer
            await make(str(number))

    await asyncio.gather(*(caller() for _ in range(SLOTS - 10)))


async def fill_slots(calls: Calls, server: SlowUpstream) -> dict[str, int]:
    """Take all slots; cancel calls beyond them; return the counts of both."""
    tasks = [asyncio.create_task(calls.send("held", f"held{n}")) for n in range(SLOTS)]
    await until(lambda: len(server.open) == SLOTS)
    beyond = [asyncio.create_task(calls.send("quick", f"beyond{n}")) for n in range(90)]
    await turns(3)
    for call in beyond:
        call.cancel()
    ends = await asyncio.gather(*beyond, return_exceptions=True)
    server.release.set()
    bodies = await asyncio.gather(*tasks)
    refusals = sum(isinstance(end, CallError) for end in ends)
    return {
        "held": sum(body == b"held%d" % n for n, body in enumerate(bodies)),
        "cancelled": sum(isinstance(end, asyncio.CancelledError) for end in ends),
        "refused": refusals,
        "sent beyond": sum(number.startswith("beyond") for number in server.seen),
    }


async def main(count: int, certificate: str = "") -> None:
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
    limits = Limits(timeout=PATIENCE, max_concurrency=SLOTS)
    async with serving(tls) as (server, root):
        before = sockets()
        async with open_pool("test", Settings(limits=limits), None, ()) as pool:
            calls = Calls(pool.upstream(root), server)
            await cancel_calls(calls, count)
            await until(lambda: not server.open)
            # Connections that were ended are closed in later turns of the loop.
            await until(lambda: sockets() == before + 2 * server.connections)
            idle = server.connections
            observations = await fill_slots(calls, server)
        await until(lambda: not server.connections and sockets() == before)
    observations |= {
        "idle": idle,
        "answered": calls.answered,
        "wrong": calls.wrong,
        "seen": len(server.seen),
    }
    print(json.dumps(observations))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), *sys.argv[2:]))
