"""Replicas that are stopped and replaced under load: no call is lost or repeated."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from careful_client import Tally, Writer, call_during
from numbered import SPEC, rest_request, tool_request
from overload_client import in_loop
from raw_http import refuses
from service import Package, Service

from nginx import balancing, free_address
from recording_upstream import RecordingUpstream, recording
from waiting import eventually

pytestmark = pytest.mark.long

__all__ = ["SPEC"]

CALLS = int(os.environ.get("NAFTIKO_CALLS_OF_STOPS", "1000"))
"""The least number of calls around a stop."""
KINDS = ["rest", "mcp"]
WRITERS: dict[str, Writer] = {"rest": rest_request, "mcp": tool_request}


class Replicas:
    """Processes of a package with one upstream, each of which keeps its ports."""

    def __init__(self, package: Package, env: dict[str, str]) -> None:
        self._package = package
        self._env = env
        self.services: list[Service] = []

    def start(self, *arguments: str) -> None:
        """Start one more."""
        service = Service(self._package, ("serve", *arguments), self._env)
        self.services.append(service)

    def replace(self, place: int) -> None:
        """Stop one, and start another on its ports."""
        old = self.services[place]
        ports = {
            f"{name.upper().replace('-', '_')}_PORT": url.rpartition(":")[2][:5]
            for name, url in old.urls.items()
        }
        self.stop(place)
        env = {**self._env, **ports}
        self.services[place] = Service(self._package, ("serve",), env)

    def stop(self, place: int) -> None:
        """Stop one as a service manager does, which may be in a hurry."""
        service = self.services[place]
        for _ in range(2):
            service.signal(signal.SIGTERM)
        assert service.end() == 0
        assert "WARNING" not in service.output


@contextmanager
def replicas(package: Package, upstream: str, **env: str) -> Iterator[Replicas]:
    """Run replicas until the end of the block."""
    group = Replicas(package, {"NUMBERS_BASE_URI": f"http://{upstream}", **env})
    try:
        yield group
    finally:
        for service in group.services:
            service.signal(signal.SIGINT)
            service.end()


def check(tally: Tally, upstream: RecordingUpstream) -> None:
    """Check that each call was answered, and reached the upstream once."""
    print(tally)
    assert not tally.lost
    assert set(tally.answers) == {b"HTTP/1.1 200 OK"}
    targets = Counter(request.target for request in upstream.requests)
    assert set(targets) == {f"/numbers/{number}" for number in range(tally.calls)}
    assert set(targets.values()) == {1}


@pytest.mark.parametrize("kind", KINDS)
def test_a_stop_under_load_loses_no_call(package: Package, kind: str) -> None:
    """Clients go to the other replica once the first accepts no connections."""
    upstream = RecordingUpstream()

    async def stop_one() -> Tally:
        async with recording(upstream) as address:
            with replicas(package, address) as both:
                both.start("--workers", "4")
                both.start()
                urls = [service.url(kind) for service in both.services]

                async def stop() -> None:
                    await asyncio.to_thread(both.stop, 0)
                    assert refuses(urls[0])

                return await call_during(stop, urls, WRITERS[kind], CALLS)

    check(in_loop(stop_one()), upstream)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rolling_restart_behind_nginx_loses_no_call(
    package: Package, kind: str, tmp_path: Path
) -> None:
    upstream = RecordingUpstream()
    front = free_address()
    hosts = {f"NUMBERS_{kind.upper()}_ALLOWED_HOSTS": front}

    async def restart_all() -> Tally:
        async with recording(upstream) as address:
            with replicas(package, address, **hosts) as three:
                for _ in range(3):
                    three.start()
                urls = [service.url(kind) for service in three.services]
                with balancing(front, urls, tmp_path) as nginx:
                    eventually(lambda: not refuses(f"http://{front}"))

                    async def restart() -> None:
                        for place in range(3):
                            await asyncio.to_thread(three.replace, place)

                    root = [f"http://{front}"]
                    tally = await call_during(restart, root, WRITERS[kind], CALLS)
                    assert len(nginx.replicas) == 3
                    return tally

    check(in_loop(restart_all()), upstream)
