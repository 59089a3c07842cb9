"""Callers who hold connections open keep nobody out, and don't hold them for ever."""

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from overload_client import Load, Target, closed_loop, in_loop, sum_loads
from overload_targets import rest_target
from service import Package, Service, running
from slow_callers import Manner, connect_callers
from upstream_process import upstream_process

pytestmark = pytest.mark.long

FULL = "NAFTIKO_FULL_LOAD"
"""Makes the slow callers as many as are promised, and waits for the end of them all."""
CALLERS, MANNERS = (
    (10_000, tuple(Manner))
    if FULL in os.environ
    # The timeout of a body is long.
    else (1_500, (Manner.SILENT, Manner.DRIPPING))
)
EACH = 50
"""The requests of a healthy client, in turn."""
MIB = 1024 * 1024
MEMORY = 150 * MIB
FILES_AT_FIRST = 1024
"""How many files most systems allow a process at first."""
FEW_FILES = 200


@contextmanager
def limit_files(files: int) -> Iterator[None]:
    """Let this process, and those it starts, have so many files open at first."""
    soft_limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < files:
        pytest.skip(f"a process may have {most} files open here, not {files}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft_limit, most))


@pytest.fixture
def service(training: Package, hasty: Package) -> Iterator[Service]:
    """Run the package as most systems do, in front of a quick upstream."""
    package = training if FULL in os.environ else hasty
    with (
        limit_files(FILES_AT_FIRST),
        upstream_process("steady_upstream.py", "0.02") as upstream,
        running(
            package, PRIME_API_KEY="key", TRAINING_RUNS_BASE_URI=upstream.url
        ) as process,
    ):
        yield process


def test_slow_callers_harm_nobody(service: Service) -> None:
    """The server cuts all of them off in the end, and serves everybody else."""
    target = rest_target(service.url("rest"))

    async def healthy_beside_slow() -> Load:
        loads = [await healthy(target)]
        callers = await connect_callers(target.url, CALLERS, MANNERS)
        while any(caller.open for caller in callers):
            loads.append(await healthy(target))
        return sum_loads([*loads, await healthy(target)])

    before = service.peak_memory
    with limit_files(CALLERS + FILES_AT_FIRST):
        load = in_loop(healthy_beside_slow())
    growth = service.peak_memory - before
    print(f"{load}, {growth / MIB:.0f} MiB more")
    assert load.is_served, load
    assert growth < MEMORY


def test_a_server_recovers_that_ran_out_of_files(service: Service) -> None:
    target = rest_target(service.url("rest"))
    _, most = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (FEW_FILES, most))

    async def healthy_after_slow() -> tuple[Load, Load]:
        callers = await connect_callers(target.url, 2 * FEW_FILES, [Manner.SILENT])
        during = await healthy(target)
        await asyncio.gather(*(caller.ended.wait() for caller in callers))
        return during, await healthy(target)

    during, after = in_loop(healthy_after_slow())
    assert during.broken
    assert after.is_served, after


async def healthy(target: Target) -> Load:
    """Call as many healthy clients do: over connections that last, or new ones."""
    return sum_loads(
        await asyncio.gather(
            closed_loop(target, 4, EACH), closed_loop(target, 2, EACH, once=True)
        )
    )
