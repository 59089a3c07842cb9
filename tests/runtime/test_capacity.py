"""The connections that a generated server keeps, and those it closes for room."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from naftiko_runtime.serving.capacity import Capacity


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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def capacity(clock: Clock) -> Capacity:
    return Capacity(2, 100, clock)


def test_so_many_connections_are_admitted(capacity: Capacity) -> None:
    first, second, third = Client(), Client(), Client()
    assert capacity.admit(first)
    assert capacity.admit(second)
    assert not capacity.admit(third)
    capacity.forget(third)
    assert not capacity.admit(third)
    capacity.forget(first)
    assert capacity.admit(third)


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
    answered, lost, new = Client(), Client(unread=90), Client()
    capacity.hold_request(answered, 90)
    capacity.release_request(answered)
    capacity.hold_response(lost, 90)
    capacity.forget(lost)
    capacity.hold_request(new, 100)
    assert not any(client.is_ended for client in (answered, lost, new))
