"""Callers who hold connections open keep nobody out, and don't hold them for ever."""

from __future__ import annotations

import asyncio
import os
import resource
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from overload_client import Load, Outcome, Target, closed_loop, in_loop
from overload_targets import rest_target
from service import running
from slow_callers import Manner, connected
from upstream_process import upstream_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service import Package, Service

FULL = "NAFTIKO_FULL_LOAD"
"""Makes the slow callers as many as are promised, and waits for the end of them all."""
CALLERS, MANNERS = (
    (10_000, tuple(Manner))
    if FULL in os.environ
    # What waits for a body is waited for long.
    else (1_500, (Manner.SILENT, Manner.DRIPPING))
)
PATIENCE = 45.0 if FULL in os.environ else 22.0
"""Seconds after which every slow caller has been cut off."""
MIB = 1024 * 1024
MEMORY = 150 * MIB
FILES_AT_FIRST = 1024
"""How many files most systems allow a process at first."""
FEW_FILES = 200
SLOW = 1.0
"""Seconds that few calls take."""


@contextmanager
def limited(files: int) -> Iterator[None]:
    """Let this process, and those it starts, have so many files open at first."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < files:
        pytest.skip(f"a process may have {most} files open here, not {files}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


@pytest.fixture
def service(training: Package) -> Iterator[Service]:
    """Run the package as most systems do, in front of a quick upstream."""
    with (
        limited(FILES_AT_FIRST),
        upstream_process("steady_upstream.py", "0.02") as upstream,
        running(
            training, PRIME_API_KEY="key", TRAINING_RUNS_BASE_URI=upstream.url
        ) as process,
    ):
        yield process


def test_slow_callers_harm_nobody(service: Service) -> None:
    target = rest_target(service.url("rest"))

    async def healthy_beside_slow() -> list[Load]:
        loads = await healthy(target, 1)
        start = monotonic()
        callers = await connected(target.url, CALLERS, MANNERS)
        assert all(caller.open for caller in callers)
        while any(caller.open for caller in callers):
            assert monotonic() - start < PATIENCE
            loads += await healthy(target, 1)
        print(f"{CALLERS} connected and cut off in {monotonic() - start:.0f} s")
        return [*loads, *await healthy(target, 1)]

    before = service.peak_memory
    with limited(CALLERS + FILES_AT_FIRST):
        loads = in_loop(healthy_beside_slow())
    growth = service.peak_memory - before
    together = joined(loads)
    print(f"{together}, {growth / MIB:.0f} MiB more")
    assert len(together.waits[Outcome.SERVED]) == together.offered
    assert together.percentile(0.99) < SLOW
    assert growth < MEMORY


def test_a_server_recovers_that_ran_out_of_files(service: Service) -> None:
    target = rest_target(service.url("rest"))
    _, most = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (FEW_FILES, most))

    async def healthy_after_slow() -> list[Load]:
        callers = await connected(target.url, 2 * FEW_FILES, [Manner.SILENT])
        during = joined(await healthy(target, 1))
        assert during.broken
        start = monotonic()
        while any(caller.open for caller in callers):
            assert monotonic() - start < PATIENCE
            await asyncio.sleep(0.2)
        return await healthy(target, 1)

    after = joined(in_loop(healthy_after_slow()))
    assert len(after.waits[Outcome.SERVED]) == after.offered
    assert after.percentile(0.99) < SLOW


async def healthy(target: Target, seconds: float) -> list[Load]:
    """Call as many healthy callers do: over connections that last, or new ones."""
    lasting = closed_loop(target, 4, seconds)
    return list(
        await asyncio.gather(lasting, closed_loop(target, 2, seconds, once=True))
    )


def joined(loads: list[Load]) -> Load:
    """Return what came of several loads."""
    together = Load(sum(load.seconds for load in loads))
    for load in loads:
        together.offered += load.offered
        together.broken += load.broken
        for outcome, waits in load.waits.items():
            together.waits[outcome] += waits
    return together
