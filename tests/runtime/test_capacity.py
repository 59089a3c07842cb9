"""Connections of clients: those that are kept, and those that are too slow."""

import contextlib
import socket
from dataclasses import dataclass, field
from typing import Any

import pytest

from naftiko_runtime.serving.capacity import Capacity, Rates, Turnover


@dataclass
class Clock:
    """A time in seconds that a test sets."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(eq=False)
class Client:
    is_sending: bool = True
    unread: int = 0
    is_ended: bool = field(default=False, init=False)

    def end_for_room(self) -> None:
        self.is_ended = True

    def end_for_another(self) -> None:
        self.is_ended = True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def capacity(clock: Clock) -> Capacity:
    return Capacity(2, 100, clock)


def test_admitted_connections_are_limited(capacity: Capacity) -> None:
    first, second, third = Client(), Client(), Client()
    assert capacity.admit(first)
    assert capacity.admit(second)
    assert not capacity.admit(third)
    capacity.forget(third)
    assert not capacity.admit(third)
    capacity.forget(first)
    assert capacity.admit(third)


def test_nobody_who_holds_connections_keeps_supervisors_away() -> None:
    capacity, clients = Turnover(2), [Client() for _ in range(5)]

    assert all(map(capacity.admit, clients))
    assert [client.is_ended for client in clients] == [True] * 3 + [False] * 2
    capacity.forget(clients[3])
    assert capacity.admit(Client())
    assert not clients[4].is_ended


def test_the_slowest_sender_makes_room(capacity: Capacity, clock: Clock) -> None:
    slow, quick = Client(), Client()
    capacity.hold_request(slow, 10)
    clock.seconds = 10.0
    capacity.hold_request(quick, 90)
    assert not slow.is_ended
    capacity.hold_request(quick, 95)
    assert slow.is_ended
    assert not quick.is_ended


def test_the_slowest_reader_makes_room(capacity: Capacity, clock: Clock) -> None:
    idle, reading, new = (Client(unread=40) for _ in range(3))
    capacity.hold_response(idle, 40)
    capacity.hold_response(reading, 40)
    clock.seconds = 10.0
    reading.unread = 5
    capacity.hold_response(new, 40)
    assert idle.is_ended
    assert not reading.is_ended
    assert not new.is_ended


def test_nobody_is_slow_in_the_first_second(capacity: Capacity, clock: Clock) -> None:
    old, new = Client(unread=10), Client(unread=60)
    capacity.hold_response(old, 60)
    clock.seconds = 0.9

    capacity.hold_response(new, 60)

    assert old.is_ended
    assert not new.is_ended


def test_a_whole_request_is_not_ended(capacity: Capacity) -> None:
    complete, new = Client(is_sending=False), Client()
    capacity.hold_request(complete, 99)
    capacity.hold_request(new, 2)
    assert not complete.is_ended
    assert new.is_ended


def test_answered_requests_and_lost_connections_are_let_go(capacity: Capacity) -> None:
    answered_client, lost_client, new = Client(), Client(unread=90), Client()
    capacity.hold_request(answered_client, 90)
    capacity.release_request(answered_client)
    capacity.hold_response(lost_client, 90)
    capacity.forget(lost_client)
    capacity.hold_request(new, 100)
    assert not any(client.is_ended for client in (answered_client, lost_client, new))


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
    is_sending: bool = True

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


@pytest.mark.parametrize(
    "connection",
    [
        Connection(Cycle(more_body=False, response_complete=True), is_sending=False),
        Connection(Cycle(more_body=False)),
        Connection(is_refused=True),
        Connection(Cycle(more_body=True), flow=Flow(read_paused=True)),
    ],
    ids=[
        "between requests",
        "slow upstream",
        "refused client",
        "client without a turn",
    ],
)
def test_a_client_that_need_not_send_may_be_idle(
    rates: Any, connection: Connection
) -> None:
    assert not ended_after(rates, connection, 1000)


def test_a_silent_client_has_to_begin_a_request(rates: Any) -> None:
    assert ended_after(rates, Connection(is_sending=False), 10)


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


def test_a_closed_connection_is_forgotten(rates: Any) -> None:
    connection = Connection()
    rates.enforce([connection], 0.0)
    rates.enforce([], 5.0)
    rates.enforce([connection], 11.0)
    assert not connection.transport.aborted


def test_a_client_that_takes_bytes_of_the_kernel_reads(rates: Any) -> None:
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
