"""Eight times a server's capacity: it serves its capacity and refuses the rest."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from overload_client import Load, Target, closed_loop, exchange, in_loop, sum_loads
from overload_targets import TARGETS
from service import Package, Service, running
from steady_upstream import BODY
from upstream_process import upstream_process

from recording_upstream import Answer, RecordingUpstream, recording

pytestmark = pytest.mark.long

FULL = "NAFTIKO_FULL_LOAD"
"""Makes the loads long enough to show growing queues."""
EACH = 200 if FULL in os.environ else 10
"""The requests of each client."""
ROUNDS = 5
TIMES = 8
AT_ONCE = 16
CLIENTS = 32
MIB = 1024 * 1024
MEMORY = (50 if FULL in os.environ else 25) * MIB


@dataclass(frozen=True)
class Loaded:
    """A server, the request that it gets, and the upstream's view once all is over."""

    service: Service
    target: Target
    requests: list[int]
    """How many requests the upstream got, and the most that it had at once."""


@contextmanager
def run_loaded(package: Package, kind: str, **env: str) -> Iterator[Loaded]:
    """Run a package in front of an upstream that answers at once."""
    requests: list[int] = []
    with upstream_process("steady_upstream.py", "0") as upstream:
        with running(
            package, PRIME_API_KEY="key", TRAINING_RUNS_BASE_URI=upstream.url, **env
        ) as service:
            target = TARGETS[kind](service.url(kind))
            yield Loaded(service, target, requests)
        requests += json.loads(upstream.end())


async def measure_overload(target: Target, upstream: RecordingUpstream) -> Load:
    """Send more requests than may be in flight while the upstream answers none."""
    load = Load()
    upstream.gate.clear()
    waiting = {
        asyncio.create_task(exchange(target, [], load)) for _ in range(TIMES * AT_ONCE)
    }
    while len(waiting) > AT_ONCE:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert load.refused == (TIMES - 1) * AT_ONCE, load
    upstream.gate.set()
    await asyncio.gather(*waiting)
    return load


@pytest.mark.parametrize("kind", TARGETS)
def test_calls_beyond_the_limit_are_refused(training: Package, kind: str) -> None:
    """The upstream gets only the others, and a refused client is served afterwards."""
    upstream = RecordingUpstream()
    upstream.answer = Answer(BODY)
    limit = {"TRAINING_RUNS_MAX_CONCURRENCY": str(AT_ONCE)}

    async def exceed() -> tuple[list[Load], int]:
        async with recording(upstream) as address:
            root = {"TRAINING_RUNS_BASE_URI": f"http://{address}"}
            with running(training, PRIME_API_KEY="key", **root, **limit) as service:
                target = TARGETS[kind](service.url(kind))
                loads = [await measure_overload(target, upstream)]
                before = service.peak_memory
                loads += [
                    await measure_overload(target, upstream) for _ in range(ROUNDS)
                ]
                growth = service.peak_memory - before
                assert (await closed_loop(target, 1, EACH)).is_served
        return loads, growth

    loads, growth = in_loop(exceed())
    for load in loads:
        assert load.is_known, load
        assert load.served == AT_ONCE
    assert len(upstream.requests) == sum_loads(loads).served + EACH
    assert growth < MEMORY


LIMITED = {"TRAINING_RUNS_MAX_CONCURRENCY": str(CLIENTS)}


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("limit", [{}, LIMITED], ids=["cpu", "limit"])
def test_clients_beyond_the_cpu_or_the_limit_are_served_at_last(
    training: Package, kind: str, limit: dict[str, str]
) -> None:
    """They wait, or ask again at once: refusals keep nobody from service."""
    with run_loaded(training, kind, **limit) as server:
        usual = in_loop(closed_loop(server.target, CLIENTS, EACH))
        before = server.service.peak_memory
        exceeding = in_loop(closed_loop(server.target, TIMES * CLIENTS, EACH))
        growth = server.service.peak_memory - before
    assert usual.is_served, usual
    assert exceeding.is_known if limit else exceeding.is_served, exceeding
    assert exceeding.served == TIMES * CLIENTS * EACH
    requests, most = server.requests
    assert requests == usual.served + exceeding.served
    assert most <= CLIENTS or not limit
    assert growth < MEMORY
