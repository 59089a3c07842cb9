"""Calls that end with 502 or 504: the log says which host failed, and why."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx2
import pytest
from service import Package, Service, running

from recording_upstream import Answer, Received, RecordingUpstream
from waiting import PATIENCE, eventually

pytestmark = pytest.mark.anyio

SPEC = Path(__file__).with_name("failed_calls.yaml")
SECRETS = ("SECRET-key", "SECRET-path", "SECRET-body")


class Failing(RecordingUpstream):
    """An upstream that fails as the end of a path says."""

    def answer_to(self, request: Received, /) -> Answer:
        body = json.dumps({"said": "SECRET-body", "padding": "x" * 2000}).encode()
        how = request.target.partition("?")[0].rpartition("-")[2]
        status = {"moved": 302, "bad": 502, "late": 504}.get(how, 200)
        return Answer(body, status=500 if request.target == "/token" else status)


@pytest.fixture(scope="module")
def recorder() -> RecordingUpstream:
    return Failing()


@asynccontextmanager
async def serving(
    package: Package, root: str, limit: float = PATIENCE
) -> AsyncIterator[Service]:
    env = {
        "MY_KEY": "SECRET-key",
        "ENDPOINT": f"{root}/token",
        "THINGS_BASE_URI": root,
        "GRANTED_BASE_URI": "http://127.0.0.1:9",
        "FAILED_CALLS_TIMEOUT": str(limit),
    }
    with running(package, **env) as service:
        yield service
        assert not any(secret in service.output for secret in SECRETS)


@pytest.fixture(scope="module")
async def service(package: Package, address: str) -> AsyncIterator[Service]:
    async with serving(package, f"http://{address}") as service:
        yield service


async def status_of(service: Service, path: str) -> int:
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        return (await client.get(service.url("rest") + path)).status_code


def assert_logged(service: Service, line: str) -> None:
    entry = re.compile(
        rf"\S+Z WARNING:failed-calls:[\w.]+:{re.escape(line)} \[\w+\]", re.MULTILINE
    )
    eventually(lambda: entry.search(service.output) is not None)
    assert len(entry.findall(service.output)) == 1


@pytest.mark.parametrize(
    ("path", "status", "line"),
    [
        (
            "/things/SECRET-path-moved",
            502,
            "a call of {} failed: 502, the upstream API answered with a redirect (302)",
        ),
        ("/things/SECRET-path-bad", 502, "{} answered with the status 502"),
        ("/all/SECRET-path-late?q=SECRET", 504, "{} answered with the status 504"),
        (
            "/files/SECRET-path",
            502,
            "a call of {} failed: 502, the upstream API answered with more than 1 KiB",
        ),
        (
            "/steps/SECRET-path",
            502,
            "a call of {} failed: 502, the upstream API gave an answer that lacks a"
            " value for the next one",
        ),
        (
            "/granted",
            502,
            "a call of {} failed: 502, the authorization server of the upstream API"
            " answered with the status 500",
        ),
    ],
)
async def test_the_log_names_the_host_and_the_fault(
    service: Service, address: str, path: str, status: int, line: str
) -> None:
    assert await status_of(service, path) == status

    assert_logged(service, line.format(address))


@pytest.mark.parametrize("path", ["/things/SECRET-path", "/all/SECRET-path?q=SECRET"])
async def test_an_upstream_that_can_t_be_reached(package: Package, path: str) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        async with serving(package, f"http://{host}") as service:
            assert await status_of(service, path) == 502
            assert_logged(
                service,
                f"a call of {host} failed: 502, the upstream API could not be reached"
                " (Connection refused)",
            )


@pytest.mark.parametrize("path", ["/things/SECRET-path", "/all/SECRET-path?q=SECRET"])
async def test_an_upstream_that_is_late(
    package: Package, upstream: RecordingUpstream, address: str, path: str
) -> None:
    async with serving(package, f"http://{address}", 1) as service:
        upstream.gate.clear()
        try:
            assert await status_of(service, path) == 504
        finally:
            upstream.gate.set()
        line = "failed: 504, the upstream API did not answer in time"
        line += " (while its answer was awaited)"
        await asyncio.to_thread(assert_logged, service, f"a call of {address} {line}")


async def test_steps_that_are_late_name_the_host(
    package: Package, upstream: RecordingUpstream, address: str
) -> None:
    async with serving(package, f"http://{address}", 1) as service:
        upstream.gate.clear()
        try:
            assert await status_of(service, "/steps/SECRET-path") == 504
        finally:
            upstream.gate.set()
        named = f"a call of {address} (while its answer was awaited) failed: 504"
        eventually(lambda: named in service.output)
