"""The variable of an adapter's token, and the start of adapters with authentication."""

import re
from pathlib import Path

import httpx2
import pytest
from client_requests import Attempt, Way, call, send
from odd_requests import LEGACY, other
from service import Package, compile_text, running

from recording_upstream import RecordingUpstream
from waiting import PATIENCE

SPEC = Path(__file__).with_name("token_variable.yaml").read_text("utf-8")
GUARD = '\n    authentication: {type: bearer, token: "{{TOKEN}}"}'
UP = {"UP_TOKEN": "of-the-upstream"}
CLIENT = {"CLIENT_TOKEN": "of-clients"}
TOKENS = {"OPEN_REST_TOKEN": "of-clients", "OPEN_MCP_TOKEN": "of-clients"}


def compiled_with(
    tmp_path: Path, guard: str = "", upstream: str = "UP_TOKEN"
) -> Package:
    text = SPEC.replace("UP: UP_TOKEN", f"UP: {upstream}")
    text = re.sub("port: [0-9]+", lambda port: port[0] + guard, text)
    return compile_text(text, tmp_path)


def bearer(token: str) -> Attempt:
    return Attempt((("Authorization", f"Bearer {token}"),))


async def test_the_variable_guards_an_adapter(
    tmp_path: Path, address: str, upstream: RecordingUpstream
) -> None:
    package = compiled_with(tmp_path)
    with running(package, **UP, **TOKENS, API_BASE_URI=f"http://{address}") as service:
        for way in Way:
            for attempt in (Attempt(), bearer("other"), bearer("of-the-upstream")):
                process = await call(service, "open", way, attempt)
                assert process.statuses == [401], way
                assert process.headers["www-authenticate"].startswith("Bearer realm=")
            assert upstream.requests == []
            result = await call(service, "open", way, bearer("of-clients"))
            assert result.statuses == [200], way
            assert upstream.only.field("Authorization") == "Bearer of-the-upstream"
            upstream.begin()
        root = service.url("rest")
        for path in ("/", "/openapi.json"):
            assert (await send(root, "GET", path, (), b"")).statuses == [401]
        assert "of-clients" not in service.output


async def test_each_adapter_has_a_variable_of_its_own(
    tmp_path: Path, address: str, upstream: RecordingUpstream
) -> None:
    package = compiled_with(tmp_path)
    variables = {**UP, "OPEN_MCP_TOKEN": "x", "API_BASE_URI": f"http://{address}"}
    with running(package, **variables) as service:
        statuses = {
            way: (await call(service, "open", way, Attempt())).statuses for way in Way
        }
    assert statuses.pop(Way.REST) == [200]
    assert set(map(tuple, statuses.values())) == {(401,)}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "set the environment variable OPEN_REST_TOKEN"),
        (" x", "OPEN_REST_TOKEN must be plain ASCII text without outer spaces"),
        ("x\n", "OPEN_REST_TOKEN must be plain ASCII text without outer spaces"),
        ("\u00e9", "OPEN_REST_TOKEN must be plain ASCII text without outer spaces"),
    ],
)
def test_a_token_that_no_client_can_send_ends_the_start(
    value: str, message: str, tmp_path: Path
) -> None:
    package = compiled_with(tmp_path)
    process = package.run("serve", **package.free_ports(), **UP, OPEN_REST_TOKEN=value)
    assert process.returncode == 1
    assert message in process.stderr


def test_an_open_adapter_is_only_for_this_machine(tmp_path: Path) -> None:
    package = compiled_with(tmp_path)
    command = ("rest", "--port", "0", "--host", "0.0.0.0")  # noqa: S104
    process = package.run(*command, **UP)
    assert process.returncode == 1
    assert "set OPEN_REST_TOKEN to a token that they have to send" in process.stderr
    assert "THINGS_ALLOW_OPEN=1" in process.stderr


@pytest.mark.parametrize(
    ("guard", "variables"),
    [("", {"OPEN_REST_TOKEN": "of-clients"}), (GUARD, CLIENT)],
)
async def test_a_guarded_adapter_may_listen_for_other_machines(
    guard: str, variables: dict[str, str], tmp_path: Path
) -> None:
    package = compiled_with(tmp_path, guard)
    arguments = ("rest", "--host", "0.0.0.0")  # noqa: S104
    with running(package, *arguments, **UP, **variables) as service:
        port = service.url("rest").rpartition(":")[2]
        root = f"http://127.0.0.1:{port}"
        assert (await send(root, "GET", "/", (), b"")).statuses == [401]


