"""Eight times as much as a server can do: it does what it can and refuses the rest."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from overload_client import Outcome, closed_loop, in_loop, open_loop
from overload_targets import TARGETS
from service import running
from upstream_process import upstream_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overload_client import Load, Target
    from service import Package, Service

FULL = "NAFTIKO_FULL_LOAD"
"""Makes the loads as long as it takes to see what builds up."""
MEASURED, LOADED = (5.0, 20.0) if FULL in os.environ else (2.0, 5.0)
"""Seconds of the load that measures the capacity, and of the overload."""
TIMES = 8
KEPT = 0.8
"""The share of the capacity that is still there when it is exceeded."""
AT_ONCE = 16
SERVICE_TIME = 0.1
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
        stat = Path(f"/proc/{self.service.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def loaded(
    package: Package, kind: str, service_time: float, **env: str
) -> Iterator[Loaded]:
    """Run a package in front of an upstream that always takes that long."""
    with (
        upstream_process("steady_upstream.py", str(service_time)) as upstream,
        running(
            package, PRIME_API_KEY="key", TRAINING_RUNS_BASE_URI=upstream.url, **env
        ) as service,
    ):
        yield Loaded(service, TARGETS[kind](service.url(kind)), service_time)


def assert_served(load: Load) -> None:
    """Every request of a load got the upstream's answer."""
    assert load.offered == len(load.waits[Outcome.SERVED]), load


def assert_recovered(server: Loaded) -> None:
    """A new caller is served as if nothing had been."""
    after = in_loop(closed_loop(server.target, 1, 1))
    print(f"after it: {after}")
    assert_served(after)
    assert after.percentile(0.5) < server.service_time + NORMAL


@pytest.mark.parametrize("kind", TARGETS)
def test_what_exceeds_the_calls_in_flight(training: Package, kind: str) -> None:
    limit = {"TRAINING_RUNS_MAX_CONCURRENCY": str(AT_ONCE)}
    with loaded(training, kind, SERVICE_TIME, **limit) as server:
        capacity = in_loop(closed_loop(server.target, AT_ONCE, MEASURED))
        print(f"capacity: {capacity}")
        assert_served(capacity)
        before = server.service.peak_memory
        rate = TIMES * capacity.goodput
        load = in_loop(open_loop(server.target, rate, TIMES * 4 * AT_ONCE, LOADED))
        growth = server.service.peak_memory - before
        print(f"overload: {load}, {growth / MIB:.0f} MiB more")
        assert_recovered(server)
    # It was offered, and nothing was lost or hurt.
    assert load.offered > 0.8 * rate * LOADED
    assert not load.waits[Outcome.WRONG]
    assert not load.broken
    assert len(load.waits[Outcome.REFUSED]) > load.offered / 2
    assert load.goodput >= KEPT * capacity.goodput
    assert growth < MEMORY


@pytest.mark.parametrize("kind", TARGETS)
def test_what_exceeds_the_cpu(training: Package, kind: str) -> None:
    """Callers wait for each other, and are served at the rate of before.

    Where something else took the CPU from one of the loads, what counts is how many
    were served for the CPU that the server got.
    """
    with loaded(training, kind, 0) as server:
        capacity, usual = measured(server, CALLERS, MEASURED)
        before = server.service.peak_memory
        load, overloaded = measured(server, TIMES * CALLERS, LOADED)
        growth = server.service.peak_memory - before
        print(f"capacity: {capacity}, {usual:.0f}/s of CPU")
        print(
            f"overload: {load}, {overloaded:.0f}/s of CPU, {growth / MIB:.0f} MiB more"
        )
        assert_recovered(server)
    assert_served(capacity)
    assert_served(load)
    assert load.goodput >= KEPT * capacity.goodput or overloaded >= KEPT * usual
    assert growth < MEMORY


def measured(server: Loaded, callers: int, seconds: float) -> tuple[Load, float]:
    """Load a server; return what came of it, and its answers in a second of its CPU."""
    before = server.cpu
    load = in_loop(closed_loop(server.target, callers, seconds))
    return load, len(load.waits[Outcome.SERVED]) / (server.cpu - before)
