"""Eight times as much as a server can do: it does what it can and refuses the rest."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest
from overload_client import Outcome, closed_loop, in_loop, open_loop
from overload_targets import TARGETS
from service import running
from upstream_process import upstream_process

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from typing import Any

    from overload_client import Load, Target
    from service import Package, Service

FULL = "NAFTIKO_FULL_LOAD"
"""Makes the loads as long as it takes to see what builds up."""
MEASURED, LOADED = (5.0, 20.0) if FULL in os.environ else (1.0, 2.0)
"""Seconds of the load that measures the capacity, and of the overload."""
ROUNDS = 5
"""All of them count, and the median decides: noise moves a round either way."""
TIMES = 8
KEPT = 0.8
"""The share of the capacity that is still there when it is exceeded."""
AT_ONCE = 16
SERVICE_TIME = 0.1 if FULL in os.environ else 0.25
CALLERS = 32
MIB = 1024 * 1024
MEMORY = 50 * MIB
NORMAL = 0.5
"""Seconds above the upstream's own that a call does not take when there is no load."""


@dataclass(frozen=True)
class Loaded:
    """A server, what it is asked, and how long its upstream takes."""

    service: Service
    target: Target
    service_time: float

    @property
    def cpu(self) -> float:
        """Return the seconds of CPU that the server has used."""
        tasks = Path(f"/proc/{self.service.pid}").glob("task/*/schedstat")
        used = (task.read_text(encoding="ascii").split()[0] for task in tasks)
        return sum(map(int, used)) / 1e9


@pytest.fixture(autouse=True)
def core() -> Iterator[int]:
    """Leave a core to the server, so that it isn't moved nor in its callers' way."""
    allowed = os.sched_getaffinity(0)
    first = min(allowed)
    os.sched_setaffinity(0, allowed - {first} or allowed)
    yield first
    os.sched_setaffinity(0, allowed)


@contextmanager
def loaded(
    package: Package, kind: str, core: int, service_time: float, **env: str
) -> Iterator[Loaded]:
    """Run a package on a core, before an upstream that always takes that long."""
    with (
        upstream_process("steady_upstream.py", str(service_time)) as upstream,
        running(
            package, PRIME_API_KEY="key", TRAINING_RUNS_BASE_URI=upstream.url, **env
        ) as service,
    ):
        os.sched_setaffinity(service.pid, {core})
        yield Loaded(service, TARGETS[kind](service.url(kind)), service_time)


def assert_served(load: Load) -> None:
    """Every request of a load got the upstream's answer."""
    assert load.offered == load.served, load


def assert_known(load: Load) -> None:
    """Every request of a load got the upstream's answer or was refused in good form."""
    assert not load.waits[Outcome.WRONG], load
    assert not load.broken, load


def assert_recovered(server: Loaded) -> None:
    """A new caller is served as if nothing had been."""
    after = in_loop(closed_loop(server.target, 1, 0.5))
    print(f"after it: {after}")
    assert_served(after)
    assert after.percentile(0.5) < server.service_time + NORMAL


@dataclass(frozen=True)
class Round:
    """The load that a server can take, the one that it can't, and their use of it."""

    capacity: Load
    overload: Load
    cpu: tuple[float, float]
    growth: int

    @property
    def kept(self) -> float:
        """Return the share of the capacity that was there under overload."""
        return self.overload.goodput / self.capacity.goodput

    @property
    def cost(self) -> tuple[float, float]:
        """Return the CPU of an answer of the upstream in each load, in seconds."""
        usual, exceeded = self.cpu
        return usual / self.capacity.served, exceeded / self.overload.served

    @property
    def kept_of_cpu(self) -> float:
        """Return the same of what was served for the CPU that the server got."""
        usual, exceeded = self.cost
        return usual / exceeded

    def __str__(self) -> str:
        usual, exceeded = (1e6 * cost for cost in self.cost)
        kept = f"{self.kept:.2f} of it, {usual:.0f} and {exceeded:.0f} µs for each"
        more = f"{self.growth / MIB:.0f} MiB more"
        return f"capacity: {self.capacity}\noverload: {self.overload}, {kept}, {more}"


def measured(
    server: Loaded, callers: int, exceed: Callable[[float], Coroutine[Any, Any, Load]]
) -> Round:
    """Measure what a server can do, and what it does when that is exceeded."""
    start, memory = server.cpu, server.service.peak_memory
    capacity = in_loop(closed_loop(server.target, callers, MEASURED))
    between = server.cpu
    overload = in_loop(exceed(capacity.goodput))
    cpu = (between - start, server.cpu - between)
    found = Round(capacity, overload, cpu, server.service.peak_memory - memory)
    print(found)
    assert_served(capacity)
    assert_recovered(server)
    assert found.growth < MEMORY
    return found


@pytest.mark.parametrize("kind", TARGETS)
def test_what_exceeds_the_calls_in_flight(
    training: Package, kind: str, core: int
) -> None:
    def exceed(goodput: float) -> Coroutine[Any, Any, Load]:
        rate = TIMES * goodput
        return open_loop(server.target, rate, int(2 * rate), LOADED)

    limit = {"TRAINING_RUNS_MAX_CONCURRENCY": str(AT_ONCE)}
    with loaded(training, kind, core, SERVICE_TIME, **limit) as server:
        rounds = [measured(server, AT_ONCE, exceed) for _ in range(ROUNDS)]
    for each in rounds:
        load = each.overload
        assert_known(load)
        assert load.offered > 0.8 * TIMES * each.capacity.goodput * load.seconds
    assert median(each.kept for each in rounds) >= KEPT


# Those who load the server and others need the machine, too: below, what counts is how
# many were served for the CPU that the server got.


@pytest.mark.parametrize("kind", TARGETS)
def test_what_exceeds_the_cpu(training: Package, kind: str, core: int) -> None:
    """Callers wait for each other, and are served at the rate of before."""

    def exceed(_: float) -> Coroutine[Any, Any, Load]:
        return closed_loop(server.target, TIMES * CALLERS, LOADED)

    with loaded(training, kind, core, 0) as server:
        rounds = [measured(server, CALLERS, exceed) for _ in range(ROUNDS)]
    for each in rounds:
        assert_served(each.overload)
    assert median(each.kept_of_cpu for each in rounds) >= KEPT


@pytest.mark.parametrize("kind", TARGETS)
def test_what_exceeds_both(training: Package, kind: str, core: int) -> None:
    """Callers who are refused ask again at once, and don't keep others from service."""

    def exceed(_: float) -> Coroutine[Any, Any, Load]:
        # At first they all connect, and at last all of them are answered.
        return closed_loop(server.target, TIMES * CALLERS, 2 * LOADED)

    limit = {"TRAINING_RUNS_MAX_CONCURRENCY": str(CALLERS)}
    with loaded(training, kind, core, 0, **limit) as server:
        rounds = [measured(server, CALLERS, exceed) for _ in range(ROUNDS)]
    for each in rounds:
        assert_known(each.overload)
    assert median(each.kept_of_cpu for each in rounds) >= KEPT