async def test_a_variable_of_the_spec_guards_nothing(
    tmp_path: Path, address: str, upstream: RecordingUpstream
) -> None:
    package = compiled_with(tmp_path, upstream="OPEN_REST_TOKEN")
    variables = {"OPEN_REST_TOKEN": "of-both", "API_BASE_URI": f"http://{address}"}
    with running(package, **variables) as service:
        answer = await call(service, "open", Way.REST, Attempt())
    assert answer.statuses == [200]
    assert upstream.only.field("Authorization") == "Bearer of-both"
    process = package.run("rest", "--host", "0.0.0.0", **variables)  # noqa: S104
    assert process.returncode == 1
    assert "not authenticated; set THINGS_ALLOW_OPEN=1" in process.stderr
    assert "OPEN_REST_TOKEN` |  |" not in (package.project / "README.md").read_text(
        "utf-8"
    )


def test_missing_secrets_are_listed_with_the_others(tmp_path: Path) -> None:
    guard = '\n    authentication: {type: basic, username: a, password: "{{PASSWORD}}"}'
    package = compiled_with(tmp_path, guard)
    process = package.run("serve", **package.free_ports())
    assert process.returncode == 1
    assert "set the environment variable CLIENT_PASSWORD" in process.stderr
    assert "set the environment variable UP_TOKEN" in process.stderr
    assert len(process.stderr.splitlines()) == 2
    process = package.execute("from things.rest import create_app\ncreate_app()")
    fault = "SettingsError: set the environment variable CLIENT_PASSWORD"
    assert fault in process.stderr


async def test_made_up_data_need_no_secret_but_are_guarded_by_one(
    tmp_path: Path,
) -> None:
    package = compiled_with(tmp_path, GUARD)
    with running(package, "serve", "--mock") as service:
        answer = await call(service, "open", Way.REST, Attempt())
        output = service.output
    assert answer.statuses == [200]
    assert "open-rest authenticates no client (--mock): set CLIENT_TOKEN" in output
    process = package.run("rest", "--mock", "--host", "0.0.0.0")  # noqa: S104
    assert process.returncode == 1
    with running(package, "serve", "--mock", **CLIENT) as service:
        for way in Way:
            refusal = await call(service, "open", way, Attempt())
            result = await call(service, "open", way, bearer("of-clients"))
            assert (refusal.statuses, result.statuses) == ([401], [200]), way


def test_stdio_needs_no_secret(tmp_path: Path) -> None:
    package = compiled_with(tmp_path, GUARD)
    code = (
        "import os\nos.environ['UP_TOKEN'] = 'x'\n"
        "from things.__main__ import PROGRAM\n"
        "from RUNTIME.serving.command import run_command\n"
        "run_command(PROGRAM, ['mcp', '--stdio'])"
    )
    process = package.execute(code, f"{other(LEGACY, 'initialize').text}\n")
    assert '"serverInfo"' in process.stdout, process.stderr


IN_ANOTHER_SERVER = """\
import os
os.environ.update(UP_TOKEN="x", CLIENT_TOKEN="of-clients", OPEN_REST_TOKEN="of-clients")
from starlette.testclient import TestClient
from things import client, guards
from things.mock import create_mock
from things.mcp_server import create_http_app
from things.rest import create_app
from things import Settings

def connect():
    return client.connect(Settings.from_env(), create_mock())

sent = {"Authorization": "Bearer of-clients"}
for create in (create_app, create_http_app):
    for options in ({}, {"guards": []}, {"authentication": None}):
        with TestClient(create(connect, **options), "http://127.0.0.1") as one:
            print(one.get("/").status_code, one.get("/", headers=sent).status_code)
"""


@pytest.mark.parametrize("guard", ["", GUARD])
def test_any_server_authenticates_clients(guard: str, tmp_path: Path) -> None:
    package = compiled_with(tmp_path, guard)
    code = IN_ANOTHER_SERVER.replace(
        'x", CLIENT', 'x", OPEN_MCP_TOKEN="of-clients", CLIENT'
    )
    process = package.execute(code)
    assert process.stdout.splitlines() == ["401 200", "401 200", "200 200"] * 2, process


async def test_workers_know_each_others_nonces(tmp_path: Path) -> None:
    guard = (
        '\n    authentication: {type: digest, username: a, password: "{{PASSWORD}}"}'
    )
    package = compiled_with(tmp_path, guard)
    arguments = ("serve", "--mock", "--workers", "2")
    variables = {"CLIENT_PASSWORD": "secret"}
    with running(package, *arguments, **variables) as service:
        root = service.url("rest")
        login = httpx2.DigestAuth("a", "secret")
        statuses = []
        for _ in range(12):
            # Each request on a connection of its own, to one of the workers.
            async with httpx2.AsyncClient(base_url=root, timeout=PATIENCE) as client:
                answer = await client.get("/things", auth=login)
                statuses.append((answer.status_code, len(answer.history)))
    assert statuses == [(200, 1), *[(200, 0)] * 11]
