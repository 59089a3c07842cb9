"""Several processes on the same ports: they answer, finish, and are replaced."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from prime import RUNS
from raw_http import refuses
from service import Package, Service, running

from notices import plain_text
from recording_upstream import RecordingUpstream
from waiting import PATIENCE, eventually

KEY = {"PRIME_API_KEY": "s3cret"}
TWO = ("--workers", "2")
MINIMAL = {"config": {"max_steps": 5}}

CANNOT_START = """\
import sys
from RUNTIME.serving import listening
from training_runs.__main__ import main

def broken(client):
    raise RuntimeError("this is not to be")

listening.nullcontext = broken
sys.argv = ["training-runs", "rest", "--mock", "--workers", "2"]
main()
"""

KEEPS_ENDING = """\
import math, os, sys
from RUNTIME.serving import listening
from RUNTIME.serving import server as workers
from training_runs.__main__ import main

# However long a busy machine takes to end six of them.
workers.LOOP_SECONDS = math.inf
listening.run = lambda main: os._exit(7)
sys.argv = ["training-runs", "rest", "--mock", "--workers", "2"]
main()
"""


def workers(service: Service, number: int = 2) -> list[int]:
    """Wait until the service has so many workers; return their processes."""
    eventually(lambda: len(service.children()) == number)
    return service.children()


def have_ended(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@contextmanager
def alone(worker: int, everybody: list[int]) -> Iterator[None]:
    """Let all workers but one stand still."""
    others = [pid for pid in everybody if pid != worker]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


class Calls:
    """Calls that the upstream holds back, one in each of two workers."""

    def __init__(self, service: Service, upstream: RecordingUpstream) -> None:
        self.service, self.pids = service, workers(service)
        self._upstream = upstream
        self._posted: list[asyncio.Task[httpx2.Response]] = []

    async def begin(self, client: httpx2.AsyncClient) -> None:
        self._upstream.gate.clear()
        for pid in self.pids:
            self._upstream.arrived.clear()
            with alone(pid, self.pids):
                call = client.post(RUNS, json=MINIMAL)
                self._posted.append(asyncio.create_task(call))
                await self._upstream.arrived.wait()

    async def finish(self) -> list[int]:
        """Let the upstream answer; return the statuses that came back."""
        self._upstream.gate.set()
        return [answer.status_code for answer in await asyncio.gather(*self._posted)]

    async def broken_calls(self) -> list[bool]:
        """Say for each call whether its connection was cut."""
        ends = await asyncio.gather(*self._posted, return_exceptions=True)
        return [isinstance(result, httpx2.TransportError) for result in ends]


@pytest.fixture
async def calls(
    training: Package, address: str, upstream: RecordingUpstream
) -> AsyncIterator[Calls]:
    """Run two workers that have calls under way."""
    env = {**KEY, "TRAINING_RUNS_BASE_URI": f"http://{address}"}
    with running(training, "rest", *TWO, **env) as service:
        async with service.client() as client:
            calls = Calls(service, upstream)
            await calls.begin(client)
            yield calls
    upstream.gate.set()


async def test_every_worker_answers_on_every_port(training: Package) -> None:
    as_users_start_it = replace(training, is_forked=False)
    with running(as_users_start_it, "serve", "--mock", "--workers", "3") as service:
        pids = workers(service, 3)
        for pid in pids:
            with alone(pid, pids):
                answer = httpx2.post(
                    service.url("rest") + RUNS, json=MINIMAL, timeout=PATIENCE
                )
                assert answer.json()["mock"] == "createrun"
                async with Client(service.url("mcp"), mode="2026-07-28") as client:
                    assert len((await client.list_tools()).tools) > 0
    assert service.output.count("listens on") == 2


def test_one_worker_is_the_process_itself(training: Package) -> None:
    with running(training, "rest", "--mock") as service:
        assert service.children() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_signal_lets_the_calls_of_every_worker_finish(
    calls: Calls, number: signal.Signals
) -> None:
    # As a terminal or a service manager does, which send it to all of them.
    for pid in (*calls.pids, calls.service.pid):
        os.kill(pid, number)
    eventually(lambda: refuses(calls.service.url("rest")))
    assert await calls.finish() == [200, 200]
    assert await asyncio.to_thread(calls.service.end) == 0
    assert have_ended(calls.pids)
    assert calls.service.output.count("\n") == 1


async def test_an_interrupt_ends_finishing_workers_at_once(calls: Calls) -> None:
    calls.service.signal(signal.SIGTERM)
    eventually(lambda: refuses(calls.service.url("rest")))
    assert not have_ended(calls.pids)
    calls.service.signal(signal.SIGINT)
    assert await asyncio.to_thread(calls.service.end) == 0
    assert have_ended(calls.pids)
    assert await calls.broken_calls() == [True, True]


def test_a_call_that_takes_too_long_is_given_up(training: Package) -> None:
    limit = {"TRAINING_RUNS_TIMEOUT": "1"}
    with running(training, "rest", "--mock", *TWO, **limit) as service:
        address = httpx2.URL(service.url("rest"))
        head = f"POST {RUNS} HTTP/1.1\r\nHost: localhost:{address.port}\r\n"
        with socket.create_connection((address.host, address.port or 0)) as caller:
            caller.sendall(f"{head}Content-Length: 2\r\n\r\n".encode())
            service.signal(signal.SIGTERM)
            assert service.end() == 0
            # Refused or cut off, but no answer of the upstream.
            assert b"200 OK" not in caller.recv(1024)


def test_a_worker_that_dies_is_replaced(training: Package) -> None:
    with running(training, "rest", "--mock", *TWO) as service:
        victim, survivor = workers(service)
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len({*service.children()} - {victim}) == 2)
        assert survivor in workers(service)
        [new] = {*workers(service)} - {survivor}
        with alone(new, workers(service)):
            answer = httpx2.post(
                service.url("rest") + RUNS, json=MINIMAL, timeout=PATIENCE
            )
        assert answer.status_code == 200
        service.signal(signal.SIGTERM)
        assert service.end() == 0
        assert have_ended([victim, survivor, new])
    # Two lines of the start come first.
    [line] = service.output.splitlines()[2:]
    assert line.endswith("a worker ended (-9): another starts")


async def test_workers_finish_when_their_parent_is_killed(calls: Calls) -> None:
    calls.service.signal(signal.SIGKILL)
    eventually(lambda: refuses(calls.service.url("rest")))
    assert await calls.finish() == [200, 200]
    eventually(lambda: have_ended(calls.pids))


def test_a_worker_that_cannot_start_ends_the_server(training: Package) -> None:
    process = training.execute(CANNOT_START)
    assert process.returncode == 1
    assert "RuntimeError < <string>:6 broken" in process.stderr
    assert "this is not to be" not in process.stderr
    last = plain_text(process.stderr.splitlines()[-1])
    assert last == "training-runs: a worker could not start; the log says why"


def test_workers_that_keep_ending_end_the_server(training: Package) -> None:
    process = training.execute(KEEPS_ENDING)
    assert process.returncode == 1
    assert 6 > process.stderr.count("a worker ended (7)") > 1
    last = plain_text(process.stderr.splitlines()[-1])
    assert last == "training-runs: the workers keep ending; the log says why"


def test_standard_input_has_one_reader(training: Package) -> None:
    process = training.run("mcp", "--stdio", *TWO, **KEY)
    assert process.returncode == 2
    [line] = process.stderr.splitlines()
    assert "--workers" in line


@pytest.mark.parametrize("count", ["0", "-1", "100", "two", "1.5", ""])
def test_the_number_of_workers_is_checked(training: Package, count: str) -> None:
    process = training.run("serve", f"--workers={count}")
    assert process.returncode == 2
    assert "must be a whole number from 1 to 99" in process.stderr
