"""Mutated responses against the client of packages.

`PYTHONPATH=tests:templates/runtime python FILE SECONDS [SEED]` prints the responses
that break a promise. A request ends in a response or in a documented error, the same
one for any pieces. Memory has a bound. A connection with bytes beyond the response
isn't used again.
"""

import asyncio
import random
import sys
import tracemalloc
from time import monotonic, process_time
from typing import Any

from odd_answers import Answer, Generator
from test_odd_answers import rest_of

from naftiko_runtime.errors import NoAnswerError
from naftiko_runtime.upstream.connection import Connection, Outgoing

LIMIT = 16 * 1024
MEMORY = 4 * 1024 * 1024
MOST = 1024 * 1024
ENDS = (b"\n", b"\r", b"\r\n\r\n", b"\r\n ")
FLOODS = (b"1\r\nx\r\n", b"X: y\r\n", b"HTTP/1.1 100 C\r\n\r\n", b"\r\n", b"\0", b"5")
REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


class Transport(asyncio.Transport):
    """A transport to nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.is_over = False

    def write(self, data: Any) -> None:
        pass

    def abort(self) -> None:
        self.is_over = True

    def is_closing(self) -> bool:
        return self.is_over

    def get_write_buffer_size(self) -> int:
        return 0


class BrokenPromiseError(Exception):
    """A promise that a response breaks."""


Outcome = tuple[int, tuple[tuple[bytes, bytes], ...], bytes] | str | None
"""The status, the headers and the body, or the reason of a refusal, or neither yet."""


async def read(
    answer: Answer, pieces: list[bytes], *, ends: bool
) -> tuple[Outcome, Connection]:
    """Return the outcome of a response that comes in pieces, and its connection."""
    connection = Connection(lambda: None)
    connection.connection_made(Transport())
    future = connection.send(Outgoing(REQUEST, answer.method == "HEAD", LIMIT))
    for piece in pieces:
        if not connection.transport.is_closing():
            connection.data_received(piece)
    if ends and not connection.transport.is_closing():
        connection.eof_received()
        connection.connection_lost(None)
    if not future.done():
        keep(not ends, "it never ends")
        return None, connection
    try:
        await future
        reply = connection.reply()
    except NoAnswerError as error:
        return str(error), connection
    keep(len(reply.body) <= LIMIT, "a body is too long")
    return (reply.status, reply.raw_headers, reply.body), connection


def keep(promise: bool, fault: str) -> None:
    if not promise:
        raise BrokenPromiseError(fault)


async def check(answer: Answer) -> None:
    """Read a response whole and in pieces; raises BrokenPromiseError."""
    response, _ = await read(answer, [answer.wire], ends=True)
    split, _ = await read(answer, answer.pieces(), ends=True)
    are_refused = isinstance(response, str) and isinstance(split, str)
    keep(are_refused or response == split, f"its pieces matter: {response}, {split}")
    outcome, connection = await read(answer, answer.pieces(), ends=False)
    if outcome is None or not connection.may_be_kept():
        return
    keep(connection.status != 0, f"a connection is kept without a response: {outcome}")
    keep(not rest_of(answer), "a connection is kept with further bytes")
    connection.data_received(b"H")
    keep(connection.transport.is_closing(), "further bytes don't end a connection")


class Mutator:
    """A source of responses with larger changes than the generator's."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # a seed repeats a run
        self._generator = Generator(seed)
        self._corpus: list[bytes] = []

    def answer(self) -> Answer:
        answer = self._generator.answer()
        self._corpus = [*self._corpus[-200:], answer.wire]
        wire = answer.wire
        for _ in range(self._random.choice((0, 1, 1, 2, 4))):
            wire = self._mutate(wire)[:MOST]
        return Answer(answer.method, wire, self._splits(len(wire)))

    def _splits(self, length: int) -> tuple[int, ...]:
        if length < 2:
            return ()
        if length < 600 and self._random.random() < 0.1:
            return tuple(range(1, length))
        count = self._random.choice((0, 1, 3, 30, min(length, 3000)))
        return tuple(sorted({self._random.randrange(1, length) for _ in range(count)}))

    def _mutate(self, wire: bytes) -> bytes:
        places = (self._random.randrange(len(wire) + 1) for _ in range(2))
        at, to = sorted(places)
        other = self._random.choice(self._corpus)
        before, cut, after = wire[:at], wire[at:to], wire[to:]
        match self._random.randrange(7):
            case 0:
                return before + self._random.randbytes(1) + cut + after
            case 1:
                return before + after
            case 2:
                return before + cut * self._random.choice((2, 3, 100)) + after
            case 3:
                return before + other[self._random.randrange(len(other) + 1) :]
            case 4:
                return before + other + cut + after
            case 5:
                end = self._random.choice(ENDS)
                return wire.replace(b"\r\n", end, self._random.randrange(5))
            case _:
                flood = self._random.choice(FLOODS)
                times = self._random.choice((1, 10, 1000, 20_000))
                return before + flood * times + cut + after


async def fault_of(answer: Answer) -> str:
    """Return the promise that a response breaks, if it breaks one."""
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    try:
        await check(answer)
    except Exception as error:
        return repr(error)
    _, most = tracemalloc.get_traced_memory()
    size = most - before
    is_bounded = size < MEMORY + 4 * len(answer.wire)
    return "" if is_bounded else f"it takes {size} bytes of memory"


async def main(seconds: float, seed: int) -> int:
    mutator = Mutator(seed)
    count = faults = 0
    slowest = 0.0
    tracemalloc.start()
    end = monotonic() + seconds
    while monotonic() < end:
        answer = mutator.answer()
        start = process_time()
        fault = await fault_of(answer)
        slowest = max(slowest, process_time() - start)
        count += 1
        if fault:
            faults += 1
            print(fault, answer.method, answer.wire[:1000], answer.splits[:20])
    print(f"{count} responses, {faults} faults, {slowest:.3f} s for the slowest")
    return faults


if __name__ == "__main__":
    duration, *seeds = sys.argv[1:]
    sys.exit(asyncio.run(main(float(duration), int([*seeds, "1"][0]))) > 0)
