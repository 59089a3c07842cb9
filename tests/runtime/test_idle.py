"""Which clients of a generated server are too slow, and when."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, field
from typing import Any

import pytest

from naftiko_runtime.serving.capacity import Rates

CLOSED = socket.socket()
CLOSED.close()


@dataclass(eq=False)
class Cycle:
    """A request whose head has come."""

    more_body: bool = True
    response_complete: bool = False


@dataclass
class Flow:
    """Whether anything is read from the connection."""

    read_paused: bool = False


@dataclass
class Transport:
    """Where answers that weren't read wait."""

    unread: int = 0
    aborted: bool = False
    wire: socket.socket | None = None

    def get_write_buffer_size(self) -> int:
        return self.unread

    def get_extra_info(self, _: str) -> socket.socket:
        return self.wire or CLOSED

    def abort(self) -> None:
        self.aborted = True


@dataclass(eq=False)
class Connection:
    cycle: Cycle | None = None
    transport: Transport = field(default_factory=Transport)
    flow: Flow = field(default_factory=Flow)
    received: int = 0
    is_refused: bool = False

    def end_for_slowness(self) -> None:
        self.transport.abort()


@pytest.fixture
def rates() -> Any:
    return Rates()


def ended_after(rates: Any, connection: Connection, seconds: float) -> bool:
    """Return whether a connection that stays as it is was ended."""
    for look in (0.0, seconds / 2, seconds):
        rates.enforce([connection], look)
    return connection.transport.aborted


@pytest.mark.parametrize(
    ("connection", "seconds"),
    [
        (Connection(), 10),
        (Connection(Cycle(more_body=False, response_complete=True)), 10),
        (Connection(Cycle(response_complete=True)), 10),
        (Connection(Cycle()), 10),
        (Connection(Cycle(False, True), Transport(unread=9)), 30),
        (Connection(Cycle(False, False), Transport(unread=9)), 30),
    ],
    ids=["silent", "next-head", "refused-body", "body", "answer", "half-answer"],
)
def test_a_client_that_stands_still(
    rates: Any, connection: Connection, seconds: float
) -> None:
    assert not ended_after(rates, connection, seconds - 0.1)
    rates.enforce([connection], seconds)
    assert connection.transport.aborted


def test_an_upstream_may_take_its_time(rates: Any) -> None:
    assert not ended_after(rates, Connection(Cycle(more_body=False)), 1000)


@pytest.mark.parametrize(("rate", "is_ended"), [(1, True), (1000, True), (1100, False)])
def test_a_client_has_to_send_and_read_at_a_rate(
    rates: Any, rate: int, *, is_ended: bool
) -> None:
    sender = Connection(Cycle())
    reader = Connection(Cycle(False, True), Transport(1_000_000))
    for second in range(0, 100, 2):
        sender.received += 2 * rate
        reader.transport.unread -= 2 * rate
        rates.enforce([sender, reader], second)
    assert sender.transport.aborted is is_ended
    assert reader.transport.aborted is is_ended


def test_every_request_has_its_own_time(rates: Any) -> None:
    client, reader = Connection(), Connection(Cycle(False, True), Transport(1000))
    for second in range(0, 100, 5):
        client.cycle = Cycle(more_body=False, response_complete=True)
        reader.cycle = Cycle(more_body=False, response_complete=True)
        rates.enforce([client, reader], second)
    assert not client.transport.aborted
    assert not reader.transport.aborted


def test_a_refused_client_has_nothing_to_send(rates: Any) -> None:
    assert not ended_after(rates, Connection(is_refused=True), 1000)


def test_who_went_is_forgotten(rates: Any) -> None:
    connection = Connection()
    rates.enforce([connection], 0.0)
    rates.enforce([], 5.0)
    rates.enforce([connection], 11.0)
    assert not connection.transport.aborted


def test_who_is_not_read_from_has_no_turn(rates: Any) -> None:
    connection = Connection(Cycle(more_body=True), flow=Flow(read_paused=True))
    assert not ended_after(rates, connection, 1000)


def test_who_takes_bytes_of_the_kernel_reads(rates: Any) -> None:
    """The process gets rid of nothing meanwhile: the kernel is full for long."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        reader.connect(listening.getsockname())
        writer, _ = listening.accept()
    with reader, writer:
        writer.setblocking(False)
        in_kernel = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                in_kernel += writer.send(bytes(100_000))
        connection = Connection(Cycle(), Transport(unread=1, wire=writer))
        for look in range(0, 200, 10):
            rates.enforce([connection], float(look))
            remaining = in_kernel // 40
            while remaining > 0:
                remaining -= len(reader.recv(remaining))
        assert not connection.transport.aborted
        assert ended_after(rates, connection, 1000)
