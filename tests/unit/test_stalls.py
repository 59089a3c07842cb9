"""Which connections of a generated server count as stalled, and when."""

from __future__ import annotations

import contextlib
import runpy
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CLOSED = socket.socket()
CLOSED.close()
MODULE = Path(__file__).parents[2] / "templates" / "python" / "_stalls.py"


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


@pytest.fixture
def stalls() -> Any:
    return runpy.run_path(str(MODULE))["Stalls"]()


def ended_after(stalls: Any, connection: Connection, seconds: float) -> bool:
    """Say whether a connection that stays as it is was ended."""
    for look in (0.0, seconds / 2, seconds):
        stalls.end([connection], look)
    return connection.transport.aborted


@pytest.mark.parametrize(
    ("connection", "patience"),
    [
        (Connection(), 10),
        (Connection(Cycle(more_body=False, response_complete=True)), 10),
        (Connection(Cycle(response_complete=True)), 10),
        (Connection(Cycle()), 30),
        (Connection(Cycle(False, True), Transport(unread=9)), 30),
        (Connection(Cycle(False, False), Transport(unread=9)), 30),
    ],
    ids=["silent", "next-head", "refused-body", "body", "answer", "half-answer"],
)
def test_stalled(stalls: Any, connection: Connection, patience: float) -> None:
    assert not ended_after(stalls, connection, patience - 0.1)
    stalls.end([connection], patience)
    assert connection.transport.aborted


def test_an_upstream_may_take_its_time(stalls: Any) -> None:
    assert not ended_after(stalls, Connection(Cycle(more_body=False)), 1000)


def test_who_moves_may_stay(stalls: Any) -> None:
    caller, reader = Connection(), Connection(Cycle(False, True), Transport(1000))
    for second in range(0, 100, 5):
        caller.cycle = Cycle(more_body=False, response_complete=True)
        reader.transport.unread -= 1
        stalls.end([caller, reader], second)
    assert not caller.transport.aborted
    assert not reader.transport.aborted


def test_who_went_is_forgotten(stalls: Any) -> None:
    connection = Connection()
    stalls.end([connection], 0.0)
    stalls.end([], 5.0)
    stalls.end([connection], 11.0)
    assert not connection.transport.aborted


def test_who_is_not_read_from_has_no_turn(stalls: Any) -> None:
    connection = Connection(Cycle(more_body=True), flow=Flow(read_paused=True))
    assert not ended_after(stalls, connection, 1000)


def test_who_takes_what_the_kernel_holds_reads(stalls: Any) -> None:
    """The process gets rid of nothing meanwhile: the kernel is full for long."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        reader.connect(listening.getsockname())
        writer, _ = listening.accept()
    with reader, writer:
        writer.setblocking(False)
        held = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                held += writer.send(bytes(100_000))
        connection = Connection(Cycle(), Transport(unread=1, wire=writer))
        for look in range(0, 200, 10):
            stalls.end([connection], float(look))
            left = held // 40
            while left > 0:
                left -= len(reader.recv(left))
        assert not connection.transport.aborted
        assert ended_after(stalls, connection, 1000)
