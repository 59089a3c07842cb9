"""Control adapters: the health and the status of served packages."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from raw_http import refuses
from service import Package, Service, compile_text, running

import naftiko_runtime
from recording_upstream import RecordingUpstream
from waiting import PATIENCE, eventually

SPEC = Path(__file__).with_name("control.yaml").read_text("utf-8")
WITHOUT_CONTROL = SPEC.removesuffix("  - type: control\n    port: 9199\n")
VARIABLES = {"THINGS_KEY": "k"}
STATUS = "    management: {info: true}\n"
GUARD = '    authentication: {type: bearer, token: "{{TOKEN}}"}\n'


def get(url: str, path: str, **headers: str) -> httpx2.Response:
    return httpx2.get(url + path, headers=headers, timeout=PATIENCE)


def test_a_served_package_is_live_and_ready(service: Service) -> None:
    url = service.url("control")
    live, ready = get(url, "/health/live"), get(url, "/health/ready")
    port = int(service.url("things").rpartition(":")[2])
    assert (live.status_code, live.json()) == (200, {"status": "UP"})
    assert live.headers["Content-Type"] == "application/json"
    assert live.headers["Cache-Control"] == "no-store"
    assert ready.status_code == 200
    things = {"type": "rest", "namespace": "things", "port": port, "state": "started"}
    tools = {"type": "mcp", "namespace": "tools", "state": "on demand"}
    assert ready.json() == {"status": "UP", "adapters": [things, tools]}
    assert get(url, "/scripting").status_code == 404
    assert httpx2.head(f"{url}/health/live", timeout=PATIENCE).content == b""
    response = httpx2.post(f"{url}/health/live", timeout=PATIENCE)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
    assert get(url, "/health/live", Host="evil.example").status_code == 421


def test_the_status_describes_the_package(
    variables: dict[str, str], tmp_path: Path
) -> None:
    package = compile_text(SPEC + STATUS, tmp_path)
    with running(package, **variables) as service:
        status = get(service.url("control"), "/status").json()
    assert status["capability"] == {
        "name": package.project.name,
        "label": "Things",
        "version": "1.2.0",
        "digest": sha256((SPEC + STATUS).encode()).hexdigest(),
        "specVersion": "1.0.0-alpha2",
    }
    assert status["engine"]["runtime"] == naftiko_runtime.__version__
    assert status["uptime"].startswith("PT")
    assert status["otel"] == {"status": "disabled"}
    assert [adapter["type"] for adapter in status["adapters"]] == ["rest", "mcp"]


def test_a_package_without_its_credentials_is_not_ready(package: Package) -> None:
    with running(package, THINGS_PARTIAL="1") as service:
        ready = get(service.url("control"), "/health/ready")
        assert get(service.url("control"), "/health/live").status_code == 200
    assert (ready.status_code, ready.json()["missing"]) == (503, ["THINGS_KEY"])


def test_a_mocked_package_is_ready(package: Package) -> None:
    with running(package, "serve", "--mock") as service:
        assert get(service.url("control"), "/health/ready").status_code == 200


def test_only_probes_of_a_platform_need_no_credential(
    variables: dict[str, str], tmp_path: Path
) -> None:
    """A kubelet can send none; the other pages stay guarded."""
    package = compile_text(SPEC + GUARD, tmp_path)
    env = {**variables, "HEALTH_TOKEN": "t"}
    with running(package, **env) as service:
        url = service.url("control")
        assert get(url, "/health/live").status_code == 401
        assert get(url, "/health/live", Authorization="Bearer t").status_code == 200
    with running(package, **env, THINGS_CONTROL_HOST="127.0.0.1") as service:
        url = service.url("control")
        for path in ("/health/live", "/health/ready"):
            assert get(url, path).status_code == 200
            assert get(url, path, Host="evil.example").status_code == 421
        for path in ("/status", "/metrics", "/health"):
            assert get(url, path).status_code == 401


def test_a_spec_may_have_only_a_control_adapter(tmp_path: Path) -> None:
    text = """\
    naftiko: 1.0.0-alpha2
    info: {label: Alone, description: Only health.}
    capability:
      exposes:
      - {type: control, port: 9199}
    """
    package = compile_text(text, tmp_path)
    with running(package) as service:
        url = service.url("control")
        assert get(url, "/status").json()["adapters"] == []
        assert get(url, "/health/live").status_code == 200
    assert not (package.project / "skills").exists()


@pytest.mark.parametrize("spec", [SPEC, WITHOUT_CONTROL], ids=["declared", "none"])
def test_every_package_has_a_control_port(
    spec: str, tmp_path: Path, variables: dict[str, str]
) -> None:
    package, env = compile_text(spec, tmp_path), variables
    command = ("rest", "--control-port", "0", "--port", "0", "--host", "127.0.0.1")
    with running(package, *command, **env) as service:
        assert get(service.url("control"), "/health/ready").status_code == 200
    everywhere = str(IPv4Address(0))
    elsewhere = {"THINGS_CONTROL_PORT": "0", "THINGS_CONTROL_HOST": everywhere}
    with running(package, **env, **elsewhere) as service:
        port = service.url("control").rpartition(":")[2]
        probe = get(f"http://127.0.0.1:{port}", "/health/ready", Host="10.0.0.7")
        assert probe.status_code == 200
        assert service.url("control") == f"http://{everywhere}:{port}"
        arguments = ("serve", "--control-port", port)
        process = package.run(*arguments, **package.free_ports(), **env)
    assert process.returncode == 1
    assert "choose another with --control-port PORT\n" in process.stderr


def test_the_control_port_answers_for_all_workers(
    package: Package, variables: dict[str, str]
) -> None:
    """It outlives the workers, and one that is replaced leaves the others ready."""
    with running(package, "serve", "--workers", "3", **variables) as service:
        url = service.url("control")
        eventually(lambda: get(url, "/health/ready").status_code == 200)
        assert get(url, "/status").json()["workers"] == 3
        eventually(lambda: len(service.children()) == 4)
        for number, process in enumerate(service.children()):
            os.kill(process, signal.SIGKILL)
            assert get(url, "/health/ready").status_code == 200
            eventually(partial(have_started, service, number))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_package_with_too_many_connections_is_not_ready(
    package: Package, variables: dict[str, str], workers: str
) -> None:
    limit, arguments = {"THINGS_MAX_CONNECTIONS": "1"}, ("serve", "--workers", workers)
    with running(package, *arguments, **limit, **variables) as service:
        ready = partial(get, service.url("control"), "/health/ready")
        eventually(lambda: ready().status_code == 200)
        place = urlsplit(service.url("things"))
        with socket.create_connection((place.hostname, place.port), PATIENCE):
            eventually(lambda: ready().status_code == 503)
            assert get(service.url("control"), "/health/live").status_code == 200
        eventually(lambda: ready().status_code == 200)


def have_started(service: Service, number: int) -> bool:
    """Return whether more than so many processes were replaced."""
    return service.output.count("another starts") > number


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_package_that_finishes_its_calls_lives_but_is_not_ready(
    package: Package,
    variables: dict[str, str],
    upstream: RecordingUpstream,
    workers: str,
) -> None:
    """Meanwhile, new clients are refused at once."""
    upstream.arrived.clear()
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        serve = ("serve", "--workers", workers)
        with (
            hold_answers(upstream),
            running(package, *serve, **variables) as service,
        ):
            url, things = service.url("control"), service.url("things")
            call = asyncio.create_task(client.get(f"{things}/things"))
            await upstream.arrived.wait()
            service.signal(signal.SIGTERM)
            await asyncio.to_thread(
                eventually, lambda: get(url, "/health/ready").status_code == 503
            )
            assert (await client.get(f"{url}/health/live")).status_code == 200
            await asyncio.to_thread(eventually, lambda: refuses(things))
            upstream.gate.set()
            assert (await call).status_code == 200
            assert await asyncio.to_thread(service.end) == 0


@contextmanager
def hold_answers(upstream: RecordingUpstream) -> Iterator[None]:
    """Hold back the upstream's answers until the block sets its gate, or ends."""
    upstream.gate.clear()
    try:
        yield
    finally:
        upstream.gate.set()
